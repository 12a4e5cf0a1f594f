// Losses: what a step minimises, the gradient it starts from, and what it tells.

import type { GraphBuilder } from '../ir/builder.ts';
import type { Node, ValueId } from '../ir/graph.ts';
import type { StepBuilder } from '../ir/operator.ts';
import { formatShape, isChannelAxis, sameShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape } from '../ir/tensor-type.ts';
import type { Loss } from './recipe.ts';
import { stepInputs, stepOutputs } from '../../runtime/step-border.ts';

export interface LossNodes {
  /** ∂loss/∂value of what the loss is computed from. */
  readonly seeds: ReadonlyMap<ValueId, ValueId>;
  /** By name; values of the shape [1] without the batch axis. */
  readonly outputs: Readonly<Record<string, ValueId>>;
}

interface ForwardNodes {
  readonly output: ValueId;
  readonly nodes: readonly Node[];
}

/** Throws RangeError, with the end of a sentence that begins with the network's name, where the output is not what the loss takes. */
export function lossOf(builder: GraphBuilder, step: StepBuilder, network: ForwardNodes, loss: Loss): LossNodes {
  switch (loss.kind) {
    case 'cross_entropy':
      return crossEntropy(builder, step, network, loss);
    case 'mean_squared_error':
      return squaredError(builder, step, network.output, loss.reduction);
    default:
      return loss satisfies never;
  }
}

function crossEntropy(
  builder: GraphBuilder,
  step: StepBuilder,
  network: ForwardNodes,
  { labelSmoothing, ignore }: Extract<Loss, { kind: 'cross_entropy' }>,
): LossNodes {
  const { apply, typeOf } = step;
  const { shape } = typeOf(network.output);
  const classes = classesShape(shape);
  const isMap = classes.length > 1;
  if (ignore !== undefined && !isMap)
    throw new RangeError(
      `gives ${formatShape(shape)}, one class for an image; \`ignore\` leaves out pixels, of scores such as [21, 64, 64]`,
    );
  const given = scoresOf(network, step);
  const isShaped = sameShape(typeOf(given).shape, isMap ? shape : [shape[0]!]);
  const scores = isShaped ? given : isMap ? apply('reshape', [given], { shape }) : apply('flatten', [given]);
  const target = builder.input(stepInputs.target, classes);
  const left = ignore === undefined ? {} : { ignore };
  const images = ignore === undefined ? step.images : builder.once(stepInputs.counted, [1]);
  const losses = apply('cross_entropy', [scores, target], { label_smoothing: labelSmoothing, ...left });
  return {
    seeds: new Map([[losses, apply('image_share', [losses, images])]]),
    outputs: {
      [stepOutputs.loss]: apply('per_image', [apply('channel_sum', [losses]), images]),
      [stepOutputs.correct]: apply('channel_sum', [apply('correct', [scores, target], left)]),
    },
  };
}

/**
 * What cross-entropy compares scores of a shape with: the class of an image [1], or that of each pixel, [1, H, W]. Throws RangeError, with
 * the end of a sentence that begins with the network's name.
 */
export function classesShape(scores: Shape): Shape {
  if (sizeOf(scores) === scores[0]) return [1];
  if (scores.length === 3) return [1, ...scores.slice(1)];
  throw new RangeError(
    `gives ${formatShape(scores)}; cross_entropy takes one score for each class, as [10], or for each class and pixel, as [21, 64, 64]`,
  );
}

/**
 * The output, or the scores of which it is the softmax, in this shape or in another with as many classes: cross-entropy takes that by itself,
 * without losing small probabilities.
 */
function scoresOf({ output, nodes }: ForwardNodes, { typeOf }: StepBuilder): ValueId {
  const classes = typeOf(output).shape[0];
  for (let value = output; ;) {
    const last = nodes.find(({ results }) => results.includes(value));
    const source = last?.operands[0];
    if (source === undefined) return output;
    if (last!.op === 'softmax' || last!.op === 'log_softmax') {
      const isOfClasses = isChannelAxis(last!.attributes['over']) && typeOf(value).shape[0] === classes;
      return isOfClasses ? source : output;
    }
    if (last!.op !== 'flatten' && last!.op !== 'reshape') return output;
    value = source;
  }
}

function squaredError(
  builder: GraphBuilder,
  { apply, images, typeOf }: StepBuilder,
  output: ValueId,
  reduction: 'mean' | 'sum',
): LossNodes {
  const { shape } = typeOf(output);
  const target = builder.input(stepInputs.target, shape);
  const count = sizeOf(shape);
  const errors = apply('reshape', [apply('squared_error', [output, target])], { shape: [1, 1, count] });
  const sum = apply('channel_sum', [errors]);
  const isMean = reduction === 'mean';
  const gradient = apply('squared_error_gradient', [output, target, images], { numbers: isMean ? count : 0 });
  return {
    seeds: new Map([[output, gradient]]),
    outputs: { [stepOutputs.loss]: isMean ? apply('per_image', [sum, images], { pixels: count }) : sum },
  };
}
