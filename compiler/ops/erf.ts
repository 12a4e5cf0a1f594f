// The error function, 2/√π · ∫ e^(−t²) dt from 0 to x: what exporters write gelu with.

import { constant, erf as errorFunction, exp, mul, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const erf = defineElementwise({
  name: 'erf',
  summary:
    'The error function, between −1 and 1: the probability that a normal variable with variance 1/2 lies between −x and x.',
  monotone: () => 'rounded',
  expression: () => errorFunction(x),
  slope: () => ({
    of: 'operand',
    expression: mul(constant(2 / Math.sqrt(Math.PI)), exp(mul(constant(-1), mul(x, x)))),
  }),
});
