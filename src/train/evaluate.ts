// How good a network is on images that it is not trained on: its ordinary module, with the weights of the moment.

import { lastSteps } from '../../compiler/analysis/scores.ts';
import { countingOf } from '../../compiler/autodiff/recipe.ts';
import type { Loss, TargetLoss } from '../../compiler/autodiff/recipe.ts';
import type { CompiledNetwork } from '../../compiler/index.ts';
import { compileNetwork } from '../../compiler/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Mathematics } from '../../compiler/pipeline.ts';
import type { Scores } from '../../runtime/abi.ts';
import { exp, log } from '../../runtime/elementary.ts';
import { countedImages } from '../../runtime/trainer.ts';
import { keptApart } from '../network/kept-apart.ts';
import { byName, importText } from '../network/module.ts';
import type { EmittedModule } from '../network/module.ts';
import { meanOf, mirrored } from '../network/mirror.ts';
import type { Batches } from './batch.ts';
import { mapCounter } from './map-score.ts';
import type { Target } from './target.ts';
import { targetsOf } from './target.ts';

export type Weights = ReadonlyMap<string, Float32Array>;

export interface Evaluation {
  readonly count: number;
  /** Mean over the images, or over the pixels that count; of squared errors as the loss says. */
  readonly loss: number;
  /** How many images got their class; of maps, the sum of the shares of their pixels that did. Absent where the network tells no classes. */
  readonly correct?: number;
  /** Of maps: of how many images the pixels are that count; absent where all do. */
  readonly counted?: number;
  /** Of maps: see `MapScore`. */
  readonly meanIou?: number;
  /** Absent where the network tells no class of an image. */
  readonly answers?: Answers;
}

/** How well a network did. */
export interface Measures {
  readonly loss: number;
  /** Share of the images, or of the pixels of maps, that got their class. */
  readonly accuracy?: number;
  /** Of maps: see `MapScore`. */
  readonly meanIou?: number;
}

/** What is told of an evaluation. */
export function measuresOf({ count, loss, correct, counted = count, meanIou }: Evaluation): Measures {
  return {
    loss,
    ...(correct !== undefined && { accuracy: correct / (counted || 1) }),
    ...(meanIou !== undefined && { meanIou }),
  };
}

/** Of each image, in the order of the indices. */
export interface Answers {
  /** [count]: the class with the largest score, the first of several; −1 where a score is NaN. */
  readonly predicted: Int32Array;
  /** [count]: the probability of that class; with squared errors, its score. NaN where a score is. */
  readonly confidence: Float32Array;
}

export type Evaluate = (weights: Weights, images: Batches, indices: Uint32Array) => Promise<Evaluation>;

export interface EvaluateOptions {
  readonly target?: 'js' | 'wasm';
  readonly math?: Mathematics;
  readonly threads?: number;
  /** The mean of what the network gives for an image and for its mirror image counts: of logits, or of probabilities after a softmax. */
  readonly flip?: boolean;
}

const BATCH = 64;

/** The loss of cross-entropy is that without label smoothing. */
export function evaluator(
  network: CompiledNetwork,
  loss: Loss,
  asked: Target,
  { target = 'js', math = 'default', threads, flip = false }: EvaluateOptions,
): Evaluate {
  const modules = new Map<string, Promise<EmittedModule>>();
  const compiled = (apart: readonly string[]): Promise<EmittedModule> => {
    const key = apart.join();
    const known = modules.get(key);
    if (known) return known;
    const [script] = compileNetwork(network, { target, math, disable: apart }).emit('js', { sourceName: 'network' });
    const made = importText(script!.text);
    modules.set(key, made);
    return made;
  };
  const [output] = network.graph.outputs;
  const { scores: given, sigmoid } = lastSteps(network.graph, output!.value, operators);
  // Means of logarithms of probabilities are those of logits, up to a constant.
  const scores = flip && given === 'log_softmax' ? 'raw' : given;
  const judge = loss.kind === 'cross_entropy' ? surprise(scores, countingOf(loss)) : differences(loss, asked, !sigmoid);
  const width = typeOf(network.graph, network.graph.inputs[0]!.value).shape.at(-1)!;
  return async (weights, images, indices) => {
    const maxBatch = Math.min(BATCH, Math.max(1, indices.length));
    const net = await keptApart(async (apart) =>
      (await compiled(apart)).load(weights, { maxBatch, ...(threads !== undefined && { threads }) }),
    );
    const names = Object.keys((await compiled([])).outputs);
    try {
      const once = async (x: Float32Array): Promise<Float32Array> =>
        byName(await (net.runAsync?.(x) ?? net.run(x)), names).get(output!.name)!;
      const answer: Answer = flip ? async (x) => meanOf(await once(x), await once(mirrored(x, width))) : once;
      return await measure(answer, asked, judge, images, indices);
    } finally {
      net.close?.();
    }
  };
}

interface Judge {
  lossOf(values: Float32Array, target: Float32Array): number;
  /** Where classes have weights: how much the image counts in the mean, or how much its pixels do together, of 1 for all of weight 1. */
  weightIn?(target: Float32Array): number;
  /** The share of the numbers that are on the right side of one half; only where they should be 0 or 1. */
  rightIn?(values: Float32Array, target: Float32Array): number;
  /** How sure the network is of class `at`. */
  confidenceOf(values: Float32Array, at: number): number;
}

/** What the network gives for images [n,…]. */
type Answer = (x: Float32Array) => Promise<Float32Array>;

