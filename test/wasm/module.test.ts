// Modules of the WebAssembly target at run time: their contract on arrays, batches, threads and messages, their memory, and an
// older Node.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { lower } from '../../compiler/pipeline.ts';
import { operators } from '../../compiler/ops/index.ts';
import { importText } from '../../src/network/module.ts';
import { hostileGraph, hostileNames, leNet } from '../codegen/networks.ts';
import { moduleText, runOracle, weightsFile } from '../support/executors.ts';
import { centred, formulaWeights } from '../support/formula.ts';
import { feedsOf } from '../support/random-network.ts';

const folder = mkdtempSync(join(tmpdir(), 'cnnc-wasm-'));
afterAll(() => rmSync(folder, { recursive: true }));

const graph = leNet();
const text = moduleText(lower(graph, operators, { target: 'wasm' }).program);
const module = await importText(text);
const weights = weightsFile(graph, formulaWeights(graph));
const images = (count: number): Float32Array => centred(7, count * 784, 1);

describe('one input and one output', async () => {
  const net = await module.load(weights, { maxBatch: 2 });
  const one = net.run(images(1)) as Float32Array;

  test('run gives what the oracle gives', () => {
    const feeds = { ...feedsOf(graph, 3), inputs: new Map([['image', images(3)]]) };
    const { outputs, largest } = runOracle(graph, feeds);
    const y = net.run(images(3)) as Float32Array;
    y.forEach((value, at) => expect(Math.abs(value - outputs.get('logits')![at]!)).toBeLessThan(2e-6 * largest));
  });

  test('profile is a mean of as many repeats as are asked for, and of at least one', () => {
    const { profile } = net as unknown as { readonly profile: (repeats?: number) => number[] };
    const calls = profile().length;
    expect(calls).toBeGreaterThan(5);
    expect(profile(3)).toHaveLength(calls);
    for (const repeats of [0, -1, 1.5, NaN, Infinity])
      expect(() => profile(repeats)).toThrow(new RangeError(`repeats is ${repeats}; expected a whole number from 1`));
  });

  test('it says how many threads there are', () => {
    expect([net.threads, net.reason]).toEqual([1, undefined]);
  });

  test('run returns a fresh array, and with `into` that array', () => {
    expect(net.run(images(1))).not.toBe(one);
    expect(net.run(images(1))).toEqual(one);
    const into = new Float32Array(10);
    expect(net.run(images(1), { into })).toBe(into);
    expect(into).toEqual(one);
  });

  test('an array that is transferred while it waits is told', async () => {
    const [x, into] = [images(1), new Float32Array(10)];
    const waiting = [net.runAsync!(images(1)), net.runAsync!(x), net.runAsync!(images(1), { into })];
    for (const { buffer } of [x, into]) structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    const results = await Promise.allSettled(waiting);
    const reason = new TypeError(
      'an array was transferred or made shorter before runAsync was done with it; await its result first',
    );
    expect(results.map((one) => (one.status === 'rejected' ? one.reason : one.status))).toEqual([
      'fulfilled',
      reason,
      reason,
    ]);
    expect(net.run(images(1))).toEqual(one);
  });

  test('runAsync gives the same, also into an array, and several at once wait for one another', async () => {
    const into = new Float32Array(10);
    const all = [net.runAsync!(images(1)), net.runAsync!(images(5)), net.runAsync!(images(1), { into })];
    expect(() => net.run(images(1))).not.toThrow();
    const [first, five, last] = (await Promise.all(all)) as Float32Array[];
    expect(first).toEqual(one);
    expect(last).toBe(into);
    expect(into).toEqual(one);
    expect(five).toEqual(net.run(images(5)));
  });

  test('an image gives the same bits at every place of a batch larger than maxBatch', () => {
    const alone = [0, 1, 2, 3, 4].map((at) => net.run(images(5).slice(at * 784, (at + 1) * 784)) as Float32Array);
    expect(net.run(images(5))).toEqual(Float32Array.from(alone.flatMap((y) => [...y])));
  });

  test('earlier results and inputs stay as they were', () => {
    const x = images(1);
    const y = net.run(x) as Float32Array;
    net.run(images(2));
    expect(x).toEqual(images(1));
    expect(y).toEqual(one);
  });

  test('a view into a larger array is read at its offset', () => {
    const large = new Float32Array(1000);
    large.set(images(1), 100);
    expect(net.run(large.subarray(100, 884))).toEqual(one);
  });

  const shape = '[N, 1, 28, 28]';
  test.each<[string, unknown, unknown, new (message: string) => Error, string]>([
    ['short', new Float32Array(783), {}, RangeError, `image has 783 elements; expected ${shape}, a multiple of 784`],
    [
      'and a half',
      new Float32Array(1176),
      {},
      RangeError,
      `image has 1176 elements; expected ${shape}, a multiple of 784`,
    ],
    ['empty', new Float32Array(0), {}, RangeError, `image has 0 elements; expected ${shape}, a multiple of 784`],
    [
      'of doubles',
      new Float64Array(784),
      {},
      TypeError,
      `image must be a Float32Array of ${shape}; found a Float64Array`,
    ],
    ['missing', undefined, undefined, TypeError, `image must be a Float32Array of ${shape}; found undefined`],
    [
      'with a short `into`',
      images(2),
      { into: new Float32Array(10) },
      RangeError,
      'into for logits must be a Float32Array of 20 elements ([2, 10]); found 10 elements',
    ],
    [
      'with another `into`',
      images(1),
      { into: [] },
      RangeError,
      'into for logits must be a Float32Array of 10 elements ([1, 10]); found an Array',
    ],
  ])('an array %s is refused, naming the shape', async (_, x, options, kind, message) => {
    expect(() => net.run(x as Float32Array, options as undefined)).toThrow(new kind(message));
    await expect(net.runAsync!(x as Float32Array, options as undefined)).rejects.toThrow(new kind(message));
    expect(net.run(images(1))).toEqual(one);
  });

  test('times of its kernel calls', () => {
    const times = net.profile!(2);
    expect(times.length).toBeGreaterThan(4);
    for (const time of times) expect(time).toBeGreaterThanOrEqual(0);
  });
});

