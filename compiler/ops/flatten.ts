// All features of an image in one row, channel by channel.

import type { Operator } from '../ir/operator.ts';
import { rangeOfFirst } from '../ir/range.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { reshaped } from './tensors.ts';
import { wholeMap } from './window.ts';

export const flatten: Operator = {
  name: 'flatten',
  attributes: {},
  constraints: {},
  infer: ([input]) => [{ ...input!, shape: [sizeOf(input!.shape)] }],
  reference: ([x], _, [input]) => [reshaped(x!, input!, [sizeOf(input!.shape)])],
  window: wholeMap,
  explain: (_, [input]) => (input!.shape.length > 1 ? input!.shape.join('·') : undefined),
  lowering: { kind: 'view', of: 'whole' },
  takes: () => 'moves',
  range: rangeOfFirst,
  unchanged: () => true,
  gradient: ({ apply, operands: [x], upstream: [dy], typeOf }) => [
    apply('reshape', [dy!], { shape: typeOf(x!).shape }),
  ],
};
