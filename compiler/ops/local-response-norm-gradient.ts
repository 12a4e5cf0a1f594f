// The gradient of y = x · s^−beta, s = k + alpha · m, where m is the mean of x² over a window of channels:
// dx = dy · s^−beta − 2 · alpha · beta · x · mean of (dy · x · s^(−beta − 1)) over the windows that see the channel. The means are
// those of avg_pool on channels that are seen as rows; padding counts as zeros in them, as here.

import type { Attributes, ValueId } from '../ir/graph.ts';
import type { AttributeSpec, GradientSite } from '../ir/operator.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { add, channel, constant, exp, log, mul, sub, x } from '../ir/scalar.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { numberOf } from './attributes.ts';
import { defineCombination } from './combination.ts';

const attributes: Readonly<Record<string, AttributeSpec>> = {
  // Factor of the mean square.
  alpha: { type: 'float' },
  // Exponent.
  beta: { type: 'float' },
  // Added to the mean square.
  k: { type: 'float' },
};

/** (k + alpha · mean) ^ exponent */
const power = (values: Attributes, mean: ScalarExpression, exponent: number): ScalarExpression => {
  const sum = add(constant(numberOf(values, 'k')), mul(constant(numberOf(values, 'alpha')), mean));
  return exp(mul(constant(exponent), log(sum)));
};

/** dy · x · mean → what the windows add up. */
export const localResponseNormWeighted = defineCombination({
  name: 'local_response_norm_weighted',
  // What each channel passes on to its neighbours in the gradient of `local_response_norm`.
  attributes,
  values: 3,
  expression: (values) => mul(mul(x, channel(1)), power(values, channel(2), -numberOf(values, 'beta') - 1)),
});

/** dy · x · mean · mean of what was weighted → dx */
export const localResponseNormGradient = defineCombination({
  name: 'local_response_norm_gradient',
  // The gradient of `local_response_norm`, from the means over its windows.
  attributes,
  values: 4,
  expression: (values) => {
    const [alpha, beta] = [numberOf(values, 'alpha'), numberOf(values, 'beta')];
    return sub(mul(x, power(values, channel(2), -beta)), mul(constant(2 * alpha * beta), mul(channel(1), channel(3))));
  },
});

/** The gradient by the input. */
export function localResponseNormInput({
  apply,
  attributes: { size: count, ...rest },
  operands: [value],
  upstream: [dy],
  typeOf,
}: GradientSite): ValueId {
  const { shape } = typeOf(value!);
  const size = count as number;
  const [before, after] = [Math.floor(size / 2), size - 1 - Math.floor(size / 2)];
  const means = (operand: ValueId, [top, bottom]: readonly [number, number]): ValueId => {
    const rows = apply('reshape', [operand], { shape: [1, shape[0]!, sizeOf(shape.slice(1))] });
    const window = { kernel: [size, 1], stride: 1, padding: [top, 0, bottom, 0] };
    return apply('reshape', [apply('avg_pool', [rows], window)], { shape });
  };
  const mean = means(apply('mul', [value!, value!]), [before, after]);
  const weighted = apply('local_response_norm_weighted', [dy!, value!, mean], rest);
  // Turned round: a channel is seen by those that have it in their windows.
  return apply('local_response_norm_gradient', [dy!, value!, mean, means(weighted, [after, before])], rest);
}
