// Parallel loops shared among threads: every iteration runs once, whoever runs its range.

import { expect, test } from 'vitest';
import { add, buildKernel, div, f64, fadd, rem } from '../../compiler/kernel/builder.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Expression, Kernel } from '../../compiler/kernel/ir.ts';
import { counters, splitLoops } from '../../compiler/kernel/split.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { compileKernel } from '../support/wasm-kernel.ts';

/** Adds 1 to every third element from one to below another, in so many loops one after the other. */
const counting = (loops: number): Kernel =>
  buildKernel('counting', '', (k) => {
    const seen = k.memory('seen', 'f64');
    const [from, to] = [k.parameter('from'), k.parameter('to')];
    for (let loop = 0; loop < loops; loop += 1)
      k.for('i', from, to, (i) => k.store(seen, i, fadd(k.load(seen, i), f64(1))), { step: 3, parallel: true });
  });

const bounds = [
  [0, 0],
  [5, 5],
  [7, 3],
  [2, 3],
  [1, 12],
  [0, 61],
  [3, 64],
] as const;

/** How often each element is seen if these parts run. Of a claimed loop each of them runs all ranges, as if it were alone. */
function seenBy(kernel: Kernel, [from, to]: readonly [number, number], parts: readonly number[], of: number) {
  const seen = new Float64Array(64);
  for (const part of parts) interpretKernel(kernel, new Map([['seen', seen]]), [from, to, part, of]);
  return [...seen];
}

const everyThird = ([from, to]: readonly [number, number], times: number): readonly number[] =>
  Array.from({ length: 64 }, (_, i) => (i >= from && i < to && (i - from) % 3 === 0 ? times : 0));

test.each([1, 2, 3, 7])('of %i threads, each has a range of its own', (threads) => {
  const { kernel, claims } = splitLoops(counting(1), false);
  expect(verifyKernel(kernel)).toEqual([]);
  expect(claims.size).toBe(0);
  const all = Array.from({ length: threads }, (_, part) => part);
  for (const loop of bounds) expect(seenBy(kernel, loop, all, threads), `${loop}`).toEqual(everyThird(loop, 1));
});

test.each([1, 2, 3, 7])('the ranges that %i threads claim are all iterations', (threads) => {
  const { kernel, claims } = splitLoops(counting(1), true);
  expect(verifyKernel(kernel)).toEqual([]);
  expect([...claims.values()]).toEqual([0]);
  for (const loop of bounds) expect(seenBy(kernel, loop, [0], threads), `${loop}`).toEqual(everyThird(loop, 1));
});

test('loops for which there is no counter have a range for each thread', () => {
  const { kernel, claims } = splitLoops(counting(counters + 2), true);
  expect([...claims.values()]).toEqual(Array.from({ length: counters }, (_, counter) => counter));
  for (const loop of bounds)
    expect(seenBy(kernel, loop, [0, 1, 2], 3), `${loop}`).toEqual(everyThird(loop, 3 * counters + 2));
});

test('behind a barrier the counters serve again', () => {
  const source = counting(2);
  const [first, second] = source.body;
  const { claims } = splitLoops({ ...source, body: [first!, { kind: 'barrier' }, second!] }, true);
  expect([...claims.values()]).toEqual([0, 0]);
});

/** A range ends where 32 bits would not hold the number of its end times that of all iterations. */
test.each([
  ['one more than 64 threads could multiply', 2 ** 24 + 1, 64],
  ['vectors of the weights of VGG 16 in its first dense layer', (25_088 * 4096) / 4, 42],
  ['the most that are shared by products in 32 bits, and some', 2 ** 25 + 3, 64],
])('%s: %i iterations, which %i threads claim, run once each', (_, count, threads) => {
  const [step, cells] = [4, 4099];
  const kernel = buildKernel('counting', '', (k) => {
    const seen = k.memory('seen', 'i32');
    const countIt = (i: Expression): void => {
      const cell = k.let('cell', rem(div(i, step), cells));
      k.store(seen, cell, add(k.load(seen, cell), 1));
    };
    k.for('i', 0, step * count, countIt, { step, parallel: true });
  });
  const { bytes, module, places } = compileKernel(kernel, { sizes: new Map([['seen', 4 * cells]]), claimed: true });
  const memory = new WebAssembly.Memory({ initial: module.pages, maximum: 65_536 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } });
  // The first one claims all ranges, and leaves none to the second.
  for (const part of [0, 1]) (exports['counting'] as (...values: number[]) => void)(part, threads);
  const seen = new Int32Array(memory.buffer, places.get('seen'), cells);
  expect(seen.findIndex((times, cell) => times !== Math.ceil((count - cell) / cells))).toBe(-1);
});
