// What optimisers add to a gradient so that weights are pulled towards 0.

import type { Attributes } from '../ir/graph.ts';
import type { AttributeSpec } from '../ir/operator.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { add, channel, constant, mul } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';

/** How much. */
export const decay: AttributeSpec = { type: 'float', default: 0, minimum: 0 };

/** gradient + decay · weight; by default of values 1 and 2. */
export function decayed(
  values: Attributes,
  gradient: ScalarExpression = channel(1),
  weight: ScalarExpression = channel(2),
): ScalarExpression {
  const pull = numberOf(values, 'decay');
  return pull === 0 ? gradient : add(gradient, mul(constant(pull), weight));
}
