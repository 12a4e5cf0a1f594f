// Products whose weights are brought nearer ahead of their use: the same sums, and nothing is touched beyond the last weight, of which
// the interpreter's memory ends.

import { describe, expect, test } from 'vitest';
import { buildKernel, add, mul } from '../../compiler/kernel/builder.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Kernel, Statement } from '../../compiler/kernel/ir.ts';
import { blocksOf } from '../../compiler/kernel/walk.ts';
import { matrixProduct } from '../../compiler/templates/matmul.ts';
import { numbers } from '../../compiler/templates/numbers.ts';
import { packedLength } from '../../compiler/templates/register-block.ts';
import { fusedTarget } from '../../compiler/templates/target.ts';
import type { Target } from '../../compiler/templates/target.ts';
import { vectorTargets } from './vector-targets.ts';

const product = (target: Target, rows: number, depth: number, columns: number): Kernel =>
  buildKernel('product', '', (k) => {
    const [a, weights, y] = ['a', 'weights', 'y'].map((name) => k.memory(name, 'f32')) as [never, never, never];
    const zero = k.parameter('zero');
    matrixProduct(k, numbers(k, target), {
      ...{ depth, columns, a, aBase: zero, rowStride: depth, weights, wBase: zero, rows, prefetchRows: rows },
      ...{ result: y, placeOf: (row, column) => add(mul(row, columns), column) },
    });
  });

const prefetches = (statements: readonly Statement[]): number =>
  statements.reduce(
    (count, one) =>
      count + (one.kind === 'prefetch' ? 1 : 0) + blocksOf(one).reduce((inner, body) => inner + prefetches(body), 0),
    0,
  );

describe.each(vectorTargets)('%s', (_, target) => {
  test.each([
    [12, 4, 32],
    [13, 7, 40],
    [49, 33, 36],
    [200, 5, 48],
    [25, 1030, 32],
    [9, 384, 40],
    [4, 96, 32],
  ])('%i rows of %i by %i columns', (rows, depth, columns) => {
    const kernel = product(target, rows, depth, columns);
    expect(prefetches(kernel.body)).toBeGreaterThan(0);
    const a = Float32Array.from({ length: rows * depth }, (_, i) => (i % 7) - 3);
    // Every weight of a row of the packed matrix is the same small number, so that sums are exact in any order and layout.
    const weights = new Float32Array(packedLength(depth, columns, target.panel, target.lanes)).fill(2);
    const y = new Float32Array(rows * columns);
    interpretKernel(kernel, new Map(Object.entries({ a, weights, y })), [0]);
    for (let row = 0; row < rows; row += 1) {
      const sum = a.subarray(row * depth, (row + 1) * depth).reduce((total, x) => total + 2 * x, 0);
      expect(new Set(y.subarray(row * columns, (row + 1) * columns))).toEqual(new Set([sum]));
    }
  });
});

test('a single panel has nothing to bring nearer', () => {
  expect(prefetches(product(fusedTarget, 49, 64, 12).body)).toBe(0);
});

// A panel of 64 by 8 columns is 2048 bytes, 32 lines of 64; four of its rows, two lines, are a step, of which each block of 6 rows has 16.
test.each([
  ['one line a step, of two blocks', 11, 1],
  ['two lines a step, of a single one', 4, 2],
] as const)('%s', (_, rows, lines) => {
  const blocks = rows > 6 ? 2 : 1;
  expect(prefetches(product(fusedTarget, rows, 64, 64).body)).toBe(blocks * lines);
});
