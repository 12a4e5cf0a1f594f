// The gradients of maximum and minimum: the operand that the result comes from gets it all, two that are equal get half each, as in
// PyTorch. Of several operands the first ones together are one, as they are computed, from left to right.

import type { ValueId } from '../ir/graph.ts';
import type { GradientSite } from '../ir/operator.ts';
import { channel, constant, less, mul, x } from '../ir/scalar.ts';
import { defineCombination } from './combination.ts';
import { unbroadcast } from './unbroadcast.ts';

/** dy · difference → dy where the difference is positive, dy / 2 where it is 0, else 0. */
export const whereLarger = defineCombination({
  name: 'where_larger',
  // A value where another one is positive, half of it where that is 0.
  values: 2,
  expression: () => less(constant(0), channel(1), x, less(channel(1), constant(0), constant(0), mul(constant(0.5), x))),
});

/** For each operand, its part of the gradient. */
export function extremeGradients(
  site: GradientSite,
  operation: 'maximum' | 'minimum',
): readonly (ValueId | undefined)[] {
  const { apply, operands, typeOf, needs } = site;
  const gradients: (ValueId | undefined)[] = operands.map(() => undefined);
  let dy = site.upstream[0]!;
  for (let at = operands.length - 1; at > 0; at -= 1) {
    const own = operands[at]!;
    const before = at === 1 ? operands[0]! : apply(operation, operands.slice(0, at));
    const partOf = (value: ValueId, other: ValueId): ValueId => {
      const difference = operation === 'maximum' ? apply('sub', [value, other]) : apply('sub', [other, value]);
      return unbroadcast(site, apply('where_larger', [dy, difference]), typeOf(value));
    };
    if (needs(at)) gradients[at] = partOf(own, before);
    dy = partOf(before, own);
  }
  if (needs(0)) gradients[0] = dy;
  return gradients;
}
