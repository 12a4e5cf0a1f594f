// The difference of two values; made by passes that fold parameters.

import { defineArithmetic } from './broadcast.ts';

export const sub = defineArithmetic({
  name: 'sub',
  summary: 'The first value minus the second.',
  arity: { min: 2, max: 2 },
  internal: true,
  operation: 'sub',
});
