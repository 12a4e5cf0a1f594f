// Operators that join values or take them apart, against small examples worked out by hand, and against each other.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { inferNode, operatorOf } from '../../compiler/ir/signature.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { apply, applyToAll, counting, nested, tensor } from '../support/apply-operator.ts';
import { arbitraryOperatorCase, operandsOf } from '../support/arbitrary-operator.ts';

test('add and mul repeat extents of 1', () => {
  const x = counting([2, 2, 2]);
  expect(applyToAll('add', [x, x, x])).toEqual([
    [
      [
        [0, 3],
        [6, 9],
      ],
      [
        [12, 15],
        [18, 21],
      ],
    ],
  ]);
  expect(applyToAll('mul', [x, [[[10]], [[100]]]])).toEqual([
    [
      [
        [0, 10],
        [20, 30],
      ],
      [
        [400, 500],
        [600, 700],
      ],
    ],
  ]);
  expect(applyToAll('add', [[[[1], [2]]], [[[10, 20]]]])).toEqual([
    [
      [
        [11, 21],
        [12, 22],
      ],
    ],
  ]);
  expect(applyToAll('sub', [[5, 6], [1]])).toEqual([[4, 5]]);
  expect(applyToAll('div', [[5, 6], [2]])).toEqual([[2.5, 3]]);
});

test('a value without a batch axis meets every image', () => {
  const add = operatorOf(operators, 'add');
  const inputs = [tensorType([2], false), tensorType([2])];
  const result = add.reference(
    [
      tensor([10, 20]),
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ],
    {},
    inputs,
  )[0]!;
  expect(nested(result)).toEqual([
    [11, 22],
    [13, 24],
  ]);
  expect(inferNode(add, inputs, {}).results).toEqual([tensorType([2])]);
  const both = inferNode(add, [inputs[0]!, inputs[0]!], {}).results;
  expect(both).toEqual([tensorType([2], false)]);
});

test('concat joins channels image by image; parameters by their first axis', () => {
  expect(applyToAll('concat', [[[[1]], [[2]]], [[[3]]]])).toEqual([[[[1]], [[2]], [[3]]]]);
  const concat = operatorOf(operators, 'concat');
  const inputs = [tensorType([1]), tensorType([2])];
  expect(
    nested(
      concat.reference(
        [
          tensor([[1], [4]]),
          tensor([
            [2, 3],
            [5, 6],
          ]),
        ],
        { along: 'channels' },
        inputs,
      )[0]!,
    ),
  ).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(concat.explain!({ along: 'channels' }, inputs)).toBe('1 + 2 = 3');
  const weights = [
    [1, 3],
    [2, 3],
  ].map((shape) => tensorType(shape, false));
  const joined = concat.reference(
    [
      tensor([[1, 2, 3]]),
      tensor([
        [4, 5, 6],
        [7, 8, 9],
      ]),
    ],
    { along: 'channels' },
    weights,
  )[0]!;
  expect(nested(joined)).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ]);
});

test('split is the inverse of concat', () => {
  fc.assert(
    fc.property(arbitraryOperatorCase(['split']), (candidate) => {
      const { inputs, attributes } = candidate;
      const [split, concat] = ['split', 'concat'].map((op) => operatorOf(operators, op));
      const operands = operandsOf(candidate, 2);
      const types = inferNode(split!, inputs, attributes).results!;
      expect(
        concat!.reference(split!.reference(operands, attributes, inputs), { along: attributes['along']! }, types),
      ).toEqual(operands);
    }),
  );
  expect(apply('split', [1, 2, 3, 4], { parts: 2 })).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(apply('split', [1, 2, 3, 4], { sizes: [1, 3] })).toEqual([[1], [2, 3, 4]]);
});
