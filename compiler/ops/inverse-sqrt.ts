// 1 / √(x + ε): the factor of a folded batch normalisation.

import { add, constant, div, sqrt, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';

export const inverseSqrt = defineElementwise({
  name: 'inverse_sqrt',
  // 1 / √(x + epsilon).
  internal: true,
  // Added before the root.
  attributes: { epsilon: { type: 'float', default: 0 } },
  expression: (attributes) => div(constant(1), sqrt(add(x, constant(numberOf(attributes, 'epsilon'))))),
});
