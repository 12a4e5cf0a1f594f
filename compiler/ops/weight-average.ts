// The exponential moving average of a weight (Polyak & Juditsky, 1992; Tarvainen & Valpola, 2017), started so that it is a mean of the
// weights there were and needs no copy of the first ones: average += (1 − decay) / c · (weight − average), where c = 1 − decay^t, as
// in adam.ts. In the first step the average is the weight.

import { add, channel, constant, div, mul, sub, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineCombination } from './combination.ts';

/** Values: average, weight, new correction [1]. */
export const weightAverage = defineCombination({
  name: 'weight_average',
  // The new average of a weight over the steps.
  // Share of the old average that is kept.
  attributes: { decay: { type: 'float', minimum: 0, maximum: 1 } },
  values: 3,
  expression: (values) => {
    const share = div(constant(1 - numberOf(values, 'decay')), channel(2));
    return add(x, mul(share, sub(channel(1), x)));
  },
});
