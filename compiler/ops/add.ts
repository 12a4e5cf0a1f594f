// The sum of several values: the join of residual blocks (He et al., 2016).

import { defineArithmetic } from './broadcast.ts';

export const add = defineArithmetic({
  name: 'add',
  summary: 'The sum of its values.',
  arity: { min: 1, max: Infinity },
  operation: 'add',
  unchanged: ({ operands }) => operands === 1,
});