async function measure(
  answerTo: Answer,
  asked: Target,
  { lossOf, weightIn, rightIn, confidenceOf }: Judge,
  images: Batches,
  indices: Uint32Array,
): Promise<Evaluation> {
  const x = new Float32Array(Math.min(BATCH, indices.length) * images.elements);
  const predicted = new Int32Array(indices.length);
  const confidence = new Float32Array(indices.length);
  const map = asked.kind === 'map' ? mapCounter(asked.classes!, asked.ignored) : undefined;
  let [sum, correct, weight] = [0, 0, 0];
  for (let first = 0; first < indices.length; first += BATCH) {
    const chosen = indices.subarray(first, first + BATCH);
    const labels = new Int32Array(chosen.length);
    const tensors = x.subarray(0, chosen.length * images.elements);
    images.fillPlain(chosen, tensors, labels);
    const targets = targetsOf(asked, { indices: chosen, labels, images: tensors, given: images.given });
    const values = await answerTo(tensors);
    const size = values.length / chosen.length;
    for (let at = 0; at < chosen.length; at += 1) {
      const answer = values.subarray(at * size, (at + 1) * size);
      const target = targets.subarray(at * asked.elements, (at + 1) * asked.elements);
      sum += lossOf(answer, target);
      weight += weightIn?.(target) ?? 0;
      map?.take(answer, target);
      if (rightIn) correct += rightIn(answer, target);
      if (asked.classes === undefined || map || rightIn) continue;
      const best = argmax(answer);
      predicted[first + at] = best;
      confidence[first + at] = best < 0 ? NaN : confidenceOf(answer, best);
      if (best === labels[at]) correct += 1;
    }
  }
  const count = indices.length;
  if (map) {
    const { correct: right, pixels, meanIou } = map.score();
    const counted = pixels / asked.elements;
    const told = asked.ignored === undefined ? {} : { counted };
    return {
      count,
      loss: sum / ((weightIn ? weight : counted) || 1),
      correct: right / asked.elements,
      ...told,
      meanIou,
    };
  }
  if (rightIn) return { count, loss: sum / count, correct };
  const told = asked.classes === undefined ? {} : { correct, answers: { predicted, confidence } };
  return { count, loss: sum / ((weightIn ? weight : count) || 1), ...told };
}

/** −ln of the probability of the right class, of an image or as the mean over its pixels, to which ignored ones add nothing. */
function surprise(scores: Scores, counting: ReturnType<typeof countingOf>): Judge {
  const { ignored, classWeights: weights } = counting;
  const weightOf = (label: number): number => (weights ? weights[label]! : 1);
  const of = (values: Float32Array, at: number): number => {
    const value = values[at]!;
    if (scores === 'softmax') return -log(value);
    if (scores === 'log_softmax') return -value;
    const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
    return largest + log(values.reduce((total, one) => total + exp(one - largest), 0)) - value;
  };
  return {
    lossOf(values, labels) {
      if (labels.length === 1) return weightOf(labels[0]!) * of(values, labels[0]!);
      // [classes, pixels]: the mean over the pixels.
      const pixels = labels.length;
      const own = new Float32Array(values.length / pixels);
      return (
        labels.reduce((sum, label, pixel) => {
          if (label === ignored) return sum;
          own.forEach((_, c) => (own[c] = values[c * pixels + pixel]!));
          return sum + weightOf(label) * of(own, label);
        }, 0) / pixels
      );
    },
    ...(weights && { weightIn: (labels) => countedImages(labels, labels.length, counting) }),
    confidenceOf: (values, at) => (scores === 'softmax' ? values[at]! : exp(-of(values, at))),
  };
}

/** Of numbers and their targets; `areLogits` says whether those that should be 0 or 1 are no probabilities yet. */
function differences(loss: TargetLoss, { elements }: Target, areLogits: boolean): Judge {
  const divisor = loss.reduction === 'mean' ? elements : 1;
  const error = errorOf(loss, areLogits);
  const middle = areLogits ? 0 : 0.5;
  const isRight = (value: number, target: number): boolean => value > middle === target > 0.5;
  return {
    lossOf: (values, target) => values.reduce((total, value, at) => total + error(value, target[at]!), 0) / divisor,
    ...(loss.kind === 'binary_cross_entropy' && {
      rightIn: (values, target) =>
        values.reduce((total, value, at) => total + Number(isRight(value, target[at]!)), 0) / elements,
    }),
    confidenceOf: (values, at) => values[at]!,
  };
}

function errorOf(loss: TargetLoss, areLogits: boolean): (value: number, target: number) => number {
  switch (loss.kind) {
    case 'mean_squared_error':
      return (value, target) => (value - target) * (value - target);
    case 'mean_absolute_error':
      return (value, target) => Math.abs(value - target);
    case 'huber':
      return (value, target) => {
        const distance = Math.abs(value - target);
        return distance < loss.delta ? (distance * distance) / 2 : loss.delta * (distance - loss.delta / 2);
      };
    case 'binary_cross_entropy':
      return areLogits
        ? (value, target) => Math.max(value, 0) - value * target + log(1 + exp(-Math.abs(value)))
        : // As PyTorch's BCELoss, which takes no logarithm for less than −100.
          (value, target) => -target * Math.max(-100, log(value)) - (1 - target) * Math.max(-100, log(1 - value));
    default:
      return loss satisfies never;
  }
}

/** The first of the largest; −1 where one is NaN. */
function argmax(values: Float32Array): number {
  let best = 0;
  for (let at = 0; at < values.length; at += 1) {
    if (Number.isNaN(values[at]!)) return -1;
    if (values[at]! > values[best]!) best = at;
  }
  return best;
}
