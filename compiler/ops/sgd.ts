// Stochastic gradient descent with momentum (Polyak, 1964; Nesterov, 1983), as PyTorch's SGD has it:
// d = g + decay · w; v = momentum · v + d, which is d in the first step, because v starts as 0; w −= rate · v, or with Nesterov's
// look-ahead rate · (d + momentum · v).

import type { AttributeSpec } from '../ir/operator.ts';
import { add, channel, constant, mul, sub, x } from '../ir/scalar.ts';
import { flagOf, numberOf } from './attributes.ts';
import { defineCombination } from './combination.ts';
import { decay, decayed } from './weight-decay.ts';

// Share of the last step that is kept.
const momentum: AttributeSpec = { type: 'float', default: 0, minimum: 0 };

/** momentum · velocity + gradient + decay · weight. Values: velocity, gradient, weight. */
export const sgdVelocity = defineCombination({
  name: 'sgd_velocity',
  // The new velocity of a weight.
  attributes: { momentum, decay },
  values: 3,
  expression: (values) => add(mul(constant(numberOf(values, 'momentum')), x), decayed(values)),
});

/** weight − rate · step. Values: weight, rate [1], gradient, and the new velocity (the gradient again, without momentum). */
export const sgdWeight = defineCombination({
  name: 'sgd_weight',
  // The new weight after a step.
  attributes: {
    momentum,
    decay,
    // Whether the step looks ahead along the momentum.
    nesterov: { type: 'bool', default: false },
  },
  values: 4,
  expression: (values) => {
    const share = numberOf(values, 'momentum');
    const direction = decayed(values, channel(2), x);
    const step =
      share === 0
        ? direction
        : flagOf(values, 'nesterov')
          ? add(direction, mul(constant(share), channel(3)))
          : channel(3);
    return sub(x, mul(channel(1), step));
  },
});