describe('load', () => {
  test.each([0, -1, 1.5, NaN, 2 ** 31, Infinity])('maxBatch %f is refused', async (maxBatch) => {
    await expect(module.load(weights, { maxBatch })).rejects.toThrow(
      new RegExp(`^maxBatch is ${maxBatch}; expected a whole number from 1 to \\d+$`),
    );
  });

  test.each([0, -1, 65, 1.5, NaN, Infinity, '2', null])('threads %s is refused', async (threads) => {
    const loading = module.load(weights, { threads: threads as number });
    if (threads === null) return expect(loading.then(({ threads: count }) => count)).resolves.toBe(1);
    await expect(loading).rejects.toThrow(
      new RangeError(`threads is ${String(threads)}; expected a whole number from 1 to 64, or 'auto'`),
    );
  });

  test('the largest maxBatch that it names fits, into memory of 4 GiB', async ({ skip }) => {
    const message = await module.load(weights, { maxBatch: 2 ** 31 }).catch((error: Error) => error.message);
    const most = Number(/to (\d+)$/.exec(message as string)![1]);
    expect(most).toBeGreaterThan(10_000);
    await expect(module.load(weights, { maxBatch: most + 1 })).rejects.toThrow(/^maxBatch is/);
    const net = await module.load(weights, { maxBatch: most }).catch((error: Error) => error);
    if (net instanceof Error) return skip(`the host has no such memory: ${net.message}`);
    // Most places lie beyond 2^31 bytes now.
    expect(net.run(images(2))).toEqual((await module.load(weights)).run(images(2)));
  });

  test('does not keep the bytes', async () => {
    const bytes = weights.slice();
    const net = await module.load(bytes);
    const before = net.run(images(1));
    bytes.fill(0);
    expect(net.run(images(1))).toEqual(before);
  });

  test('two networks of one module do not disturb each other', async () => {
    const other = new Map([...formulaWeights(graph)].map(([name, data]) => [name, data.map((value) => -value)]));
    const [a, b] = [await module.load(weights), await module.load(weightsFile(graph, other))];
    const before = a.run(images(1));
    expect(b.run(images(1))).not.toEqual(before);
    expect(a.run(images(1))).toEqual(before);
    a.close!();
    expect(() => b.run(images(1))).not.toThrow();
  });

  test('the memory has its size from the start', async () => {
    const made: { readonly initial: number; readonly maximum?: number }[] = [];
    const original = WebAssembly.Memory;
    const recording = function (descriptor: { initial: number; maximum?: number; shared?: boolean }) {
      made.push(descriptor);
      return new original(descriptor);
    };
    Object.assign(WebAssembly, { Memory: recording });
    try {
      const net = await module.load(weights, { maxBatch: 3 });
      net.run(images(7));
    } finally {
      Object.assign(WebAssembly, { Memory: original });
    }
    expect(made).toEqual([{ initial: made[0]!.initial, maximum: made[0]!.initial, shared: false }]);
    expect(made[0]!.initial * 65_536).toBeLessThan(2 ** 20);
  });

  test('what the weights lack is said before any thread starts', async () => {
    await expect(module.load(new Uint8Array(9), { threads: 2 })).rejects.toThrow(
      /^the weights are no safetensors file/,
    );
  });
});

