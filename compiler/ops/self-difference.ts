// Numbers that are not finite, made to stand out: x − x is 0 for a finite number and NaN for NaN and ±∞ (IEEE 754, 7.2).

import { sub, x } from '../ir/scalar.ts';
import { defineCombination } from './combination.ts';

/** x → 0, or NaN where it is not finite. */
export const selfDifference = defineCombination({
  name: 'self_difference',
  // Zero where a number is finite, NaN elsewhere.
  values: 1,
  expression: () => sub(x, x),
});
