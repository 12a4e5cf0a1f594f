// x · Φ(x), Φ the normal distribution function (Hendrycks & Gimpel, 2016), exactly or by their approximation with tanh.

import { add, constant, erf, mul, tanh, x } from '../ir/scalar.ts';
import { wordOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';

export const gelu = defineElementwise({
  name: 'gelu',
  attributes: {
    approximate: {
      type: 'choice',
      choices: ['none', 'tanh'],
      default: 'none',
    },
  },
  expression: (attributes) => {
    const inner =
      wordOf(attributes, 'approximate') === 'tanh'
        ? tanh(mul(constant(Math.sqrt(2 / Math.PI)), add(x, mul(constant(0.044715), mul(x, mul(x, x))))))
        : erf(mul(x, constant(Math.SQRT1_2)));
    return mul(mul(constant(0.5), x), add(constant(1), inner));
  },
});
