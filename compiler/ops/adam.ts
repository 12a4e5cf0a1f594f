// Adam (Kingma & Ba, 2015) and AdamW (Loshchilov & Hutter, 2019), as PyTorch has them. Moments start at 0 and are divided by what is
// there of them yet, c = 1 − beta^t in step t. It is state, too, by c = beta · c + (1 − beta) from 0, so that a step needs no step
// number, and so that no digits are lost in 1 − beta^t.

import type { Attributes } from '../ir/graph.ts';
import type { AttributeSpec } from '../ir/operator.ts';
import { add, channel, constant, div, max, mul, sqrt, sub, x } from '../ir/scalar.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineCombination } from './combination.ts';
import { decay, decayed } from './weight-decay.ts';

// Share of the old value that is kept.
const beta: AttributeSpec = { type: 'float', minimum: 0, maximum: 1 };

/** beta · x + (1 − beta) · value */
const kept = (values: Attributes, value: ScalarExpression): ScalarExpression => {
  const share = numberOf(values, 'beta');
  return add(mul(constant(share), x), mul(constant(1 - share), value));
};

/** correction [1] → [1] */
export const adamCorrection = defineCombination({
  name: 'adam_correction',
  // How much of a moment is there after one step more.
  attributes: { beta },
  values: 1,
  expression: (values) => kept(values, constant(1)),
});

/** Values: moment, gradient, weight. `decay` is that of Adam, a part of the gradient. */
export const adamMoment = defineCombination({
  name: 'adam_moment',
  // The new mean of the gradients.
  attributes: { beta, decay },
  values: 3,
  expression: (values) => kept(values, decayed(values)),
});

/** Values: square, gradient, weight. */
export const adamSquare = defineCombination({
  name: 'adam_square',
  // The new mean of the squared gradients.
  attributes: { beta, decay },
  values: 3,
  expression: (values) => kept(values, mul(decayed(values), decayed(values))),
});

/** Values: what was the largest, new square. What is divided by in AMSGrad (Reddi et al., 2018) never shrinks. */
export const adamLargest = defineCombination({
  name: 'adam_largest',
  values: 2,
  expression: () => max(x, channel(1)),
});

/** Values: weight, rate [1], new moment, new square, their new corrections [1]. `decay` is that of AdamW, apart from the gradient. */
export const adamWeight = defineCombination({
  name: 'adam_weight',
  // The new weight after a step of Adam.
  attributes: {
    // Added to the root of the mean square.
    epsilon: { type: 'float', default: 1e-8, minimum: 0 },
    decay,
  },
  values: 6,
  expression: (values) => {
    const pull = numberOf(values, 'decay');
    const rate = channel(1);
    const weight = pull === 0 ? x : mul(x, sub(constant(1), mul(rate, constant(pull))));
    const root = add(sqrt(div(channel(3), channel(5))), constant(numberOf(values, 'epsilon')));
    return sub(weight, mul(rate, div(div(channel(2), channel(4)), root)));
  },
});
