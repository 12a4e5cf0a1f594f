// The logistic function 1 / (1 + e⁻ˣ).

import { sigmoid as logistic, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const sigmoid = defineElementwise({
  name: 'sigmoid',
  summary: '1 / (1 + exp(−x)), between 0 and 1.',
  monotone: () => 'rounded',
  range: () => ({ low: 0, high: 1 }),
  expression: () => logistic(x),
});
