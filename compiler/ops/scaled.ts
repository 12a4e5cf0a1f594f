// Products with a number that a step computes, a value [1].

import type { Operator } from '../ir/operator.ts';
import { channel, constant, mul, x } from '../ir/scalar.ts';
import { defineCombination } from './combination.ts';

/** x · factor [1] → x · factor */
export const scaledBy = defineCombination({
  name: 'scaled_by',
  // A value times a number that is computed.
  values: 2,
  expression: () => mul(x, channel(1)),
});

/** x → 0: the gradient of a value that nobody needs. */
export const zeros: Operator = {
  ...defineCombination({
    name: 'zeros',
    // Zeros in the shape of a value.
    values: 1,
    expression: () => constant(0),
  }),
  gradient: () => [undefined],
};
