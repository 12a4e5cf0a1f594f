// `cnnc bench`: its tables, its JSON and its refusals, and how it measures.

import { describe, expect, test } from 'vitest';
import { assemble } from '../../compiler/codegen/wasm/assembler.ts';
import { bandwidthKernel, peakKernel, tileHeights } from '../../src/bench/machine-kernels.ts';
import { quantile, timeInTurns, timeRuns, warmUp } from '../../src/bench/timing.ts';
import { madeUpImages } from '../../src/data/made-up.ts';
import { relativeDifference } from '../../src/network/difference.ts';
import { cnnc } from './harness.ts';

const SMALL = `network Small {
  input image: [1, 8, 8]
  conv(4, kernel: 3) -> relu
  max_pool(2)
  flatten
  scores = dense(3)
  output scores
}
`;
const OTHER = 'network Other { input x: [4]\n y = dense(2)\n output y }\nnetwork Second { input x: [4] relu }\n';
/** conv: 4·6·6 outputs of 9; dense: 36·3. */
const MACS = 4 * 36 * 9 + 36 * 3;
const files = { 'a.cnn': SMALL, 'b.cnn': OTHER };
const short = ['--seconds', '0.1'];
/** A warm-up takes up to 1.5 s by the clock; `timing` below has the true lengths. */
const haste = 10;

interface Result {
  readonly network: string;
  readonly threads: number;
  readonly minMs: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly gflops: number;
  readonly macs: number;
  readonly peakGflops: number;
  readonly shareOfPeak: number;
  readonly moduleBytes: number;
  readonly moduleGzippedBytes: number;
  readonly kernels?: readonly { readonly nodes: readonly string[]; readonly ms: number; readonly share: number }[];
  readonly compare?: { readonly module: string; readonly ratio: number; readonly difference: number };
}

