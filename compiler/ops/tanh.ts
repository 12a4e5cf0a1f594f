// The hyperbolic tangent.

import { constant, mul, sub, tanh as hyperbolicTangent, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const tanh = defineElementwise({
  name: 'tanh',
  monotone: () => 'rounded',
  range: () => ({ low: -1, high: 1 }),
  expression: () => hyperbolicTangent(x),
  slope: () => ({ of: 'result', expression: sub(constant(1), mul(x, x)) }),
});
