// The difference of values, from left to right.

import { defineArithmetic } from './broadcast.ts';

export const sub = defineArithmetic({
  name: 'sub',
  summary: 'The first value minus the others.',
  arity: { min: 2, max: Infinity },
  operation: 'sub',
  elsewhere: { Keras: { Subtract: { arguments: {} } } },
});
