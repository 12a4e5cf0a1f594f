// The same numbers, in the same order, in another shape.

import type { Operator, Violation } from '../ir/operator.ts';
import { rangeOfFirst } from '../ir/range.ts';
import { formatShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { listOf } from './attributes.ts';
import { isAnyFlow, notAnyFlow } from './limits.ts';
import { step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { reshaped } from './tensors.ts';
import { wholeMap } from './window.ts';

export const reshape: Operator = {
  name: 'reshape',
  attributes: { shape: { type: 'ints' } },
  constraints: {
    C1: 'at most one extent may be -1, and every other must be at least 1',
    C2: 'the number of elements must stay the same',
    C3: 'the new shape must be [C, H, W], [length, features] or [features]',
  },
  canonical(attributes, [input]) {
    const shape = listOf(attributes, 'shape');
    const rest = sizeOf(shape.filter((extent) => extent !== -1));
    const extent = sizeOf(input?.shape ?? []) / rest;
    const open = shape.filter((candidate) => candidate === -1).length;
    if (open !== 1 || !Number.isSafeInteger(extent)) return attributes;
    return { ...attributes, shape: shape.map((candidate) => (candidate === -1 ? extent : candidate)) };
  },
  infer([input], attributes, report) {
    const shape = listOf(attributes, 'shape');
    const { batched } = input!;
    const wrong = shape.filter((extent) => extent < 1);
    if (wrong.length > 1 || wrong.some((extent) => extent !== -1)) {
      return report('C1', { found: formatShape(shape), expected: 'numbers from 1 on, and one -1', attribute: 'shape' });
    }
    if (wrong.length > 0 || sizeOf(shape) !== sizeOf(input!.shape)) return report('C2', changed(shape, input!));
    if (batched && !isAnyFlow(shape)) return report('C3', { ...notAnyFlow(shape), attribute: 'shape' });
    return [{ ...input!, shape }];
  },
  reference: ([x], attributes, [input]) => [reshaped(x!, input!, listOf(attributes, 'shape'))],
  window: wholeMap,
  lowering: { kind: 'view', of: 'whole' },
  takes: () => 'moves',
  range: rangeOfFirst,
  unchanged: () => true,
  gradient: ({ apply, operands: [x], upstream: [dy], typeOf }) => [
    apply('reshape', [dy!], { shape: typeOf(x!).shape }),
  ],
};

/** Examples of its rules. */
export const reshapeExamples: RuleExamples = () => ({
  C1: step(
    'One -1 stands for what is left over; of two nobody could say which is which.',
    '[12]',
    'reshape([-1, -1, 2])',
    'reshape([3, -1, 2])',
  ),
  C2: step(
    'Elements are counted off anew, none are added or lost: the product of the extents stays the same.',
    '[16, 5, 5]',
    'reshape([256])',
    'reshape([400])',
  ),
  C3: step('Values that flow have one to three axes.', '[12]', 'reshape([3, 1, 2, 2])', 'reshape([3, 2, 2])'),
});

const changed = (shape: Shape, input: TensorType): Violation => ({
  found: shape.includes(-1) ? formatShape(shape) : `${formatShape(shape)}: ${sizeOf(shape)} elements`,
  expected: `${sizeOf(input.shape)} elements, as in ${formatShape(input.shape)}`,
  attribute: 'shape',
});
