// Emitted modules at run time: their contract on arrays, batches and messages, their memory, and an older Node.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileNetwork } from '../../compiler/index.ts';
import { importText } from '../../src/network/module.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { runOracle, weightsFile } from '../support/executors.ts';
import { centred, formulaWeights } from '../support/formula.ts';
import { feedsOf } from '../support/random-network.ts';
import { emitted, hostileGraph, hostileNames, leNet } from './networks.ts';

const folder = mkdtempSync(join(tmpdir(), 'cnnc-module-'));
afterAll(() => rmSync(folder, { recursive: true }));

const graph = leNet();
const text = emitted(graph, 'js').get('net.js')!;
const module = await importText(text);
const weights = weightsFile(graph, formulaWeights(graph));
const images = (count: number): Float32Array => centred(7, count * 784, 1);

describe('one input and one output', async () => {
  const net = await module.load(weights);

  test('run gives what the oracle gives', () => {
    const feeds = { ...feedsOf(graph, 3), inputs: new Map([['image', images(3)]]) };
    const { outputs, largest } = runOracle(graph, feeds);
    const y = net.run(images(3)) as Float32Array;
    y.forEach((value, at) => expect(Math.abs(value - outputs.get('logits')![at]!)).toBeLessThan(1e-6 * largest));
  });

  test('run returns a fresh array, and with `into` that array', () => {
    const first = net.run(images(1));
    expect(net.run(images(1))).not.toBe(first);
    expect(net.run(images(1))).toEqual(first);
    const into = new Float32Array(10);
    expect(net.run(images(1), { into })).toBe(into);
    expect(into).toEqual(first);
  });

  test('an image gives the same bits at every place of a batch', () => {
    const alone = [0, 1, 2].map((at) => net.run(images(3).slice(at * 784, (at + 1) * 784)) as Float32Array);
    expect(net.run(images(3))).toEqual(Float32Array.from(alone.flatMap((y) => [...y])));
  });

  test('earlier results and inputs stay as they were', () => {
    const x = images(1);
    const y = net.run(x) as Float32Array;
    const copy = y.slice();
    net.run(images(2));
    expect(x).toEqual(images(1));
    expect(y).toEqual(copy);
  });

  test('a view into a larger array is read at its offset', () => {
    const large = new Float32Array(1000);
    large.set(images(1), 100);
    expect(net.run(large.subarray(100, 884))).toEqual(net.run(images(1)));
  });

  test.each<[string, unknown, unknown, new (message: string) => Error, string]>([
    [
      'short',
      new Float32Array(783),
      undefined,
      RangeError,
      'image has 783 elements; expected [N, 1, 28, 28], a multiple of 784',
    ],
    [
      'of one image and a half',
      new Float32Array(1176),
      undefined,
      RangeError,
      'image has 1176 elements; expected [N, 1, 28, 28], a multiple of 784',
    ],
    [
      'empty',
      new Float32Array(0),
      undefined,
      RangeError,
      'image has 0 elements; expected [N, 1, 28, 28], a multiple of 784',
    ],
    [
      'of doubles',
      new Float64Array(784),
      undefined,
      TypeError,
      'image must be a Float32Array of [N, 1, 28, 28]; found a Float64Array',
    ],
    ['missing', undefined, undefined, TypeError, 'image must be a Float32Array of [N, 1, 28, 28]; found undefined'],
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
  ])('an array %s is refused, naming the shape', (_, x, options, kind, message) => {
    expect(() => net.run(x as Float32Array, options as undefined)).toThrow(new kind(message));
  });
});

