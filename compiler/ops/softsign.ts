// x / (1 + |x|) (Bergstra et al., 2009, "Quadratic polynomials learn better image features").

import { abs, add, constant, div, mul, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

const size = add(constant(1), abs(x));

export const softsign = defineElementwise({
  name: 'softsign',
  monotone: () => 'rounded',
  expression: () => div(x, size),
  slope: () => ({ of: 'operand', expression: div(constant(1), mul(size, size)) }),
});
