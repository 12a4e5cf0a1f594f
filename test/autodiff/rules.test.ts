// What operators of training steps refuse.

import { expect, test } from 'vitest';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { inferNode, operatorOf } from '../../compiler/ir/signature.ts';
import { formatType, tensorType } from '../../compiler/ir/tensor-type.ts';
import type { TensorType } from '../../compiler/ir/tensor-type.ts';
import { operators, stepOperators } from '../../compiler/ops/index.ts';

const image = tensorType([3, 2, 2]);
const flat = tensorType([3]);
const once = (...shape: readonly number[]): TensorType => tensorType(shape, false);

const refused: readonly (readonly [
  op: string,
  rule: string,
  inputs: readonly TensorType[],
  attributes?: Attributes,
])[] = [
  ['scaled_by', 'C1', [image, once(2)]],
  ['scaled_by', 'C1', [image, flat]],
  ['scaled_by', 'C1', [image, once(3, 2, 2)]],
  ['product_sum', 'C1', [image, tensorType([3, 2, 1])]],
  ['product_sum', 'C2', [once(3, 2), once(3, 2)]],
  ['square_sum', 'C2', [image]],
  ['dropout_apply', 'C1', [image, once(2)], { p: 0.5, number: 1 }],
  ['dropout_apply', 'C1', [image, tensorType([4])], { p: 0.5, number: 1 }],
  ['pad_gradient', 'C1', [image], { padding: [1, 0, 1, 0], mode: 'constant' }],
  ['cross_entropy', 'C1', [flat, flat], { label_smoothing: 0 }],
  ['cross_entropy_gradient', 'C1', [image, tensorType([1]), tensorType([1])], { label_smoothing: 0 }],
];

test.each(refused.map((one) => [one[0], one[1], one[2].map(formatType).join(' '), one] as const))(
  '%s/%s on %s',
  (_, rule, __, [op, , inputs, attributes = {}]) => {
    const { results, problems } = inferNode(operatorOf(operators, op), inputs, attributes);
    expect(results).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(`${op}/${rule} `)]);
  },
);

test('they are internal, and say what they take as other operators do', () => {
  expect(stepOperators.size).toBeGreaterThan(40);
  for (const name of stepOperators) {
    const { internal, constraints } = operatorOf(operators, name);
    expect(internal, name).toBe(true);
    expect(Object.keys(constraints)).toEqual(Object.keys(constraints).map((_, index) => `C${index + 1}`));
    for (const sentence of Object.values(constraints)) expect(sentence).toMatch(/^[a-z`].*[^.]$/);
  }
});
