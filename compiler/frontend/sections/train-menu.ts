// What a `train` section may say: losses, optimisers, schedules and the rest, with their arguments and PyTorch's defaults, and the
// names that other frameworks have for them.

import type { AttributeSpec } from '../../ir/operator.ts';
import { augmentMenu, foreignAugmentArguments, foreignAugmentations } from './augmentations.ts';

export type Specs = Readonly<Record<string, AttributeSpec>>;
export type Menu = Readonly<Record<string, Specs>>;

const share = (value: number): AttributeSpec => ({ type: 'float', default: value, minimum: 0 });
const learningRate: AttributeSpec = { type: 'float', minimum: 0 };
const decays: AttributeSpec = {
  type: 'choice',
  choices: ['weights', 'all'],
  default: 'weights',
};
const warmup: AttributeSpec = { type: 'int', default: 0, minimum: 0 };
const factor = share(0.1);
const transposed: AttributeSpec = {
  type: 'choice',
  choices: ['bilinear'],
  default: null,
};
const reduction: AttributeSpec = {
  type: 'choice',
  choices: ['mean', 'sum'],
  default: 'mean',
};
/** Read before the other arguments: the words are the names of the network's outputs. */
const of: AttributeSpec = { type: 'choice', choices: [], default: null };
const unset: AttributeSpec = { type: 'float', default: null, minimum: 0 };
/** Below 1, which would keep nothing but the beginning, 0. */
const memory = (value: number): AttributeSpec => ({ ...share(value), maximum: 0.9999999 });
const rate = (value: number): AttributeSpec => ({ ...learningRate, default: value });
const momentum = share(0);
const decay = { weight_decay: share(0), decay: decays };
const adam: Specs = {
  learning_rate: rate(0.001),
  beta1: memory(0.9),
  beta2: memory(0.999),
  epsilon: share(1e-8),
  ...decay,
  amsgrad: { type: 'bool', default: null },
};

/** Numbers that a class of pixels which do not count may have, those of data sets. */
export const ignorable = { minimum: -32_768, maximum: 65_535 } as const;

export const menus = {
  loss: {
    cross_entropy: {
      label_smoothing: { ...share(0), maximum: 1 },
      ignore: {
        type: 'int',
        default: null,
        ...ignorable,
      },
      weights: { type: 'floats', default: null, minimum: 0, maximum: 1e9 },
      of,
    },
    mean_squared_error: { reduction, of },
    mean_absolute_error: { reduction, of },
    huber: {
      delta: { ...share(1), minimum: 1e-30 },
      reduction,
      of,
    },
    binary_cross_entropy: { reduction, of },
  },
  optimizer: {
    sgd: {
      learning_rate: learningRate,
      momentum,
      ...decay,
      nesterov: { type: 'bool', default: false },
    },
    adam,
    adamw: { ...adam, weight_decay: share(0.01) },
    rmsprop: { learning_rate: rate(0.01), alpha: memory(0.99), momentum, epsilon: share(1e-8), ...decay },
    adagrad: { learning_rate: rate(0.01), epsilon: share(1e-10), ...decay },
    adadelta: { learning_rate: rate(1), rho: memory(0.9), epsilon: share(1e-6), ...decay },
  },
  init: {
    default: { transposed },
    xavier_uniform: { transposed },
    xavier_normal: { transposed },
    kaiming_uniform: { transposed },
    kaiming_normal: { transposed },
    normal: { deviation: share(0.01), transposed },
  },
  schedule: {
    constant: { warmup },
    step: {
      every: { type: 'int', minimum: 1 },
      factor,
      warmup,
    },
    multi_step: {
      at: { type: 'ints', minimum: 1 },
      factor,
      warmup,
    },
    cosine: { final: share(0), warmup },
    one_cycle: {
      peak: unset,
      start: unset,
      final: unset,
      warmup: { ...warmup, default: null },
    },
  },
  augment: augmentMenu,
} as const satisfies Record<string, Menu>;

