// The error function, 2/√π · ∫ e^(−t²) dt from 0 to x: what exporters write gelu with.

import { constant, erf as errorFunction, exp, mul, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const erf = defineElementwise({
  name: 'erf',
  monotone: () => 'rounded',
  expression: () => errorFunction(x),
  slope: () => ({
    of: 'operand',
    expression: mul(constant(2 / Math.sqrt(Math.PI)), exp(mul(constant(-1), mul(x, x)))),
  }),
});
