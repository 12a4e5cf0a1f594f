// The square root, NaN below 0.

import { constant, div, sqrt as root, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const sqrt = defineElementwise({
  name: 'sqrt',
  expression: () => root(x),
  slope: () => ({ of: 'result', expression: div(constant(0.5), x) }),
});
