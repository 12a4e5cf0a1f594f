// The quotient of two values; made by passes that fold parameters.

import { defineArithmetic } from './broadcast.ts';

export const div = defineArithmetic({
  name: 'div',
  summary: 'The first value divided by the second.',
  arity: { min: 2, max: 2 },
  internal: true,
  operation: 'div',
});
