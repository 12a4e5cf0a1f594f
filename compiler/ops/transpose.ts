// Rows become columns: the last two axes of a value change places.

import type { Operator } from '../ir/operator.ts';
import { rangeOfFirst } from '../ir/range.ts';
import { formatShape } from '../ir/tensor-type.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { permuted } from './permuted.ts';
import { network } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { everything } from './window.ts';

export const transpose: Operator = {
  name: 'transpose',
  attributes: {},
  constraints: { C1: 'the input of `transpose` must be an image [C, H, W] or tokens [length, features]' },
  infer([input], _, report) {
    const { shape } = input!;
    if (shape.length !== 2 && shape.length !== 3)
      return report('C1', { found: formatShape(shape), expected: '[C, H, W] or [length, features]' });
    return [{ ...input!, shape: axesOf(shape).map((axis) => shape[axis]!) }];
  },
  // x [N,C,H,W] → y [N,C,W,H], x [N,L,F] → y [N,F,L]
  reference: ([x], _, [input]) => [permuted(x!, input!, axesOf(input!.shape))],
  axes: () => [0, 2, 1],
  window: everything,
  onImages: ({ apply, operands: [x] }) => [apply('permute', [x!], { order: 'whc' })],
  lowering: { kind: 'permute' },
  takes: () => 'moves',
  gradient: ({ apply, upstream: [dy] }) => [apply('transpose', [dy!])],
  range: rangeOfFirst,
};

/** Examples of its rules. */
export const transposeExamples: RuleExamples = () => ({
  C1: {
    explanation: 'A flat value has one axis, and nothing to change it with.',
    bad: network('[4, 8, 8]', 'flatten', 'transpose'),
    good: network('[4, 8, 8]', 'transpose', 'flatten'),
  },
});

const axesOf = (shape: Shape): readonly number[] => (shape.length === 2 ? [1, 0] : [0, 2, 1]);