async function results(...argv: readonly string[]): Promise<readonly Result[]> {
  const { code, stdout, stderr } = await cnnc(['bench', ...argv, '--json', ...short], {
    files: await withModules(),
    haste,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const data = JSON.parse(stdout) as { readonly schemaVersion: number; readonly results: readonly Result[] };
  expect(Object.keys(data)).toEqual(['schemaVersion', 'results']);
  expect(data.schemaVersion).toBe(1);
  return data.results;
}

/** With `js/net.js` and `wasm/net.js` of the first network. */
async function withModules(): Promise<Readonly<Record<string, string | Uint8Array>>> {
  const module = async (target: string): Promise<Uint8Array> => {
    const argv = ['compile', 'a.cnn', '-o', target, '--target', target];
    return (await cnnc(argv, { files })).files.get(`/project/${target}/net.js`)!;
  };
  return {
    ...files,
    'js/net.js': await module('js'),
    'wasm/net.js': await module('wasm'),
    'x.js': 'export const x = 1;',
  };
}

describe('bench', () => {
  test('prints tables', async () => {
    const { code, stdout, stderr } = await cnnc(['bench', 'a.cnn', '--kernels', ...short], { files, haste });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^network +target +math +threads +batch +min ms +median +p95 +GFLOP\/s +of peak +of bandwidth$/m,
    );
    expect(stdout).toMatch(/^Small +wasm +default +1 +1( +\d+\.\d+){3} +[\d.]+ +\d+\.\d% +\d+\.\d%$/m);
    expect(stdout).toMatch(/^network +emit ms +load +first run +module +gzipped +weights +memory +resident$/m);
    expect(stdout).toMatch(/^Kernels of Small, on one thread\nkernel +computes +ms +share +effective GFLOP\/s$/m);
    expect(stdout).toMatch(/^\w+ +scores +\d\.\d+ +\d+\.\d% +[\d.]+$/m);
    expect(stdout).toContain('One thread of this machine computes');
    const [, block = ''] = stdout.split('effective GFLOP/s\n');
    const times = [...block.matchAll(/ (\d+\.\d+) +\d+\.\d%/g)].map(([, time]) => Number(time));
    expect(times.length).toBeGreaterThan(2);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  test('--json has what it says', async () => {
    const [result, ...others] = await results('a.cnn', '--math', 'fast', '--weights-type', 'bf16');
    expect(others).toEqual([]);
    expect(Object.keys(result!).slice(0, 9)).toEqual([
      'network',
      'target',
      'math',
      'threads',
      'batch',
      'minMs',
      'medianMs',
      'p95Ms',
      'gflops',
    ]);
    expect(result).toMatchObject({ network: 'Small', target: 'wasm', math: 'fast', threads: 1, batch: 1 });
    expect(result).toMatchObject({ weightsType: 'bf16', macs: MACS });
    const { minMs, medianMs, p95Ms, gflops, macs, peakGflops, shareOfPeak, kernels } = result!;
    expect(minMs).toBeGreaterThan(0);
    expect(medianMs).toBeGreaterThanOrEqual(minMs);
    expect(p95Ms).toBeGreaterThanOrEqual(medianMs);
    expect(gflops).toBeCloseTo((2 * macs) / minMs / 1e6, 9);
    expect(shareOfPeak).toBeCloseTo(gflops / peakGflops, 9);
    expect(result!.moduleGzippedBytes).toBeLessThan(result!.moduleBytes);
    expect(kernels!.map(({ nodes }) => nodes.join())).toEqual(expect.arrayContaining(['scores']));
    expect(kernels!.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    for (const [name, value] of Object.entries(result!))
      if (typeof value === 'number') expect({ name, isPositive: value > 0 }).toEqual({ name, isPositive: true });
  });

  test('threads and batches', async () => {
    const [result] = await results('a.cnn', '--threads', '2', '--batch', '3');
    expect(result).toMatchObject({ threads: 2, batch: 3 });
    expect(result!.gflops).toBeCloseTo((6 * MACS) / result!.minMs / 1e6, 9);
  });

  test('threads that are chosen: one for a network of so little work', async () => {
    const argv = ['bench', 'a.cnn', '--threads', 'auto', '--seconds', '0.05'];
    const { code, stderr, stdout } = await cnnc(argv, { files });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^note: auto chose 1 /m) });
    expect(stdout).toMatch(/^Small +wasm +default +1 +1 /m);
  });

  test('several networks, and JavaScript, which has no kernels to show', async () => {
    const [first, second] = await results('a.cnn', 'b.cnn:Second', '--target', 'js');
    expect(first).toMatchObject({ network: 'Small', target: 'js', threads: 1 });
    expect(second).toMatchObject({ network: 'Second', gflops: 0, macs: 0 });
    expect(first!.kernels).toBeUndefined();
  });

  test.each(['js', 'wasm'])('--compare times a module of %s in turns', async (target) => {
    const module = `${target}/net.js`;
    const [result] = await results('a.cnn', '--compare', module);
    expect(result!.compare).toMatchObject({ module, threads: 1 });
    expect(result!.compare!.ratio).toBeGreaterThan(0);
    expect(result!.compare!.difference).toBeLessThan(1e-5);
    const shown = await cnnc(['bench', 'a.cnn', '--compare', module, ...short], { files: await withModules(), haste });
    expect(shown.stdout).toMatch(/^compared with +threads +min ms +median +p95 +its time \/ ours +outputs differ by$/m);
    expect(shown.stdout).toMatch(new RegExp(`^${module} +1( +\\d+\\.\\d+){3} +[\\d.]+× +[\\d.]+%$`, 'm'));
  });

  test.each([
    [['a.cnn', '--seconds', '0'], 2, '--seconds takes a number above 0'],
    [['a.cnn', '--seconds', 'long'], 2, '--seconds takes a number above 0'],
    [['a.cnn', '--batch', '0'], 2, '--batch takes a whole number from 1'],
    [['a.cnn', '--target', 'js', '--kernels'], 2, '--kernels needs --target wasm'],
    [['a.cnn', '--match', 'order'], 2, '--match and --map'],
    [['a.cnn', 'b.cnn:Other', '--weights', 'w.safetensors'], 2, 'random:SEED fits all'],
    [['a.cnn', 'b.cnn:Other', '--compare', 'js/net.js'], 2, '--compare takes one network'],
    [['b.cnn'], 2, 'b.cnn has several networks'],
    [[], 2, 'missing required argument'],
    [['c.cnn'], 1, 'cannot read c.cnn'],
    [['a.cnn', '--weights', 'w.safetensors'], 1, 'cannot read w.safetensors'],
    [['a.cnn', '--compare', 'none.js'], 1, 'cannot read none.js'],
    [['a.cnn', '--compare', 'x.js'], 1, 'x.js is no module that cnnc compiled'],
    [['b.cnn:Other', '--compare', 'js/net.js'], 1, 'js/net.js is a module of another network'],
    [['a.cnn', '--batch', '100000000'], 3, '--batch 100000000: '],
  ])('refused: %j', async (argv, code, message) => {
    const outcome = await cnnc(['bench', ...argv], { files: await withModules() });
    expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code, stdout: '' });
    expect(outcome.stderr).toContain(message);
  });

  test('progress is for terminals, and disappears', async () => {
    const { stderr } = await cnnc(['bench', 'a.cnn', ...short], { files, haste, isTerminal: true });
    expect(stderr).toContain('Small: warming up');
    expect(stderr).toMatch(/\r +\r$/);
  });
});

/** A clock that only runs of a known length move. */
function simulated(times: readonly number[]) {
  let now = 0;
  let next = 0;
  return { clock: () => now, run: () => void (now += times[Math.min(next++, times.length - 1)]!), count: () => next };
}

