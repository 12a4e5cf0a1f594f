// Threefry2x32 with 20 rounds: the known answers of Random123 (its file kat_vectors), and everywhere the same words.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { threefry } from '../../runtime/threefry.ts';
import { buildKernel, unary } from '../../compiler/kernel/builder.ts';
import type { Binding } from '../../compiler/kernel/interpret.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Kernel } from '../../compiler/kernel/ir.ts';
import { threefry as buildThreefry, threefryKey } from '../../compiler/kernel/random.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { runJavaScriptKernel } from '../support/js-kernel.ts';
import { runs } from '../support/runs.ts';
import { runWasmKernel } from '../support/wasm-kernel.ts';

type Four = readonly [key0: number, key1: number, counter0: number, counter1: number];

/** y[2] of x: key0, key1, counter0, counter1. */
const scalars = buildKernel('scalars', 'threefry', (k) => {
  const [x, y] = [k.memory('x', 'i32'), k.memory('y', 'i32')];
  const word = (at: number) => unary('i32_to_u32', k.load(x, at));
  const key = threefryKey(k, word(0), word(1));
  buildThreefry(k, key, word(2), word(3)).forEach((random, at) => k.store(y, at, random));
});

/** y[2, 4] of x: key0, key1, then four of each counter. */
const vectors = buildKernel('vectors', 'threefry', (k) => {
  const [x, y] = [k.memory('x', 'i32'), k.memory('y', 'i32')];
  const everywhere = (at: number) => unary('splat_u32', unary('i32_to_u32', k.load(x, at)));
  const key = threefryKey(k, everywhere(0), everywhere(1));
  const random = buildThreefry(k, key, k.loadLanes(x, 2, 4), k.loadLanes(x, 6, 4));
  random.forEach((words, at) => k.storeLanes(y, 4 * at, words, 4));
});

function wordsOf(run: typeof interpretKernel, kernel: Kernel, x: readonly number[], count: number): number[] {
  const y = new Int32Array(count);
  run(
    kernel,
    new Map<string, Binding>([
      ['x', Int32Array.from(x)],
      ['y', y],
    ]),
    [],
  );
  return [...new Uint32Array(y.buffer)];
}

const onScalars = [interpretKernel, runJavaScriptKernel, runWasmKernel] as const;
const onVectors = [interpretKernel, runWasmKernel] as const;

test.each<[Four, readonly [number, number]]>([
  [
    [0, 0, 0, 0],
    [0x6b200159, 0x99ba4efe],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0x1cb996fc, 0xbb002be7],
  ],
  [
    [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3],
    [0xc4923a9c, 0x483df7a0],
  ],
])('%o', (four, expected) => {
  const [key0, key1, counter0, counter1] = four;
  expect(threefry(...four)).toEqual(expected);
  for (const run of onScalars) expect(wordsOf(run, scalars, four, 2)).toEqual(expected);
  const x = [key0, key1, 1, counter0, 3, 4, 5, counter1, 7, 8];
  for (const run of onVectors) {
    const words = wordsOf(run, vectors, x, 8);
    expect([words[1], words[5]]).toEqual(expected);
  }
});

test('kernels are sound', () => expect([scalars, vectors].flatMap(verifyKernel)).toEqual([]));

test('words are the same from all', () => {
  const word = fc.oneof(fc.nat(2 ** 32 - 1), fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1));
  fc.assert(
    fc.property(fc.array(word, { minLength: 10, maxLength: 10 }), (x) => {
      const expected = [0, 1, 2, 3].map((lane) => threefry(x[0]!, x[1]!, x[2 + lane]!, x[6 + lane]!));
      const four = [x[0]!, x[1]!, x[2]!, x[6]!];
      for (const run of onScalars) expect(wordsOf(run, scalars, four, 2)).toEqual(expected[0]);
      const words = [0, 1].flatMap((at) => expected.map((pair) => pair[at]));
      for (const run of onVectors) expect(wordsOf(run, vectors, x, 8)).toEqual(words);
    }),
    runs(100),
  );
});
