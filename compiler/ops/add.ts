// The sum of several values: the join of residual blocks (He et al., 2016).

import { rangeOfSign } from '../ir/range.ts';
import { defineArithmetic } from './broadcast.ts';

export const add = defineArithmetic({
  name: 'add',
  arity: { min: 1, max: Infinity },
  range: rangeOfSign,
  operation: 'add',
  unchanged: ({ operands }) => operands === 1,
});