describe('timing', () => {
  test('quantiles', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([4, 1, 2, 3], 0.5)).toBe(2.5);
    expect(quantile([3, 1, 2], 0)).toBe(1);
    expect(
      quantile(
        Array.from({ length: 100 }, (_, at) => at + 1),
        0.95,
      ),
    ).toBe(95);
  });

  test('a warm-up ends when times settle, and after 1.5 s whatever they do', () => {
    const settled = simulated([50, 50, 50, 10]);
    expect(warmUp(settled.run, settled.clock)).toBe(10);
    // 3 runs of 50 ms are a window, then three of 6 runs or so that agree.
    expect(settled.clock()).toBeLessThan(400);
    const falling = simulated(Array.from({ length: 1000 }, (_, at) => 100 * 0.95 ** at));
    warmUp(falling.run, falling.clock);
    expect(falling.clock()).toBeGreaterThanOrEqual(1500);
    expect(falling.clock()).toBeLessThan(1610);
    const slow = simulated([5000]);
    expect(warmUp(slow.run, slow.clock)).toBe(5000);
    expect(slow.count()).toBe(1);
  });

  test('runs for so long, five times at least unless they are slow', () => {
    const fast = simulated([2]);
    expect(timeRuns(fast.run, 2, 100, fast.clock)).toEqual({ runs: 50, minMs: 2, medianMs: 2, p95Ms: 2 });
    const few = simulated([400]);
    expect(timeRuns(few.run, 400, 100, few.clock).runs).toBe(5);
    const slow = simulated([3000]);
    expect(timeRuns(slow.run, 3000, 100, slow.clock).runs).toBe(1);
    const tiny = simulated([0.002]);
    expect(timeRuns(tiny.run, 0.002, 1, tiny.clock).minMs).toBeCloseTo(0.002, 6);
  });

  test('in turns, the ratio is that of the second to the first', () => {
    let now = 0;
    const order: number[] = [];
    const runner = (runMs: number) => ({ run: () => void ((now += runMs), order.push(runMs)), runMs });
    const { first, second, ratio } = timeInTurns(runner(60), runner(180), 1000, () => now);
    expect({ first: first.minMs, second: second.minMs, ratio }).toEqual({ first: 60, second: 180, ratio: 3 });
    expect(order.slice(0, 4)).toEqual([60, 180, 180, 60]);
  });
});

describe('the kernels that measure the machine', () => {
  const run = async (module: Parameters<typeof assemble>[0], name: string, ...argv: readonly number[]) => {
    const memory = new WebAssembly.Memory({ initial: module.pages, maximum: module.pages });
    new Float32Array(memory.buffer).fill(1);
    const compiled = await WebAssembly.compile(assemble(module).bytes);
    const { exports } = await WebAssembly.instantiate(compiled, { m: { m: memory } });
    (exports[name] as (...values: readonly number[]) => void)(...argv);
    return [...new Float32Array(memory.buffer, 65_536 - 16, 4)];
  };

  test.each(tileHeights.flatMap((rows) => [false, true].map((fused) => [rows, fused] as const)))(
    'a tile of %i rows, fused %s, does what is counted',
    async (rows, fused) => {
      const { module, flopsPerStep } = peakKernel(rows, fused);
      // 8 steps of 1 · 1 in every accumulator.
      expect(await run(module, 'peak', 8)).toEqual(Array.from({ length: 4 }, () => 8 * rows * 2));
      expect(flopsPerStep).toBe(rows * 8 * 2);
    },
  );

  test('every byte of the memory is read', async () => {
    const { module, bytes } = bandwidthKernel();
    expect(bytes).toBe(256 << 20);
    expect(await run(module, 'sum')).toEqual(Array.from({ length: 4 }, () => bytes / 16));
  });
});

describe('made-up inputs and differences', () => {
  test('are the same every time, differ from one another, and follow the settings', () => {
    const images = madeUpImages([2, 8, 8], 5);
    expect(images).toEqual(madeUpImages([2, 8, 8], 5));
    expect(images.every((value) => value >= -1 && value <= 1)).toBe(true);
    const [first, second] = [images.slice(0, 128), images.slice(128, 256)];
    expect(first).not.toEqual(second);
    // Squares of 2 × 2 pixels in the second.
    expect([second[0], second[1], second[8], second[9]]).toEqual(Array.from({ length: 4 }, () => second[0]));
    expect(new Set(first).size).toBeGreaterThan(60);
    const scaled = madeUpImages([3, 4, 4], 1, { scale: 1 / 255, mean: [0.5], std: [0.25, 0.5, 1], colors: 'rgb' });
    expect(Math.max(...scaled)).toBeLessThanOrEqual(2);
    expect(Math.max(...scaled.slice(32).map(Math.abs))).toBeLessThanOrEqual(0.5);
  });

  test('a difference is a part of the largest number', () => {
    expect(relativeDifference(Float32Array.of(1, -4), Float32Array.of(1.5, -4))).toBe(0.125);
    expect(relativeDifference(Float32Array.of(0, NaN), Float32Array.of(0, NaN))).toBe(0);
    expect(relativeDifference(Float32Array.of(1), Float32Array.of(NaN))).toBe(Infinity);
    expect(relativeDifference(Float32Array.of(0), Float32Array.of(0))).toBe(0);
  });
});
