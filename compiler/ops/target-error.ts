// How far numbers are from their targets, and the slope of that: what losses other than that of classes add up.

import { channel, constant, div, mul } from '../ir/scalar.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import type { Attributes } from '../ir/graph.ts';
import type { AttributeSpec, Operator } from '../ir/operator.ts';
import { numberOf } from './attributes.ts';
import { defineCombination } from './combination.ts';

export interface TargetError {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
  /** Of `x`, a number of the output, and `target`. */
  readonly expression: (attributes: Attributes) => ScalarExpression;
  /** Its derivative by `x`. */
  readonly slope: (attributes: Attributes) => ScalarExpression;
}

/** The number that `x` should be. */
export const target = channel(1);

/**
 * The error itself, output · target → error, and its gradient, output · target · images [1] → slope, divided by all numbers of all images
 * if `numbers` says how many an image has.
 */
export function defineTargetError({ name, attributes = {}, expression, slope }: TargetError): Operator {
  const gradient = defineCombination({
    name: `${name}_gradient`,
    // The gradient of `${name}`.
    attributes: {
      ...attributes,
      // Numbers of an image in the mean; 0 for the sum.
      numbers: { type: 'int', default: 0, minimum: 0 },
    },
    values: 3,
    expression: (values) => {
      const numbers = numberOf(values, 'numbers');
      return numbers === 0 ? slope(values) : div(slope(values), mul(channel(2), constant(numbers)));
    },
  });
  return { ...defineCombination({ name, attributes, values: 2, expression }), companions: [gradient] };
}
