// How an answer of a network is judged: its loss, and whether it is right.

import type { countingOf } from '../../compiler/autodiff/recipe.ts';
import type { TargetLoss } from '../../compiler/autodiff/recipe.ts';
import type { Scores } from '../../runtime/abi.ts';
import { exp, log } from '../../runtime/elementary.ts';
import { countedImages } from '../../runtime/trainer.ts';
import type { Target } from './target.ts';

export interface Judge {
  lossOf(values: Float32Array, target: Float32Array): number;
  /** Where classes have weights: how much the image counts in the mean, or how much its pixels do together, of 1 for all of weight 1. */
  weightIn?(target: Float32Array): number;
  /** The share of the numbers that are on the right side of one half; only where they should be 0 or 1. */
  rightIn?(values: Float32Array, target: Float32Array): number;
  /** How sure the network is of class `at`. */
  confidenceOf(values: Float32Array, at: number): number;
}

/** −ln of the probability of the right class, of an image or as the mean over its pixels, to which ignored ones add nothing. */
export function surprise(scores: Scores, counting: ReturnType<typeof countingOf>): Judge {
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
export function differences(loss: TargetLoss, { elements }: Pick<Target, 'elements'>, areLogits: boolean): Judge {
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
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let at = 0; at < values.length; at += 1) {
    if (Number.isNaN(values[at]!)) return -1;
    if (values[at]! > values[best]!) best = at;
  }
  return best;
}
