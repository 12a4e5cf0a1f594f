// Batch normalisation (Ioffe & Szegedy, 2015) with running statistics: (x − μ) · γ / √(σ² + ε) + β per channel.

import type { ValueId } from '../ir/graph.ts';
import type { Operator, ParameterSpec, TrainingSite } from '../ir/operator.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { flagOf, numberOf } from './attributes.ts';
import { batchMoments } from './batch-moments.ts';
import {
  batchNormalize,
  batchNormalizeInputGradient,
  batchNormalizeSums,
  runningMean,
  runningVariance,
} from './batch-normalize.ts';
import { isFlow, notAFlow, sentences } from './limits.ts';
import { affineSpec } from './normalization.ts';
import { step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';

export const batchNorm: Operator = {
  name: 'batch_norm',
  attributes: {
    epsilon: { type: 'float', default: 1e-5, minimum: 0 },
    momentum: {
      type: 'float',
      default: 0.1,
      minimum: 0,
      maximum: 1,
    },
    affine: affineSpec(true),
  },
  constraints: { C1: sentences.flow('batch_norm') },
  infer: ([input], _, report) => (isFlow(input!.shape) ? [input!] : report('C1', notAFlow(input!.shape))),
  // x [N,C,…] · weight, bias if affine, mean, variance [C] → y as x
  reference([x, ...parameters], attributes, [input]) {
    const [weight, bias] = flagOf(attributes, 'affine') ? parameters : [];
    const [mean, variance] = parameters.slice(-2);
    const channels = input!.shape[0]!;
    const inner = sizeOf(input!.shape.slice(1));
    const epsilon = numberOf(attributes, 'epsilon');
    const data = x!.data.map((value, index) => {
      const c = Math.floor(index / inner) % channels;
      const normal = (value - mean!.data[c]!) / Math.sqrt(variance!.data[c]! + epsilon);
      return normal * (weight?.data[c] ?? 1) + (bias?.data[c] ?? 0);
    });
    return [{ shape: x!.shape, data }];
  },
  parameters(attributes, [input]) {
    const shape = [input!.shape[0]!];
    const [zero, one] = [0, 1].map((value) => ({ kind: 'constant', value }) as const);
    const affine: readonly ParameterSpec[] = [
      { name: 'weight', shape, role: 'parameter', initial: one! },
      { name: 'bias', shape, role: 'parameter', initial: zero! },
    ];
    return [
      ...(flagOf(attributes, 'affine') ? affine : []),
      { name: 'running_mean', shape, role: 'buffer', initial: zero! },
      { name: 'running_var', shape, role: 'buffer', initial: one! },
    ];
  },
  companions: [
    batchMoments,
    batchNormalize,
    batchNormalizeInputGradient,
    batchNormalizeSums,
    runningMean,
    runningVariance,
  ],
  // By the biased variance of the batch; the running one moves towards the unbiased one, as in PyTorch.
  training(site) {
    const { apply, applyAll, attributes, operands, images, typeOf, update, next, absorbNext } = site;
    if (site.keeps) return still(site);
    const x = operands[0]!;
    const [mean, variance] = operands.slice(-2) as [number, number];
    const pixels = sizeOf(typeOf(x).shape.slice(1));
    const momentum = numberOf(attributes, 'momentum');
    const [ownMean, squares] = applyAll('batch_moments', [x]) as [number, number];
    const ownVariance = apply('per_image', [squares, images], { pixels });
    const buffers = operands.length - 2;
    update(buffers, apply('running_mean', [mean, ownMean], { momentum }));
    update(buffers + 1, apply('running_variance', [variance, squares, images], { momentum, pixels }));
    const inverse = apply('inverse_sqrt', [ownVariance], { epsilon: numberOf(attributes, 'epsilon') });
    const relu = next === 'relu';
    if (relu) absorbNext();
    const zeros = (): number => apply('zeros', [ownMean]);
    const [weight, bias] = flagOf(attributes, 'affine')
      ? operands.slice(1)
      : [apply('plus', [zeros()], { number: 1 }), zeros()];
    return apply('batch_normalize', [x, ownMean, inverse, weight!, bias!], { relu });
  },
};

/** Examples of its rules. */
export const batchNormExamples: RuleExamples = () => ({
  C1: step(
    'It has statistics of each channel of an image, or of each number of a flat list.',
    '[64, 8]',
    'batch_norm',
    'to_image(8) -> batch_norm -> tokens',
  ),
});

/** By the running statistics, which stay: x · γ / √(σ² + ε) + (β − μ · γ / √(σ² + ε)). */
function still({ apply, attributes, operands }: TrainingSite): ValueId {
  const [x, weight, bias] = operands as [ValueId, ValueId, ValueId];
  const [mean, variance] = operands.slice(-2) as [ValueId, ValueId];
  const inverse = apply('inverse_sqrt', [variance], { epsilon: numberOf(attributes, 'epsilon') });
  const affine = flagOf(attributes, 'affine');
  const factor = affine ? apply('mul', [weight, inverse]) : inverse;
  const moved = apply('mul', [mean, factor]);
  return apply('scale', [x], { bias: true }, [factor, affine ? apply('sub', [bias, moved]) : apply('neg', [moved])]);
}
