// −log softmax(scores)[class] of each image, of a map the mean over its pixels, as one operator, so that it is exact where a probability
// is tiny. With label smoothing s over C classes the target is 1 − s + s/C for the class and s/C for any other (Szegedy et al., 2016), and
// with weights each class's part of that is multiplied by its weight, as in PyTorch. Pixels of the class `ignore` add nothing to the sum
// over the pixels, which is divided by the number of all.

import type { Attributes } from '../ir/graph.ts';
import type { Operator, Report, Tensor } from '../ir/operator.ts';
import { formatType, sameShape, sizeOf, tensorType } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import { ignoredClass, numberOf } from './attributes.ts';
import { batchOf } from './tensors.ts';

const attributes = {
  label_smoothing: {
    type: 'float',
    default: 0,
    minimum: 0,
    maximum: 1,
    // Share of the target that is spread over all classes.
  },
  ignore: ignoredClass,
} as const;

const constraints = {
  C1: 'the first value must be the scores [classes], the second the class [1]; or maps of them, [classes, H, W] and [1, H, W]; weights are [classes]',
};

const fits = ([scores, label]: readonly TensorType[], weights: TensorType | undefined, report: Report): boolean => {
  const [classes, ...pixels] = scores!.shape;
  const isRight =
    pixels.length !== 1 &&
    sameShape(label!.shape, [1, ...pixels]) &&
    (!weights || (!weights.batched && sameShape(weights.shape, [classes!])));
  if (!isRight) report('C1', { found: `${formatType(scores!)} and ${formatType(label!)}` });
  return isRight;
};

export const crossEntropyGradient: Operator = {
  name: 'cross_entropy_gradient',
  // The gradient of `cross_entropy` by the scores.
  internal: true,
  arity: { min: 3, max: 4 },
  attributes,
  constraints,
  infer: (inputs, _, report) => (fits(inputs, inputs[3], report) ? inputs.slice(0, 1) : undefined),
  // scores [N,C,H,W] · class [N,1,H,W] · upstream [N,1] · weights [C] → [N,C,H,W]
  reference([scores, label, upstream, weights], values, [type]) {
    const classes = type!.shape[0]!;
    const pixels = sizeOf(type!.shape) / classes;
    const data = new Float64Array(scores!.data.length);
    for (let n = 0; n < batchOf(scores!, type!); n += 1)
      for (let p = 0; p < pixels; p += 1) {
        if (label!.data[n * pixels + p] === values['ignore']) continue;
        const logs = logProbabilities(scores!, [n, p], classes, pixels);
        const target = targetOf(values, classes, label!.data[n * pixels + p]!, weights);
        const all = weights ? logs.reduce((sum, _, c) => sum + target(c), 0) : 1;
        logs.forEach((log, c) => {
          data[(n * classes + c) * pixels + p] = ((Math.exp(log) * all - target(c)) * upstream!.data[n]!) / pixels;
        });
      }
    return [{ shape: scores!.shape, data }];
  },
  lowering: { kind: 'cross-entropy-gradient' },
};

export const crossEntropy: Operator = {
  name: 'cross_entropy',
  // The loss of each image: minus the logarithm of the probability of its class, or the mean of that over the pixels.
  internal: true,
  arity: { min: 2, max: 3 },
  attributes,
  constraints,
  infer: (inputs, _, report) => (fits(inputs, inputs[2], report) ? [tensorType([1], inputs[0]!.batched)] : undefined),
  // scores [N,C,H,W] · class [N,1,H,W] · weights [C] → [N,1]
  reference([scores, label, weights], values, [type]) {
    const classes = type!.shape[0]!;
    const pixels = sizeOf(type!.shape) / classes;
    const batch = batchOf(scores!, type!);
    const data = new Float64Array(batch);
    for (let n = 0; n < batch; n += 1) {
      for (let p = 0; p < pixels; p += 1) {
        if (label!.data[n * pixels + p] === values['ignore']) continue;
        const logs = logProbabilities(scores!, [n, p], classes, pixels);
        const target = targetOf(values, classes, label!.data[n * pixels + p]!, weights);
        data[n]! -= logs.reduce((sum, log, c) => (target(c) === 0 ? sum : sum + target(c) * log), 0) / pixels;
      }
    }
    return [{ shape: type!.batched ? [batch, 1] : [1], data }];
  },
  lowering: { kind: 'cross-entropy' },
  companions: [crossEntropyGradient],
  gradient: ({ apply, attributes: values, operands: [scores, label, ...weights], upstream: [dy] }) => [
    apply('cross_entropy_gradient', [scores!, label!, dy!, ...weights], values),
    undefined,
    ...weights.map(() => undefined),
  ],
};

function targetOf(values: Attributes, classes: number, label: number, weights?: Tensor): (c: number) => number {
  const smoothing = numberOf(values, 'label_smoothing');
  return (c) => (weights?.data[c] ?? 1) * (smoothing / classes + (c === label ? 1 - smoothing : 0));
}

/** log softmax of the scores of one pixel. */
function logProbabilities(
  { data }: Tensor,
  [n, p]: readonly [number, number],
  classes: number,
  pixels: number,
): Float64Array {
  const scores = Float64Array.from({ length: classes }, (_, c) => data[(n * classes + c) * pixels + p]!);
  const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const sum = scores.reduce((total, score) => total + Math.exp(score - largest), 0);
  return scores.map((score) => score - largest - Math.log(sum));
}
