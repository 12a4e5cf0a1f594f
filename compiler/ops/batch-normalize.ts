// Batch normalisation as it trains (Ioffe & Szegedy, 2015): with mean and biased variance of the batch itself. Of a normalised
// number x̂ = (x − mean) · inverse, `inverse` is 1 / √(variance + epsilon); x̂ is computed again for the gradient, not kept,
// and so is what relu, where it follows, lets pass.

import type { Attributes } from '../ir/graph.ts';
import type { AttributeSpec, Operator } from '../ir/operator.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { add, channel, constant, div, less, max, mul, sub, x } from '../ir/scalar.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { flagOf, numberOf } from './attributes.ts';
import { defineBatchSums, defineCombination } from './combination.ts';

// Pixels of each image.
const pixels: AttributeSpec = { type: 'int', minimum: 1 };
// Weight of the new value.
const momentum: AttributeSpec = { type: 'float', minimum: 0, maximum: 1 };
// Whether relu follows, of which no map is kept.
const relu: AttributeSpec = { type: 'bool', default: false };

/** x̂ · weight + bias, from x̂ and the numbers of the operands of weight and bias. */
const scaled = (normal: ScalarExpression, weight: number): ScalarExpression =>
  add(mul(normal, channel(weight)), channel(weight + 1));

/** x · mean [C] · inverse [C] · weight [C] · bias [C] → x̂ · weight + bias, or its relu */
export const batchNormalize: Operator = {
  ...defineCombination({
    name: 'batch_normalize',
    // Normalises each channel by the mean and deviation of the batch, then scales and shifts it.
    attributes: { relu },
    values: 5,
    expression: (values) => {
      const result = scaled(mul(sub(x, channel(1)), channel(2)), 3);
      return flagOf(values, 'relu') ? max(result, constant(0)) : result;
    },
  }),
  // Mean and deviation are those of x: what they add to its gradient is part of it here, so that they get none themselves.
  gradient({ apply, applyAll, attributes, operands, upstream: [dy], images, typeOf, needs }) {
    const [value, mean, inverse, weight, bias] = operands as [number, number, number, number, number];
    const known = [dy!, value, mean, inverse, weight, bias];
    const form = { relu: flagOf(attributes, 'relu') };
    const [biasGradient, weightGradient] = applyAll('batch_normalize_sums', known, form) as [number, number];
    const size = sizeOf(typeOf(value).shape.slice(1));
    const input = (): number => {
      const means = [biasGradient, weightGradient].map((sum) => apply('per_image', [sum, images], { pixels: size }));
      return apply('batch_normalize_input_gradient', [...known, ...means], form);
    };
    return [needs(0) ? input() : undefined, undefined, undefined, weightGradient, biasGradient];
  },
};

/** x̂ where dy is the first operand, and x, mean, inverse follow. */
const normal = mul(sub(channel(1), channel(2)), channel(3));

/** ∂loss/∂(x̂ · weight + bias), of which relu lets pass what belongs to positive numbers. */
const upstreamOf = (values: Attributes): ScalarExpression =>
  flagOf(values, 'relu') ? less(constant(0), scaled(normal, 4), x, constant(0)) : x;

/** dy · x · mean [C] · inverse [C] · weight [C] · bias [C] → Σ dy, Σ dy · x̂: the gradients of bias and weight, in one pass. */
export const batchNormalizeSums = defineBatchSums({
  name: 'batch_normalize_sums',
  // The gradients of `batch_normalize` by its bias and its weight.
  attributes: { relu },
  values: 6,
  expressions(values) {
    const dy = upstreamOf(values);
    return [dy, mul(dy, normal)];
  },
});

/** dy · x · mean · inverse · weight · bias · mean of dy · mean of dy·x̂ [C] → weight · inverse · (dy − mean of dy − x̂ · mean of dy·x̂) */
export const batchNormalizeInputGradient = defineCombination({
  name: 'batch_normalize_input_gradient',
  // The gradient of `batch_normalize` by its input, on which mean and deviation depend.
  attributes: { relu },
  values: 8,
  expression: (values) => {
    const rest = sub(sub(upstreamOf(values), channel(6)), mul(normal, channel(7)));
    return mul(mul(channel(4), channel(3)), rest);
  },
});

/** running [C] · new [C] → (1 − momentum) · running + momentum · new */
export const runningMean = defineCombination({
  name: 'running_mean',
  // The new running mean.
  attributes: { momentum },
  values: 2,
  expression: (values) => moved(values, channel(1)),
});

/** running [C] · Σ (x − mean)² [C] · images [1] → the same with the unbiased variance, Σ / (M − 1). */
export const runningVariance = defineCombination({
  name: 'running_variance',
  // The new running variance, of which the unbiased one of the batch is a part.
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
