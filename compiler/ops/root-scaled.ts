// Steps that are as long as a gradient is beside the root of its squares so far: Adagrad (Duchi, Hazan & Singer, 2011), RMSProp (Tieleman &
// Hinton, 2012) and Adadelta (Zeiler, 2012), as PyTorch has them. What the weight then does with a step is in sgd.ts; means of squares are
// those of Adam.

import type { AttributeSpec } from '../ir/operator.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { add, channel, constant, div, mul, sqrt, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineCombination } from './combination.ts';
import { decay, decayed } from './weight-decay.ts';

// Added to the divisor.
const epsilon: AttributeSpec = { type: 'float', minimum: 0 };

/** sum + gradient². Values: sum, gradient, weight. */
export const adagradSquare = defineCombination({
  name: 'adagrad_square',
  // The new sum of the squared gradients.
  attributes: { decay },
  values: 3,
  expression: (values) => add(x, mul(decayed(values), decayed(values))),
});

/** gradient / (√square + epsilon). Values: new square, gradient, weight. */
export const rootScaled = defineCombination({
  name: 'root_scaled',
  // The gradient beside the root of its squares.
  attributes: { epsilon, decay },
  values: 3,
  expression: (values) => div(decayed(values), add(sqrt(x), constant(numberOf(values, 'epsilon')))),
});

/** gradient · √(step² + epsilon) / √(square + epsilon). Values: new square, gradient, weight, mean of the squared steps before. */
export const adadeltaStep = defineCombination({
  name: 'adadelta_step',
  // A step of Adadelta, which is as long as those before.
  attributes: { epsilon, decay },
  values: 4,
  expression: (values) => {
    const rootOf = (square: ScalarExpression) => sqrt(add(square, constant(numberOf(values, 'epsilon'))));
    return mul(div(rootOf(channel(3)), rootOf(x)), decayed(values));
  },
});
