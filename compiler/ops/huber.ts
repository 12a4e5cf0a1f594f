// Half the squared difference to the target, up to a difference of delta, and from there on a straight line of the slope delta
// (P. J. Huber, "Robust estimation of a location parameter", 1964), as in PyTorch.

import type { Attributes } from '../ir/graph.ts';
import { abs, constant, less, max, min, mul, sub, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineTargetError, target } from './target-error.ts';

const deltaOf = (attributes: Attributes): number => numberOf(attributes, 'delta');

export const huber = defineTargetError({
  name: 'huber',
  // Half the square of the difference to the target, in a straight line from delta on.
  // The largest that is squared.
  attributes: { delta: { type: 'float', default: 1, minimum: 0 } },
  expression: (attributes) => {
    const distance = abs(sub(x, target));
    const [delta, half] = [constant(deltaOf(attributes)), constant(deltaOf(attributes) / 2)];
    return less(distance, delta, mul(constant(0.5), mul(distance, distance)), mul(delta, sub(distance, half)));
  },
  slope: (attributes) => max(constant(-deltaOf(attributes)), min(constant(deltaOf(attributes)), sub(x, target))),
});
