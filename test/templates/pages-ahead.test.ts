// Products whose weights come from memory: the same sums, pages are touched before they are read, and nothing beyond the last weight, with
// which the interpreter's memory ends.

import { expect, test } from 'vitest';
import { add, buildKernel, mul } from '../../compiler/kernel/builder.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Kernel, Statement } from '../../compiler/kernel/ir.ts';
import { blocksOf } from '../../compiler/kernel/walk.ts';
import { matrixProduct } from '../../compiler/templates/matmul.ts';
import type { MatrixProduct } from '../../compiler/templates/matmul.ts';
import { numbers } from '../../compiler/templates/numbers.ts';
import { packedLength } from '../../compiler/templates/register-block.ts';
import { fusedTarget } from '../../compiler/templates/target.ts';

const panel = 32;

type Reading = Pick<MatrixProduct, 'panel' | 'streams' | 'readsOnce'>;

/** Of a number of rows that is not known, the kernel has it as its second parameter. */
const product = (
  [rows, depth, columns]: readonly [number | 'unknown', number, number],
  type: 'f32' | 'bf16' = 'f32',
  reading: Reading = { panel, readsOnce: true },
): Kernel =>
  buildKernel('product', '', (k) => {
    const [a, y] = [k.memory('a', 'f32'), k.memory('y', 'f32')];
    const weights = k.memory('weights', type);
    const zero = k.parameter('zero');
    const count = rows === 'unknown' ? k.parameter('rows') : rows;
    matrixProduct(k, numbers(k, fusedTarget), {
      ...{ depth, columns, a, aBase: zero, rowStride: depth, weights, wBase: zero, rows: count, ...reading },
      ...{ result: y, placeOf: (row, column) => add(mul(row, columns), column) },
    });
  });

/** Those of a body, with how often loops repeat them where that is known. */
const prefetches = (statements: readonly Statement[]): number =>
  statements.reduce((count, one) => {
    const inner = blocksOf(one).reduce((sum, body) => sum + prefetches(body), 0);
    if (one.kind !== 'for') return count + inner + (one.kind === 'prefetch' ? 1 : 0);
    const [from, to] = [one.from, one.to].map((bound) => (bound.kind === 'constant' ? bound.value : NaN));
    return count + inner * Math.ceil((to! - from!) / one.step);
  }, 0);

test.each([
  [1024, 96, 'f32', 96],
  [1030, 40, 'f32', 40],
  [2048, 32, 'bf16', 32],
  [777, 36, 'bf16', 15],
] as const)('%i by %i columns of %s: %i pages', (depth, columns, type, pages) => {
  const kernel = product([1, depth, columns], type);
  expect(prefetches(kernel.body)).toBe(pages);
  const a = Float32Array.from({ length: depth }, (_, i) => (i % 7) - 3);
  const length = packedLength(depth, columns, panel, 4);
  // 2 in every place, so that sums are exact in any order and layout.
  const weights = type === 'f32' ? new Float32Array(length).fill(2) : new Uint16Array(length).fill(0x4000);
  const y = new Float32Array(columns);
  interpretKernel(kernel, new Map(Object.entries({ a, weights, y })), [0]);
  expect(new Set(y)).toEqual(new Set([a.reduce((total, x) => total + 2 * x, 0)]));
});

/** y [rows, columns], where each row of the other factor has sums of its own and all weights are 2. */
function expectSums(
  kernel: Kernel,
  [rows, depth, columns]: readonly [number, number, number],
  parameters: readonly number[],
) {
  const a = Float32Array.from({ length: rows * depth }, (_, i) => (i % 7) - 3 + Math.floor(i / depth));
  const weights = new Float32Array(packedLength(depth, columns, panel, 4)).fill(2);
  const y = new Float32Array((rows + 1) * columns).fill(-1);
  interpretKernel(kernel, new Map(Object.entries({ a, weights, y })), parameters);
  const sums = Array.from({ length: rows }, (_, row) =>
    a.subarray(row * depth, (row + 1) * depth).reduce((total, x) => total + 2 * x, 0),
  );
  const expected = [...sums, -1].flatMap((sum) => Array.from({ length: columns }, () => sum));
  expect(Array.from(y)).toEqual(expected);
}

test.each([1, 5, 7, 9])(
  'of %i rows the first one touches the pages, and the others find the weights nearer',
  (rows) => {
    const kernel = product([rows, 1024, 40]);
    expect(prefetches(kernel.body)).toBe(40);
    expectSums(kernel, [rows, 1024, 40], [0]);
  },
);

test('so it is where the number of rows is not known', () => {
  const kernel = product(['unknown', 600, 40]);
  for (const rows of [1, 2, 3, 4, 6, 7, 8, 13, 16]) expectSums(kernel, [rows, 600, 40], [0, rows]);
});

test('several rows that find the weights near are not told', () => {
  expect(prefetches(product([6, 1024, 64], 'f32', { panel }).body)).toBe(0);
});

// A block of registers has 6 rows, and a panel 8 columns.
test.each([
  ['each block of rows, where the weights stay near after the first', 7, 256, 512, 2 * 64 * 2],
  ['the first row alone, where they do not', 7, 512, 512, 64 * 4],
  ['the only block', 4, 512, 512, 64 * 4],
  ['nobody, where they are few', 7, 128, 512, 0],
] as const)('panel by panel they are touched by %s', (_, rows, depth, columns, pages) => {
  const kernel = product([rows, depth, columns], 'f32', { panel: 8, streams: 'weights' });
  expect(prefetches(kernel.body)).toBe(pages);
  const a = Float32Array.from({ length: rows * depth }, (_, i) => (i % 7) - 3);
  const weights = new Float32Array(depth * columns).fill(2);
  const y = new Float32Array(rows * columns);
  interpretKernel(kernel, new Map(Object.entries({ a, weights, y })), [0]);
  for (let row = 0; row < rows; row += 1) {
    const sum = a.subarray(row * depth, (row + 1) * depth).reduce((total, x) => total + 2 * x, 0);
    expect(new Set(y.subarray(row * columns, (row + 1) * columns))).toEqual(new Set([sum]));
  }
});
