// A step that takes its images in several calls, each on a part of them (a micro-batch): gradients are added up from call to call, and
// only the last call changes what is trained. Both choose by comparison, so that a NaN in what is not chosen does no harm.

import { add, channel, constant, less, x } from '../ir/scalar.ts';
import { defineCombination } from './combination.ts';

/** Values: what the calls before added up, this call's gradient, and 1 in the first call, else 0, [1]. */
export const gradientSum = defineCombination({
  name: 'gradient_sum',
  // Adds a gradient to that of the calls before, unless this is the first one.
  values: 3,
  expression: () => less(channel(2), constant(0.5), add(x, channel(1)), channel(1)),
});

/** Values: the old one, the new one, and 1 in the last call, else 0, [1]. */
export const afterLast = defineCombination({
  name: 'after_last',
  // The new value in the last call of a step, the old one before.
  values: 3,
  expression: () => less(channel(2), constant(0.5), x, channel(1)),
});
