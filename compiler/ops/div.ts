// The quotient of values, from left to right.

import { defineArithmetic } from './broadcast.ts';

export const div = defineArithmetic({
  name: 'div',
  arity: { min: 2, max: Infinity },
  operation: 'div',
});
