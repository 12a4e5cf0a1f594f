// Operators that only passes make, on weights: small cases worked by hand.

import { expect, test } from 'vitest';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';

const tensor = (shape: Shape, ...data: readonly number[]) => ({ shape, data: Float64Array.from(data) });

function computed(op: string, operands: readonly ReturnType<typeof tensor>[], attributes: Attributes) {
  const inputs = operands.map(({ shape }) => tensorType(shape, false));
  const [result] = operators.get(op)!.reference(operands, attributes, inputs);
  return { shape: result!.shape, data: [...result!.data] };
}

test('matmul: [[1 2] [3 4]] · [[5 6] [7 8]]', () => {
  const [a, b] = [tensor([1, 2, 2], 1, 2, 3, 4), tensor([1, 2, 2], 5, 6, 7, 8)];
  expect(computed('weight_matmul', [a, b], { transpose: false })).toEqual({ shape: [1, 2, 2], data: [19, 22, 43, 50] });
  expect(computed('weight_matmul', [a, b], { transpose: true })).toEqual({ shape: [1, 2, 2], data: [26, 30, 38, 44] });
});

test('matmul repeats a stack of one', () => {
  const [one, two] = [tensor([1, 1, 2], 1, 10), tensor([2, 2, 1], 1, 2, 3, 4)];
  expect(computed('weight_matmul', [one, two], { transpose: false })).toEqual({ shape: [2, 1, 1], data: [21, 43] });
});

test('reduce_sum keeps the axes with extent 1', () => {
  const x = tensor([2, 3], 1, 2, 3, 4, 5, 6);
  expect(computed('reduce_sum', [x], { axes: [1] })).toEqual({ shape: [2, 1], data: [6, 15] });
  expect(computed('reduce_sum', [x], { axes: [0] })).toEqual({ shape: [1, 3], data: [5, 7, 9] });
  expect(computed('reduce_sum', [x], { axes: [0, 1] })).toEqual({ shape: [1, 1], data: [21] });
});

test('slice cuts out a box', () => {
  const x = tensor([2, 3], 1, 2, 3, 4, 5, 6);
  expect(computed('weight_slice', [x], { start: [0, 1], size: [2, 2] })).toEqual({ shape: [2, 2], data: [2, 3, 5, 6] });
  expect(computed('weight_slice', [x], { start: [1, 2], size: [1, 1] })).toEqual({ shape: [1, 1], data: [6] });
});
