// Products of few rows: a single row is multiplied with several panels at once, more rows panel by panel, and nothing is read beyond the
// last weight, with which the interpreter's memory ends.

import { describe, expect, test } from 'vitest';
import { add, buildKernel, mul } from '../../compiler/kernel/builder.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Kernel } from '../../compiler/kernel/ir.ts';
import { matrixProduct } from '../../compiler/templates/matmul.ts';
import { numbers } from '../../compiler/templates/numbers.ts';
import { packedLength, panelsOf } from '../../compiler/templates/register-block.ts';
import type { Target } from '../../compiler/templates/target.ts';
import { vectorTargets } from './vector-targets.ts';

interface Sizes {
  readonly depth: number;
  readonly columns: number;
}

/** Its second parameter is the number of rows. */
const product = (target: Target, { depth, columns }: Sizes, type: 'f32' | 'bf16', readsOnce: boolean): Kernel =>
  buildKernel('product', '', (k) => {
    const [a, y, weights] = [k.memory('a', 'f32'), k.memory('y', 'f32'), k.memory('weights', type)];
    const zero = k.parameter('zero');
    const rows = k.parameter('rows');
    matrixProduct(k, numbers(k, target), {
      ...{ depth, columns, a, aBase: zero, rowStride: depth, weights, wBase: zero, rows, fewRows: true, readsOnce },
      ...{ result: y, placeOf: (row, column) => add(mul(row, columns), column) },
    });
  });

/** Small whole numbers, whose sums are exact in any order, and different from row to row and column to column. */
const weightOf = (k: number, column: number): number => ((k * 5 + column * 3) % 11) - 4;
const leftOf = (row: number, k: number): number => ((k * 3 + row * 7) % 9) - 3;

function packed(target: Target, { depth, columns }: Sizes): Float32Array {
  const { width, full, lastWidth } = panelsOf(columns, target.panel, 4);
  const numbers = new Float32Array(packedLength(depth, columns, target.panel, 4));
  for (let column = 0; column < columns; column += 1) {
    const panel = Math.floor(column / width);
    const stride = panel < full ? width : lastWidth;
    for (let k = 0; k < depth; k += 1)
      numbers[panel * width * depth + k * stride + (column % width)] = weightOf(k, column);
  }
  return numbers;
}

describe.each(vectorTargets)('%s', (_, target) => {
  test.each([
    [5, 3, 'f32', false],
    [64, 8, 'f32', false],
    [33, 12, 'f32', true],
    [600, 32, 'f32', true],
    [530, 52, 'f32', true],
    [130, 75, 'bf16', true],
    [9, 100, 'bf16', false],
    [1030, 29, 'f32', true],
  ] as const)('%i by %i columns of %s', (depth, columns, type, readsOnce) => {
    const sizes = { depth, columns };
    const kernel = product(target, sizes, type, readsOnce);
    const floats = packed(target, sizes);
    const weights =
      type === 'f32'
        ? floats
        : Uint16Array.from(floats, (value) => new Uint32Array(new Float32Array([value]).buffer)[0]! >>> 16);
    for (const rows of [1, 2, 3, 6, 7, 13]) {
      const a = Float32Array.from({ length: rows * depth }, (__, i) => leftOf(Math.floor(i / depth), i % depth));
      const y = new Float32Array(rows * columns + 4).fill(-1);
      interpretKernel(kernel, new Map(Object.entries({ a, weights, y })), [0, rows]);
      const expected = Array.from({ length: rows * columns }, (__, i) => {
        let sum = 0;
        for (let k = 0; k < depth; k += 1) sum += leftOf(Math.floor(i / columns), k) * weightOf(k, i % columns);
        return sum;
      });
      expect(Array.from(y)).toEqual([...expected, -1, -1, -1, -1]);
    }
  });
});
