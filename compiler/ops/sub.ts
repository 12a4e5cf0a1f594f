// The difference of values, from left to right.

import { defineArithmetic } from './broadcast.ts';

export const sub = defineArithmetic({
  name: 'sub',
  arity: { min: 2, max: Infinity },
  operation: 'sub',
  elsewhere: { Keras: { Subtract: { arguments: {} } } },
});
