// What is trained, and how: the part of a training's settings that shapes the graph of a step. Rates and schedules are inputs of the
// step, so that one module serves them all.

import type { TrainingFacts } from '../../runtime/abi.ts';
import type { Graph, GraphOutput } from '../ir/graph.ts';

export interface Recipe {
  readonly loss: Loss | LossSum;
  readonly optimizer: Optimizer;
  /** The largest norm of all gradients together; absent: they are as long as they are. */
  readonly clipNorm?: number;
  /** How much of the exponential moving average of weights and buffers is kept in a step; absent: there is none. */
  readonly average?: number;
  /**
   * The only layers and blocks that learn, by their names; absent: all do. The others keep their weights, and batch norms among them
   * normalise by their running statistics, which stay.
   */
  readonly learns?: readonly string[];
  /** How many times as fast as the others layers and blocks learn, by their names; where several are meant, the last counts. */
  readonly rates?: Rates;
  /** Whether a step takes its images in several calls, which the inputs of `stepInputs` tell apart. */
  readonly hasMicroBatches?: boolean;
}

export type Rates = Readonly<Record<string, number>>;

/** By what the learning rate of a parameter is multiplied. */
export function rateFactor(name: string, { rates = {} }: Pick<Recipe, 'rates'>): number {
  return Object.entries(rates).findLast(([layer]) => isIn(name, layer))?.[1] ?? 1;
}

/** Whether a tensor, a layer or a block is `layer`, or in it. */
export const isIn = (name: string, layer: string): boolean => name === layer || name.startsWith(`${layer}.`);

/** Whether a parameter or running statistic changes in a step. */
export function isLearnt(name: string, { learns }: Pick<Recipe, 'learns'>): boolean {
  return learns === undefined || learns.some((layer) => isIn(name, layer));
}

/** Whether a layer with these tensors stays as it is, and a batch norm normalises by its running statistics. */
export function isKept(tensors: readonly string[], recipe: Pick<Recipe, 'learns'>): boolean {
  return tensors.length > 0 && !tensors.some((name) => isLearnt(name, recipe));
}

export type Loss = CrossEntropy | TargetLoss;

/** The losses of outputs by their names, each with its own answers and times its factor, added up. */
export interface LossSum {
  readonly kind: 'sum';
  readonly parts: readonly LossPart[];
}

export interface LossPart {
  /** The output. */
  readonly of: string;
  readonly factor: number;
  readonly loss: Loss;
}

/** Of the network's scores, with the class of each image, or of each of its pixels, of which those of the class `ignore` do not count. */
export interface CrossEntropy {
  readonly kind: 'cross_entropy';
  readonly labelSmoothing: number;
  readonly ignore?: number;
  /** How much each class counts. */
  readonly weights?: readonly number[];
}

/** Of the network's output, with a target of the same shape. `mean` over all numbers of all images, or their `sum`. */
export type TargetLoss = { readonly reduction: 'mean' | 'sum' } & (
  | { readonly kind: 'mean_squared_error' | 'mean_absolute_error' }
  /** From the difference `delta` on, a straight line. */
  | { readonly kind: 'huber'; readonly delta: number }
  /** Of logits; targets are from 0 to 1. */
  | { readonly kind: 'binary_cross_entropy' }
);

/** The step at the end of a network that a loss leaves out, because it takes what is before it. */
export function leftOutBy(loss: string): 'softmax' | 'sigmoid' | undefined {
  return loss === 'cross_entropy' ? 'softmax' : loss === 'binary_cross_entropy' ? 'sigmoid' : undefined;
}

/** The kind of loss of the result and the auxiliary outputs, or of each output by its name. */
export type Kinds = string | ReadonlyMap<string, string>;

/** Those of a training. */
export const kindsOf = (loss: Recipe['loss']): Kinds =>
  loss.kind === 'sum' ? new Map(loss.parts.map((part) => [part.of, part.loss.kind])) : loss.kind;

/** The outputs that a training compares with answers, and the kind of loss of each. */
export function comparedIn(
  { outputs }: Pick<Graph, 'outputs'>,
  kinds: Kinds,
): readonly { readonly output: GraphOutput; readonly kind: string }[] {
  const main = outputs.find(({ auxiliary }) => auxiliary === undefined);
  return outputs.flatMap((output) => {
    const isSeen = output === main || output.auxiliary !== undefined;
    const kind = typeof kinds !== 'string' ? kinds.get(output.name) : isSeen ? kinds : undefined;
    return kind === undefined ? [] : [{ output, kind }];
  });
}

/** How much images and pixels count in a loss, by their class. */
export function countingOf(loss: Recipe['loss']): Pick<TrainingFacts, 'ignored' | 'classWeights'> {
  if (loss.kind !== 'cross_entropy') return {};
  const { ignore, weights } = loss;
  return { ...(ignore !== undefined && { ignored: ignore }), ...(weights && { classWeights: weights }) };
}

/** Whether there is an accuracy: of classes, or of numbers that should be 0 or 1. */
export const tellsRight = ({ kind }: Recipe['loss']): boolean => leftOutBy(kind) !== undefined;

export type Optimizer = Decay &
  (
    | { readonly kind: 'sgd'; readonly momentum: number; readonly nesterov: boolean }
    /** `adam` adds the decay to the gradient, `adamw` keeps it apart. */
    | {
        readonly kind: 'adam' | 'adamw';
        readonly beta1: number;
        readonly beta2: number;
        readonly epsilon: number;
        /** Whether the largest mean of squares so far counts. */
        readonly amsgrad?: boolean;
      }
    /** `alpha` and `rho` are how much of a mean of squares is kept. */
    | { readonly kind: 'rmsprop'; readonly alpha: number; readonly momentum: number; readonly epsilon: number }
    | { readonly kind: 'adagrad'; readonly epsilon: number }
    | { readonly kind: 'adadelta'; readonly rho: number; readonly epsilon: number }
  );

interface Decay {
  readonly decay: number;
  /** What the weights' decay applies to: those of convolutions and dense layers, which do not start as constants, or all parameters. */
  readonly decays: 'weights' | 'all';
}

/** How weights start. */
export type Init = Spreading & {
  /** Whether transposed convolutions with as many channels as before enlarge each of them as bilinear interpolation does. */
  readonly isBilinear?: boolean;
};

/** X. Glorot and Y. Bengio, 2010 (xavier), K. He et al., 2015 (kaiming), or as PyTorch's layers do. */
type Spreading =
  | { readonly kind: 'default' | 'xavier_uniform' | 'xavier_normal' | 'kaiming_uniform' | 'kaiming_normal' }
  | { readonly kind: 'normal'; readonly deviation: number };
