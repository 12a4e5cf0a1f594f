// Gradients scaled down where the norm of all of them together is large (Pascanu et al., 2013), as PyTorch's clip_grad_norm_.

import { add, constant, div, min, mul, sqrt, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineCombination, defineSum } from './combination.ts';

/** A gradient → Σ g², [1] */
export const squareSum = defineSum({
  name: 'square_sum',
  // The sum of the squares of all elements.
  values: 1,
  expression: () => mul(x, x),
});

/** Σ g² of all gradients [1] → their common factor [1], at most 1 */
export const clippingFactor = defineCombination({
  name: 'clipping_factor',
  // By what gradients are multiplied so that their norm stays below a limit.
  // The largest norm.
  attributes: { norm: { type: 'float', minimum: 0 } },
  values: 1,
  expression: (values) => min(div(constant(numberOf(values, 'norm')), add(sqrt(x), constant(1e-6))), constant(1)),
});
