// The squared difference of two values, and its gradient.

import { channel, constant, div, mul, sub, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineCombination } from './combination.ts';

/** output · target → (output − target)² */
export const squaredError = defineCombination({
  name: 'squared_error',
  summary: 'The square of the difference to the target.',
  values: 2,
  expression: () => mul(sub(x, channel(1)), sub(x, channel(1))),
});

/** output · target · images [1] → 2 · (output − target), divided by all numbers of all images if `numbers` says how many an image has. */
export const squaredErrorGradient = defineCombination({
  name: 'squared_error_gradient',
  summary: 'The gradient of the mean or sum of `squared_error`.',
  attributes: {
    numbers: { type: 'int', default: 0, minimum: 0, doc: 'Numbers of an image in the mean; 0 for the sum.' },
  },
  values: 3,
  expression: (values) => {
    const slope = mul(constant(2), sub(x, channel(1)));
    const numbers = numberOf(values, 'numbers');
    return numbers === 0 ? slope : div(slope, mul(channel(2), constant(numbers)));
  },
});