/** Settings that are a number or a word. */
export const scalars = {
  batch: { type: 'int', default: 128, minimum: 1 },
  epochs: { type: 'int', default: 10, minimum: 1 },
  seed: { type: 'int', default: 0, minimum: 0, maximum: 2 ** 32 - 1 },
  validation: { type: 'float', default: 0, minimum: 0, maximum: 0.9 },
  last: {
    type: 'choice',
    choices: ['keep', 'drop'],
    default: 'keep',
  },
  weights: {
    type: 'choice',
    choices: ['last', 'best'],
    default: 'last',
  },
  evaluate: {
    type: 'choice',
    choices: ['plain', 'flip'],
    default: 'plain',
  },
  clip: { type: 'float', default: null, minimum: 1e-30 },
  average: { type: 'float', default: null, minimum: 0, maximum: 0.999999 },
} as const satisfies Specs;

export const settingNames: readonly string[] = [...Object.keys(menus), ...Object.keys(scalars)];

export const foreignSettings: ReadonlyMap<string, string> = new Map([
  ['optim', 'optimizer'],
  ['criterion', 'loss'],
  ['batch_size', 'batch'],
  ['num_epochs', 'epochs'],
  ['max_epochs', 'epochs'],
  ['initializer', 'init'],
  ['lr_schedule', 'schedule'],
  ['scheduler', 'schedule'],
  ['augmentation', 'augment'],
  ['transforms', 'augment'],
  ['random_seed', 'seed'],
  ['validation_split', 'validation'],
  ['drop_last', 'last'],
  ['clip_norm', 'clip'],
  ['gradient_clip', 'clip'],
  ['ema', 'average'],
  ['tta', 'evaluate'],
  ['test_time_augmentation', 'evaluate'],
]);

/** Settings that other frameworks keep outside the optimizer. */
export const optimizerArguments: ReadonlyMap<string, string> = new Map([
  ['lr', 'learning_rate'],
  ['learning_rate', 'learning_rate'],
  ['momentum', 'momentum'],
  ['weight_decay', 'weight_decay'],
]);

export const foreignArguments: Readonly<Record<string, string>> = {
  lr: 'learning_rate',
  rate: 'learning_rate',
  wd: 'weight_decay',
  eps: 'epsilon',
  step_size: 'every',
  milestones: 'at',
  gamma: 'factor',
  eta_min: 'final',
  std: 'deviation',
  max_lr: 'peak',
  ignore_index: 'ignore',
  weight: 'weights',
  class_weight: 'weights',
  ...foreignAugmentArguments,
};

/** A word without what tells `CrossEntropyLoss` from `cross_entropy`. */
export const plainWord = (word: string): string => word.toLowerCase().replace(/_|loss$/g, '');

/** By the word, or by its plain form. */
export const foreignChoices: ReadonlyMap<string, string> = new Map([
  ['softmax_cross_entropy', 'cross_entropy'],
  ['nll', 'cross_entropy'],
  ['categoricalcrossentropy', 'cross_entropy'],
  ['sparsecategoricalcrossentropy', 'cross_entropy'],
  ['mse', 'mean_squared_error'],
  ['l2', 'mean_squared_error'],
  ['mae', 'mean_absolute_error'],
  ['l1', 'mean_absolute_error'],
  ['smoothl1', 'huber'],
  ['bce', 'binary_cross_entropy'],
  ['bcewithlogits', 'binary_cross_entropy'],
  ['xavier', 'xavier_uniform'],
  ['glorot_uniform', 'xavier_uniform'],
  ['glorot_normal', 'xavier_normal'],
  ['he_uniform', 'kaiming_uniform'],
  ['he_normal', 'kaiming_normal'],
  ['he', 'kaiming_normal'],
  ['StepLR', 'step'],
  ['MultiStepLR', 'multi_step'],
  ['multistep', 'multi_step'],
  ['piecewise_constant', 'multi_step'],
  ['ExponentialLR', 'step'],
  ['exponential', 'step'],
  ['OneCycleLR', 'one_cycle'],
  ['CosineAnnealingLR', 'cosine'],
  ['tta', 'flip'],
  ['mirror', 'flip'],
  ['hflip', 'flip'],
  ['horizontal_flip', 'flip'],
  ['random_flip', 'flip'],
  ['none', 'plain'],
  ...foreignAugmentations,
]);
