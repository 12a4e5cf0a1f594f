// Losses: what a step minimises, the gradient it starts from, and what it tells.

import { lastSteps } from '../analysis/scores.ts';
import type { GraphBuilder } from '../ir/builder.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import type { OperatorTable, StepBuilder } from '../ir/operator.ts';
import { formatShape, sameShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { comparedIn, leftOutBy } from './recipe.ts';
import type { CrossEntropy, Kinds, Loss, TargetLoss } from './recipe.ts';
import { partInput, stepInputs, stepOutputs } from '../../runtime/step-border.ts';

export interface LossNodes {
  /** ∂loss/∂value of what the loss is computed from. */
  readonly seeds: ReadonlyMap<ValueId, ValueId>;
  /** By name; values of the shape [1] without the batch axis. */
  readonly outputs: Readonly<Record<string, ValueId>>;
}

/** What a training compares with the answers. */
export interface Compared {
  readonly output: ValueId;
  /** Auxiliary outputs, and how much the loss of each counts. */
  readonly others: readonly { readonly name: string; readonly value: ValueId; readonly weight: number }[];
}

/** Of one output. */
export interface OutputLoss {
  /** What the gradient starts from, and ∂loss/∂value of it. */
  readonly seed: readonly [value: ValueId, gradient: ValueId];
  /** [1], without the batch axis. */
  readonly loss: ValueId;
}

/**
 * The loss of the output, and of auxiliary ones, which have the same targets, times their weights; cross-entropy is that of scores.
 * Throws RangeError, with the end of a sentence that begins with the network's name, where an output is not what the loss takes.
 */
export function lossOf(builder: GraphBuilder, step: StepBuilder, network: Compared, loss: Loss): LossNodes {
  switch (loss.kind) {
    case 'cross_entropy':
      return crossEntropy(builder, step, network, loss);
    case 'mean_squared_error':
    case 'mean_absolute_error':
    case 'huber':
    case 'binary_cross_entropy':
      return targetLoss(builder, step, network, loss);
    default:
      return loss satisfies never;
  }
}

function crossEntropy(builder: GraphBuilder, step: StepBuilder, network: Compared, loss: CrossEntropy): LossNodes {
  const { apply, typeOf } = step;
  const { shape } = typeOf(network.output);
  const classes = classesShape(shape);
  if (loss.ignore !== undefined && classes.length === 1) throw new RangeError(oneClass(shape));
  const target = builder.input(stepInputs.target, classes);
  const { scoresAt, lossAt, left } = crossEntropyAt(builder, step, loss, shape, target);
  const scores = scoresAt(network.output);
  const main = lossAt(scores);
  const correct = apply('channel_sum', [apply('correct', [scores, target], left)]);
  const { seeds, loss: total } = summed(step, network, main, (output) => lossAt(scoresAt(output)));
  return { seeds, outputs: { [stepOutputs.loss]: total, [stepOutputs.correct]: correct } };
}

/** Why cross-entropy of scores of a shape ignores nothing. */
export const oneClass = (shape: Shape): string =>
  `gives ${formatShape(shape)}, one class for an image; \`ignore\` leaves out pixels, of scores such as [21, 64, 64]`;

/**
 * Throws RangeError unless there is a weight for each class of scores of a shape, and one that is not 0. Losses are divided by sums of
 * weights, which overflows where these are no normal numbers of f32.
 */
export function checkWeights(given: CrossEntropy['weights'], classes: number, shape: Shape): void {
  if (!given) return;
  const isTiny = given.some((weight) => weight > 0 && weight < 2 ** -126);
  if (given.length !== classes || isTiny || !given.some(Boolean))
    throw new RangeError(
      `gives ${formatShape(shape)}, but cross_entropy has the weights ${formatShape(given)}; expected ${isTiny ? '0 or at least 1.2e-38' : 'one'} for each class, not all 0`,
    );
}

/** The losses of scores [classes], or of a shape [classes, H, W], with the target [1] or [1, H, W]; what there is of it once is named after `of`. */
export function crossEntropyAt(
  builder: GraphBuilder,
  { apply, images: all, typeOf }: StepBuilder,
  { labelSmoothing, ignore, weights: given }: CrossEntropy,
  shape: Shape,
  target: ValueId,
  of?: string,
) {
  checkWeights(given, shape[0]!, shape);
  const left = ignore === undefined ? {} : { ignore };
  const weights = given ? [builder.once(partInput('classWeights', of), [given.length])] : [];
  const images = ignore === undefined && !given ? all : builder.once(partInput('counted', of), [1]);
  const isMap = sizeOf(shape) !== shape[0];
  /** [classes] or [classes, H, W] */
  const scoresAt = (output: ValueId): ValueId =>
    isMap || typeOf(output).shape.length === 1 ? output : apply('flatten', [output]);
  const lossAt = (scores: ValueId): OutputLoss => {
    const losses = apply('cross_entropy', [scores, target, ...weights], { label_smoothing: labelSmoothing, ...left });
    return {
      seed: [losses, apply('image_share', [losses, images])],
      loss: apply('per_image', [apply('channel_sum', [losses]), images]),
    };
  };
  return { scoresAt, lossAt, left };
}

/** The loss of the output and those of the auxiliary ones, which have its shape. */
function summed(
  { apply, typeOf }: StepBuilder,
  { output, others }: Compared,
  main: OutputLoss,
  lossAt: (output: ValueId) => OutputLoss,
): { readonly seeds: ReadonlyMap<ValueId, ValueId>; readonly loss: ValueId } {
  const { shape } = typeOf(output);
  const weighted = others.map(({ name, value, weight }): OutputLoss => {
    const found = typeOf(value).shape;
    if (!sameShape(found, shape))
      throw new RangeError(
        `gives ${formatShape(shape)}, but its auxiliary output ${name} ${formatShape(found)}; both are compared with the same answers`,
      );
    return timesLoss(apply, lossAt(value), weight);
  });
  return addedUp(apply, [main, ...weighted]);
}

type Apply = StepBuilder['apply'];

/** A loss that counts so many times. */
export function timesLoss(apply: Apply, { seed, loss }: OutputLoss, factor: number): OutputLoss {
  if (factor === 1) return { seed, loss };
  const times = (one: ValueId): ValueId => apply('times', [one], { factor });
  return { seed: [seed[0], times(seed[1])], loss: times(loss) };
}

/** Losses, and what the gradient starts from, as their sum. */
export function addedUp(
  apply: Apply,
  all: readonly OutputLoss[],
): { readonly seeds: ReadonlyMap<ValueId, ValueId>; readonly loss: ValueId } {
  const seeds = new Map<ValueId, ValueId>();
  for (const { seed } of all) {
    const [value, gradient] = seed;
    const before = seeds.get(value);
    seeds.set(value, before === undefined ? gradient : apply('add', [before, gradient]));
  }
  const losses = all.map(({ loss }) => loss);
  return { seeds, loss: losses.length === 1 ? losses[0]! : apply('add', losses) };
}

/**
 * Why a loss does not take the outputs that a training of `graph` compares with the answers, as the end of a sentence that begins with the
 * network's name: where a dropout makes probabilities 0, their logarithms are not finite; and logits are no probabilities of classes.
 */
export function unfitOutput(graph: Graph, operators: OperatorTable, kinds: Kinds): string | undefined {
  for (const { output, kind: loss } of comparedIn(graph, kinds)) {
    const left = leftOutBy(loss);
    if (left === undefined) continue;
    const { name, value } = output;
    const { scores, behind, [left]: last } = lastSteps(graph, value, operators);
    if (left === 'sigmoid' && scores !== 'raw')
      return `has a ${scores} in front of ${name}; ${loss} takes logits, with or without a sigmoid, or take cross_entropy`;
    const isDropped = behind.some(({ op, attributes }) => op === 'dropout' && attributes['p'] !== 0);
    if (last && isDropped && scores !== 'log_softmax')
      return `has a \`dropout\` behind the ${left} of ${name}, which makes probabilities 0, and ${loss} takes their logarithms; put it before the layer that gives the scores`;
  }
  return undefined;
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

function targetLoss(builder: GraphBuilder, step: StepBuilder, network: Compared, loss: TargetLoss): LossNodes {
  const { apply, typeOf } = step;
  const { shape } = typeOf(network.output);
  const target = builder.input(stepInputs.target, shape);
  const count = sizeOf(shape);
  const lossAt = (output: ValueId): OutputLoss => targetLossAt(step, loss, output, target);
  const { seeds, loss: total } = summed(step, network, lossAt(network.output), lossAt);
  if (loss.kind !== 'binary_cross_entropy') return { seeds, outputs: { [stepOutputs.loss]: total } };
  const right = sumOf(step, apply('binary_correct', [network.output, target]));
  const correct = count === 1 ? right : apply('times', [right], { factor: 1 / count });
  return { seeds, outputs: { [stepOutputs.loss]: total, [stepOutputs.correct]: correct } };
}

/** The loss of an output, compared with targets of its shape. */
export function targetLossAt(step: StepBuilder, loss: TargetLoss, output: ValueId, target: ValueId): OutputLoss {
  const { apply, images } = step;
  const count = sizeOf(step.typeOf(output).shape);
  const isMean = loss.reduction === 'mean';
  // The operator is called like its loss.
  const error = loss.kind.replace('mean_', '');
  const attributes = loss.kind === 'huber' ? { delta: loss.delta } : {};
  const sum = sumOf(step, apply(error, [output, target], attributes));
  const numbers = isMean ? count : 0;
  const gradient = apply(`${error}_gradient`, [output, target, images], { ...attributes, numbers });
  return { seed: [output, gradient], loss: isMean ? apply('per_image', [sum, images], { pixels: count }) : sum };
}

const sumOf = ({ apply, typeOf }: StepBuilder, value: ValueId): ValueId =>
  apply('channel_sum', [apply('reshape', [value], { shape: [1, 1, sizeOf(typeOf(value).shape)] })]);
