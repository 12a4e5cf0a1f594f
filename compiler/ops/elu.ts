// x, or α · (eˣ − 1) below 0 (Clevert et al., 2016).

import type { AttributeSpec } from '../ir/operator.ts';
import { add, constant, exp, less, mul, sub, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';

/** How far down a smooth unit goes. */
export const alphaSpec: AttributeSpec = {
  type: 'float',
  default: 1,
};

export const elu = defineElementwise({
  name: 'elu',
  attributes: { alpha: alphaSpec },
  keepsPositive: true,
  monotone: (attributes) => (numberOf(attributes, 'alpha') > 0 ? 'rounded' : { not: 'falls below 0' }),
  expression: (attributes) =>
    less(x, constant(0), mul(constant(numberOf(attributes, 'alpha')), sub(exp(x), constant(1))), x),
  // At 0 the negative side's, as in PyTorch. A result tells its side where alpha is not negative; there it is below 0.
  slope: (attributes) => {
    const alpha = numberOf(attributes, 'alpha');
    const below = alpha < 0 ? mul(constant(alpha), exp(x)) : add(x, constant(alpha));
    return { of: alpha < 0 ? 'operand' : 'result', expression: less(constant(0), x, constant(1), below) };
  },
});
