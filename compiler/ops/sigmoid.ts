// The logistic function 1 / (1 + e⁻ˣ).

import { constant, mul, sigmoid as logistic, sub, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const sigmoid = defineElementwise({
  name: 'sigmoid',
  monotone: () => 'rounded',
  range: () => ({ low: 0, high: 1 }),
  expression: () => logistic(x),
  slope: () => ({ of: 'result', expression: mul(x, sub(constant(1), x)) }),
});