describe('several inputs and outputs, with hostile names', async () => {
  const hostile = hostileGraph();
  const { program } = lower(hostile, operators, { target: 'wasm' });
  const net = await (
    await importText(moduleText(program))
  ).load(weightsFile(hostile, formulaWeights(hostile)), { maxBatch: 2 });
  const feeds = feedsOf(hostile, 3);
  const x = Object.fromEntries(feeds.inputs);

  test('go by name, as own properties', async () => {
    const { outputs } = runOracle(hostile, feeds);
    const results = net.run(x) as Readonly<Record<string, Float32Array>>;
    expect(Object.keys(results).toSorted()).toEqual([...hostileNames.outputs].toSorted());
    for (const [name, values] of outputs) {
      expect(Object.hasOwn(results, name)).toBe(true);
      Array.from(values).forEach((value, at) => expect(results[name]![at]).toBeCloseTo(value, 5));
    }
    expect(await net.runAsync!(x)).toEqual(results);
  });

  test('`into` takes an array for each output', () => {
    const into = Object.fromEntries(hostileNames.outputs.map((name, at) => [name, new Float32Array([3, 18, 18][at]!)]));
    const results = net.run(x, { into }) as Readonly<Record<string, Float32Array>>;
    for (const name of hostileNames.outputs) expect(results[name]).toBe(into[name]);
    expect(results).toEqual(net.run(x));
  });

  test('unequal batches and missing arrays are refused', () => {
    expect(() => net.run({ ...x, constructor: new Float32Array(18) })).toThrow(
      new RangeError('the inputs have different numbers of images: 1, 3'),
    );
    expect(() => net.run({})).toThrow(/constructor must be a Float32Array of \[N, 2, 3, 3\]/);
    const run = net.run as (x: unknown) => unknown;
    for (const [wrong, found] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [new Float32Array(18), 'a Float32Array'],
      ['x', 'a string'],
    ] as const)
      expect(() => run(wrong)).toThrow(
        new TypeError(
          `the network has ${hostileNames.inputs.length} inputs: run takes an object with a Float32Array for each of ${hostileNames.inputs.join(', ')}; found ${found}`,
        ),
      );
  });
});

describe('threads', () => {
  const workers: Worker[] = [];
  const note = (worker: Worker): void => void workers.push(worker);
  process.on('worker', note);
  afterAll(() => void process.off('worker', note));
  afterEach(() => void (workers.length = 0));
  const ended = (worker: Worker): Promise<unknown> =>
    worker.threadId === -1 ? Promise.resolve() : new Promise((resolve) => worker.once('exit', resolve));

  test('end when the network is closed, after which nothing runs', async () => {
    const net = await module.load(weights, { threads: 3 });
    expect(workers.length).toBe(2);
    const y = net.run(images(1));
    const ends = workers.map(ended);
    net.close!();
    net.close!();
    await Promise.all(ends);
    const closed = new Error('the network was closed');
    expect(() => net.run(images(1))).toThrow(closed);
    expect(() => net.profile!()).toThrow(closed);
    await expect(net.runAsync!(images(1))).rejects.toThrow(closed);
    const again = await module.load(weights, { threads: 2 });
    expect(again.run(images(1))).toEqual(y);
    again.close!();
  });

  test('a network on one thread can be closed as well', async () => {
    const net = await module.load(weights);
    net.close!();
    expect(() => net.run(images(1))).toThrow(new Error('the network was closed'));
    await expect(net.runAsync!(images(1))).rejects.toThrow('the network was closed');
  });

  test('a worker that was killed is told of by the next run; the next load works', async () => {
    const net = await module.load(weights, { threads: 3 });
    const y = net.run(images(1));
    await workers[1]!.terminate();
    const problem = new Error('a thread of the network stopped: its worker ended; load the network again');
    expect(() => net.run(images(1))).toThrow(problem);
    await expect(net.runAsync!(images(1))).rejects.toThrow(problem);
    await ended(workers[0]!);
    const again = await module.load(weights, { threads: 3 });
    expect(again.run(images(1))).toEqual(y);
    again.close!();
    net.close!();
  });

  test.each(['run', 'runAsync'] as const)(
    'a worker that ends while %s waits for it: an error within a second',
    async (way) => {
      const net = await module.load(weights, { threads: 3, maxBatch: 8 });
      net.run(images(1));
      // No event tells of it before the call is over: this thread does nothing else.
      void workers[0]!.terminate();
      const start = performance.now();
      const attempt = async (): Promise<void> => {
        for (let at = 0; at < 100_000; at += 1) await (way === 'run' ? net.run(images(64)) : net.runAsync!(images(64)));
      };
      await expect(attempt()).rejects.toThrow(
        'a thread of the network stopped: its worker ended; load the network again',
      );
      expect(performance.now() - start).toBeLessThan(1000);
      net.close!();
    },
  );

  test('workers that end at once: one thread, and why', async () => {
    const end = (worker: Worker): void => void worker.terminate();
    process.on('worker', end);
    const net = await module.load(weights, { threads: 3 });
    process.off('worker', end);
    expect([net.threads, net.reason]).toEqual([1, 'threads could not be started: its worker ended']);
    expect(net.run(images(1))).toEqual((await module.load(weights)).run(images(1)));
  });

  test('a pending runAsync fails when the network is closed', async () => {
    const net = await module.load(weights, { threads: 2 });
    const pending = net.runAsync!(images(1));
    net.close!();
    await expect(pending).rejects.toThrow('the network was closed');
  });
});

