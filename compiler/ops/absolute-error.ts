// The distance of a number from its target (L1), whose slope at the target itself is taken as 0, as in PyTorch.

import { abs, constant, less, sub, x } from '../ir/scalar.ts';
import { defineTargetError, target } from './target-error.ts';

export const absoluteError = defineTargetError({
  name: 'absolute_error',
  // The difference to the target without its sign.
  expression: () => abs(sub(x, target)),
  slope: () => less(target, x, constant(1), less(x, target, constant(-1), sub(x, target))),
});