describe('load', () => {
  test.each(['js', 'wasm'] as const)('null is no options, as of run: %s', async (target) => {
    const [script] = compileNetwork({ graph }, { target }).emit('js', { sourceName: 'net.cnn' });
    const { load } = await importText(script!.text);
    const net = await load(weights, null as never);
    expect(net.run(images(2), null as never)).toEqual((await load(weights)).run(images(2)));
  });

  test.each([0, -1, 1.5, NaN, 2 ** 31, Infinity])('maxBatch %f is refused', async (maxBatch) => {
    await expect(module.load(weights, { maxBatch })).rejects.toThrow(
      /^maxBatch is .*; expected a whole number from 1 to \d+$/,
    );
  });

  test('takes an ArrayBuffer, and bytes at any alignment', async () => {
    const expected = (await module.load(weights)).run(images(1));
    for (const shift of [0, 1, 2, 3]) {
      const padded = new Uint8Array(weights.length + 8);
      padded.set(weights, shift);
      expect((await module.load(padded.subarray(shift, shift + weights.length))).run(images(1))).toEqual(expected);
    }
    const buffer = weights.slice().buffer;
    expect((await module.load(buffer)).run(images(1))).toEqual(expected);
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
  });

  test('names a tensor that is missing', async () => {
    const tensors = graph.parameters.slice(1).map(({ name, value }) => ({
      name,
      shape: graph.types.get(value)!.shape,
      data: formulaWeights(graph).get(name)!,
    }));
    await expect(module.load(writeSafetensors(tensors))).rejects.toThrow(
      new RangeError('the weights have no tensor conv1.weight [6, 1, 5, 5]'),
    );
  });
});

describe('several inputs and outputs, with hostile names', async () => {
  const hostile = hostileGraph();
  const net = await (
    await importText(emitted(hostile, 'js').get('net.js')!)
  ).load(weightsFile(hostile, formulaWeights(hostile)), { maxBatch: 2 });
  const feeds = feedsOf(hostile, 3);
  const x = Object.fromEntries(feeds.inputs);

  test('go by name, as own properties', () => {
    const { outputs } = runOracle(hostile, feeds);
    const results = net.run(x) as Readonly<Record<string, Float32Array>>;
    expect(Object.keys(results).toSorted()).toEqual([...hostileNames.outputs].toSorted());
    for (const [name, values] of outputs) {
      expect(Object.hasOwn(results, name)).toBe(true);
      Array.from(values).forEach((value, at) => expect(results[name]![at]).toBeCloseTo(value, 5));
    }
  });

  test('`into` takes an array for each output, or for some', () => {
    const into = Object.fromEntries(hostileNames.outputs.map((name, at) => [name, new Float32Array([3, 18, 18][at]!)]));
    const results = net.run(x, { into }) as Readonly<Record<string, Float32Array>>;
    for (const name of hostileNames.outputs) expect(results[name]).toBe(into[name]);
    expect(results).toEqual(net.run(x));
  });

  test('results may take the memory of the inputs', () => {
    const expected = net.run(x);
    const given = Object.fromEntries(Object.entries(x).map(([name, values]) => [name, values.slice()]));
    const arrays = [new Float32Array(3), ...Object.values(given).map((values) => values.subarray(0, 18))];
    const into = Object.fromEntries(hostileNames.outputs.map((name, at) => [name, arrays[at]!]));
    expect(net.run(given, { into })).toEqual(expected);
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

const use = `
import { readFileSync } from 'node:fs';
import { load } from './net.mjs';
const net = await load(readFileSync('weights.safetensors'));
const x = new Float32Array(784).fill(0.5);
`;

function runScript(node: string, flags: readonly string[], script: string): string {
  writeFileSync(join(folder, 'net.mjs'), text);
  writeFileSync(join(folder, 'weights.safetensors'), weights);
  writeFileSync(join(folder, 'main.mjs'), `${use}${script}`);
  return execFileSync(node, [...flags, 'main.mjs'], { cwd: folder, encoding: 'utf8' });
}

test('10,000 runs leave the heap where it was', () => {
  const grown = runScript(
    process.execPath,
    ['--expose-gc'],
    `
const into = new Float32Array(10);
const used = () => { gc(); const { heapUsed, arrayBuffers } = process.memoryUsage(); return heapUsed + arrayBuffers; };
for (let i = 0; i < 1000; i++) net.run(x, { into });
const before = used();
for (let i = 0; i < 5000; i++) { net.run(x, { into }); net.run(x); }
console.log(used() - before);
`,
  );
  // 40 bytes per result would be 200,000.
  expect(Number(grown)).toBeLessThan(100_000);
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

test('Node 20 computes the same bits', async ({ skip }) => {
  if (!node20) skip('there is no Node 20 here');
  const found = runScript(node20!, [], 'console.log(JSON.stringify([...net.run(x)]));');
  const net = await module.load(weights);
  expect(JSON.parse(found)).toEqual([...(net.run(new Float32Array(784).fill(0.5)) as Float32Array)]);
});