const use = `
import { readFileSync } from 'node:fs';
import { load } from './net.mjs';
const weights = readFileSync('weights.safetensors');
const x = new Float32Array(784).fill(0.5);
`;

function runScript(node: string, flags: readonly string[], script: string): string {
  writeFileSync(join(folder, 'net.mjs'), text);
  writeFileSync(join(folder, 'weights.safetensors'), weights);
  writeFileSync(join(folder, 'main.mjs'), `${use}${script}`);
  return execFileSync(node, [...flags, 'main.mjs'], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
}

test('100,000 runs leave the memory where it was', () => {
  const [heap, resident] = JSON.parse(
    runScript(
      process.execPath,
      ['--expose-gc'],
      `
const net = await load(weights, { maxBatch: 1 });
const into = new Float32Array(10);
const used = () => {
  gc();
  const { heapUsed, arrayBuffers, external, rss } = process.memoryUsage();
  return [heapUsed + arrayBuffers + external, rss];
};
for (let i = 0; i < 5000; i++) { net.run(x, { into }); net.run(x); }
const before = used();
for (let i = 0; i < 50_000; i++) { net.run(x, { into }); net.run(x); }
const after = used();
console.log(JSON.stringify(after.map((value, at) => value - before[at])));
`,
    ),
  ) as [number, number];
  // 40 bytes per result would be 2,000,000.
  expect(heap).toBeLessThan(200_000);
  expect(resident).toBeLessThan(8_000_000);
});

test('a process with threads ends by itself, and `using` closes them', () => {
  const found = runScript(
    process.execPath,
    [],
    `
let ended = 0;
process.on('worker', (worker) => worker.on('exit', () => ended++));
{
  using net = await load(weights, { threads: 3 });
  net.run(x);
}
await new Promise((resolve) => setTimeout(resolve, 300));
const open = await load(weights, { threads: 2 });
console.log(JSON.stringify([ended, open.threads, [...open.run(x)].length]));
`,
  );
  expect(JSON.parse(found)).toEqual([2, 2, 10]);
});

test('where no worker may be started, one thread does the work and says why', () => {
  const found = runScript(
    process.execPath,
    ['--permission', '--allow-fs-read=*'],
    `const net = await load(weights, { threads: 2 });
console.log(JSON.stringify([net.threads, net.reason, net.run(x).length]));`,
  );
  const [threads, reason, length] = JSON.parse(found) as [number, string, number];
  expect([threads, length]).toEqual([1, 10]);
  expect(reason).toMatch(/^threads could not be started: /);
});

/** A Node 20 on this machine. */
const node20 = ['/usr/bin/node', '/usr/local/bin/node', '/opt/node20/bin/node'].find((path) => {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).startsWith(
      'v20.',
    );
  } catch {
    return false;
  }
});

test.for([1, 2])('Node 20 computes the same bits on %i threads', async (threads, { skip }) => {
  if (!node20) skip('there is no Node 20 here');
  const found = runScript(
    node20!,
    [],
    `const net = await load(weights, { threads: ${threads} });
console.log(JSON.stringify([net.threads, [...net.run(x)]]));`,
  );
  const net = await module.load(weights);
  expect(JSON.parse(found)).toEqual([threads, [...(net.run(new Float32Array(784).fill(0.5)) as Float32Array)]]);
});
