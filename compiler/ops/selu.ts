// scale · x, or scale · α · (eˣ − 1) below 0, with constants that keep mean 0 and variance 1 (Klambauer et al., 2017).

import { add, constant, less, mul, x } from '../ir/scalar.ts';
import { expMinusOne } from './accurate.ts';
import { defineElementwise } from './elementwise.ts';

const scale = constant(1.0507009873554805);
/** scale · α: the limit for large negative numbers, with its sign changed. */
const limit = constant(1.0507009873554805 * 1.6732632423543772);

export const selu = defineElementwise({
  name: 'selu',
  monotone: () => 'rounded',
  expression: () => less(x, constant(0), mul(limit, expMinusOne(x)), mul(scale, x)),
  // At 0 the negative side's, as in PyTorch.
  slope: () => ({ of: 'result', expression: less(constant(0), x, scale, add(x, limit)) }),
});
