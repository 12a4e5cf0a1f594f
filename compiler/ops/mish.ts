// x · tanh(softplus(x)) (Misra, 2019). With e = eˣ, tanh(ln(1 + e)) is n / (n + 2), n = e² + 2e; from x = 20 on that is 1 in f64, too.

import { add, constant, div, exp, min, mul, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

const held = min(x, constant(20));
const e = exp(held);
const n = mul(e, add(e, constant(2)));
const n2 = add(n, constant(2));

export const mish = defineElementwise({
  name: 'mish',
  expression: () => mul(x, div(n, n2)),
  // n / (n + 2) + x · 2 n′ / (n + 2)², n′ = 2 e (e + 1).
  slope: () => {
    const rise = div(mul(constant(4), mul(e, add(e, constant(1)))), mul(n2, n2));
    return { of: 'operand', expression: add(div(n, n2), mul(held, rise)) };
  },
});
