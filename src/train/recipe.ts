// From the settings of a `train` section to what shapes the graph of a step.

import type { Choice, TrainSettings } from '../../compiler/frontend/sections/train.ts';
import type { Init, Loss, Optimizer, Recipe, TargetLoss } from '../../compiler/autodiff/recipe.ts';

/** The rest of the settings are numbers that a training gives to its step, or the order of its images. */
export function recipeOf({ loss, optimizer, clip, average }: TrainSettings): Recipe {
  return {
    loss: lossesOf(loss),
    optimizer: optimizerOf(optimizer),
    ...(clip !== undefined && { clipNorm: clip }),
    ...(average !== undefined && { average }),
  };
}

/** What a step minimises. */
export const lossesOf = (loss: TrainSettings['loss']): Recipe['loss'] =>
  loss.parts ? { kind: 'sum', parts: loss.parts.map((part) => ({ ...part, loss: lossOf(part.loss) })) } : lossOf(loss);

function lossOf({ name, arguments: given }: Choice): Loss {
  switch (name) {
    case 'cross_entropy':
      return {
        kind: 'cross_entropy',
        labelSmoothing: given['label_smoothing'] as number,
        ...('ignore' in given && { ignore: given['ignore'] as number }),
        ...('weights' in given && { weights: given['weights'] as readonly number[] }),
      };
    case 'mean_squared_error':
    case 'mean_absolute_error':
    case 'binary_cross_entropy':
      return { kind: name, reduction: reductionOf(given) };
    case 'huber':
      return { kind: name, delta: given['delta'] as number, reduction: reductionOf(given) };
    default:
      throw new RangeError(`there is no loss ${name}`);
  }
}

const reductionOf = (given: Choice['arguments']) => given['reduction'] as TargetLoss['reduction'];

function optimizerOf({ name, arguments: given }: Choice): Optimizer {
  const number = (key: string): number => given[key] as number;
  const decay = { decay: number('weight_decay'), decays: given['decay'] as Optimizer['decays'] };
  switch (name) {
    case 'sgd':
      return { kind: 'sgd', momentum: number('momentum'), nesterov: given['nesterov'] === true, ...decay };
    case 'adam':
    case 'adamw':
      return {
        ...{ kind: name, beta1: number('beta1'), beta2: number('beta2'), epsilon: number('epsilon'), ...decay },
        ...(given['amsgrad'] === true && { amsgrad: true }),
      };
    case 'rmsprop':
      return { kind: name, alpha: number('alpha'), momentum: number('momentum'), epsilon: number('epsilon'), ...decay };
    case 'adagrad':
      return { kind: name, epsilon: number('epsilon'), ...decay };
    case 'adadelta':
      return { kind: name, rho: number('rho'), epsilon: number('epsilon'), ...decay };
    default:
      throw new RangeError(`there is no optimizer ${name}`);
  }
}

/** How the weights of a training start. */
export function initOf(choice: Choice): Init {
  const spread = spreadOf(choice);
  return choice.arguments['transposed'] === 'bilinear' ? { ...spread, isBilinear: true } : spread;
}

function spreadOf({ name, arguments: given }: Choice): Init {
  switch (name) {
    case 'default':
    case 'xavier_uniform':
    case 'xavier_normal':
    case 'kaiming_uniform':
    case 'kaiming_normal':
      return { kind: name };
    case 'normal':
      return { kind: name, deviation: given['deviation'] as number };
    default:
      throw new RangeError(`there is no way ${name} to start weights`);
  }
}
