// Batch normalisation as it trains (Ioffe & Szegedy, 2015): with mean and biased variance of the batch itself. Of a normalised
// number x̂ = (x − mean) · inverse, `inverse` is 1 / √(variance + epsilon); x̂ is computed again for the gradient, not kept.

import type { Attributes } from '../ir/graph.ts';
import type { AttributeSpec, Operator } from '../ir/operator.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { add, channel, constant, div, mul, sub, x } from '../ir/scalar.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { numberOf } from './attributes.ts';
import { defineBatchSum, defineCombination } from './combination.ts';

const pixels: AttributeSpec = { type: 'int', minimum: 1, doc: 'Pixels of each image.' };
const momentum: AttributeSpec = { type: 'float', minimum: 0, maximum: 1, doc: 'Weight of the new value.' };

/** x · mean [C] → Σ (x − mean)²: the second pass over a batch, without the cancellation of Σ x² − (Σ x)². */
export const squaredDeviationSum = defineBatchSum({
  name: 'squared_deviation_sum',
  summary: 'The sum of the squared distances from the mean over all images and pixels, for each channel.',
  values: 2,
  expression: () => mul(sub(x, channel(1)), sub(x, channel(1))),
});

/** x · mean [C] · inverse [C] · weight [C] · bias [C] → x̂ · weight + bias */
export const batchNormalize: Operator = {
  ...defineCombination({
    name: 'batch_normalize',
    summary: 'Normalises each channel by the mean and deviation of the batch, then scales and shifts it.',
    values: 5,
    expression: () => add(mul(mul(sub(x, channel(1)), channel(2)), channel(3)), channel(4)),
  }),
  // Mean and deviation are those of x: what they add to its gradient is part of it here, so that they get none themselves.
  gradient({ apply, operands, upstream: [dy], images, typeOf, needs }) {
    const [value, mean, inverse, weight] = operands as [number, number, number, number];
    const bias = apply('channel_sum', [dy!]);
    const factor = apply('normalized_product_sum', [dy!, value, mean, inverse]);
    const size = sizeOf(typeOf(value).shape.slice(1));
    const input = (): number => {
      const means = [bias, factor].map((sum) => apply('per_image', [sum, images], { pixels: size }));
      return apply('batch_normalize_input_gradient', [dy!, value, mean, inverse, weight, ...means]);
    };
    return [needs(0) ? input() : undefined, undefined, undefined, factor, bias];
  },
};

/** dy · x · mean [C] · inverse [C] → Σ dy · x̂, the gradient of the weight. */
export const normalizedProductSum = defineBatchSum({
  name: 'normalized_product_sum',
  summary: 'The gradient of `batch_normalize` by its weight.',
  values: 4,
  expression: () => mul(mul(x, sub(channel(1), channel(2))), channel(3)),
});

/** dy · x · mean · inverse · weight · mean of dy · mean of dy·x̂ [C] → weight · inverse · (dy − mean of dy − x̂ · mean of dy·x̂) */
export const batchNormalizeInputGradient = defineCombination({
  name: 'batch_normalize_input_gradient',
  summary: 'The gradient of `batch_normalize` by its input, on which mean and deviation depend.',
  values: 7,
  expression: () => {
    const normal = mul(sub(channel(1), channel(2)), channel(3));
    const rest = sub(sub(x, channel(5)), mul(normal, channel(6)));
    return mul(mul(channel(4), channel(3)), rest);
  },
});

/** running [C] · new [C] → (1 − momentum) · running + momentum · new */
export const runningMean = defineCombination({
  name: 'running_mean',
  summary: 'The new running mean.',
  attributes: { momentum },
  values: 2,
  expression: (values) => moved(values, channel(1)),
});

/** running [C] · Σ (x − mean)² [C] · images [1] → the same with the unbiased variance, Σ / (M − 1). */
export const runningVariance = defineCombination({
  name: 'running_variance',
  summary: 'The new running variance, of which the unbiased one of the batch is a part.',
  attributes: { momentum, pixels },
  values: 3,
  expression: (values) => {
    const others = sub(mul(channel(2), constant(numberOf(values, 'pixels'))), constant(1));
    return moved(values, div(channel(1), others));
  },
});

const moved = (values: Attributes, value: ScalarExpression): ScalarExpression => {
  const share = numberOf(values, 'momentum');
  return add(mul(constant(1 - share), x), mul(constant(share), value));
};
