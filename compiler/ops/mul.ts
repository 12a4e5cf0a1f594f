// The product of several values: gates such as squeeze-and-excitation (Hu et al., 2018).

import { rangeOfSign } from '../ir/range.ts';
import { defineArithmetic } from './broadcast.ts';

export const mul = defineArithmetic({
  name: 'mul',
  arity: { min: 1, max: Infinity },
  range: rangeOfSign,
  operation: 'mul',
  unchanged: ({ operands, isConstant }) =>
    Array.from({ length: operands - 1 }, (_, at) => at + 1).every((factor) => isConstant(factor, 1)),
});
