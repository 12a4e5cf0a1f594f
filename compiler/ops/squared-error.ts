// The squared difference of a number and its target.

import { constant, mul, sub, x } from '../ir/scalar.ts';
import { defineTargetError, target } from './target-error.ts';

export const squaredError = defineTargetError({
  name: 'squared_error',
  // The square of the difference to the target.
  expression: () => mul(sub(x, target), sub(x, target)),
  slope: () => mul(constant(2), sub(x, target)),
});
