// The gradients of prelu by its input and by its slope. At 0 it is the negative side's, as in PyTorch.

import { channel, constant, less, mul, x } from '../ir/scalar.ts';
import { defineBatchSum, defineCombination } from './combination.ts';

/** dy · x · slope [C] or [1] → dx */
export const preluInputGradient = defineCombination({
  name: 'prelu_input_gradient',
  // The gradient of `prelu` by its input.
  values: 3,
  expression: () => mul(x, less(constant(0), channel(1), constant(1), channel(2))),
});

/** dy · x → the gradient of the slopes [C] */
export const preluWeightGradient = defineBatchSum({
  name: 'prelu_weight_gradient',
  // The gradient of `prelu` by its slopes.
  values: 2,
  expression: () => less(constant(0), channel(1), constant(0), mul(x, channel(1))),
});
