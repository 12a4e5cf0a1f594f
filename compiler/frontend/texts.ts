// What editors say of the settings of inputs, outputs and trainings that are a number or a word, and of the arguments of the others: a
// sentence about each. The compiler itself does not import this file, so that bundles of it leave it out.

import type { outputSpecs } from './build/output-facts.ts';
import type { scalars } from './sections/train-menu.ts';

const output: Readonly<Record<keyof typeof outputSpecs, string>> = {
  auxiliary: 'Only the training has this output; its loss counts so much beside that of the first one, such as 0.3.',
};

const train: Readonly<Record<keyof typeof scalars, string>> = {
  batch: 'Images per step.',
  epochs: 'Times that all images are seen.',
  seed: 'Of all random choices.',
  validation: 'Share of the images that is kept for validation.',
  last: 'What becomes of images that do not fill the last batch of an epoch.',
  weights: 'Which weights are the result: the last ones, or those of the epoch with the best accuracy.',
  evaluate: 'What is measured: each image, or the mean of the scores of the image and its mirror image.',
  clip: 'Largest norm of all gradients together.',
  average: 'How much of the moving average of the weights a step keeps.',
};

const input = {
  scale: 'Factor of every pixel, before mean and std.',
  resize: 'Pixels of the shorter side, or height and width: 224x320.',
  fit: 'How other forms are resized.',
  filter: 'How pixels are blended.',
  fill: 'Bytes beside a picture that is contained.',
  crop: 'Height and width of the centre that is kept.',
  mean: 'Subtracted, per channel.',
  std: 'Divided by, per channel.',
  colors: 'Order of the channels.',
};

/** By who has the setting, and its name. */
export const settingTexts: Readonly<Record<'input' | 'output' | 'train', Readonly<Record<string, string>>>> = {
  input,
  output,
  train,
};

const squares = 'Memory of the mean of the squared gradients.';

const argumentTexts: Readonly<Record<string, string>> = {
  alpha: squares,
  amsgrad: 'Divide by the largest mean so far.',
  at: 'Epochs after which the rate is reduced, counted after the warm-up.',
  beta1: 'Memory of the mean of the gradients.',
  beta2: squares,
  brightness: 'Largest relative change of the brightness.',
  contrast: 'Largest relative change of the contrast.',
  decay: 'What is pulled: weights of convolutions and dense layers, or all parameters.',
  degrees: 'Largest angle either way.',
  delta: 'Larger differences count as on a line of this slope.',
  deviation: 'Standard deviation.',
  epsilon: 'Added to the divisor.',
  every: 'Epochs between reductions, counted after the warm-up.',
  factor: 'The rate is multiplied by it.',
  filter: 'How pixels in between are found; but for nearest, with antialiasing.',
  final: 'Learning rate at the end.',
  height: 'Largest shift up or down, as a share of the height.',
  horizontal: 'Left and right.',
  hue: 'Largest turn of the colour circle, 0.5 being half of it.',
  ignore: 'The class of pixels that do not count, such as 255.',
  label_smoothing: 'Share of the target spread over all classes.',
  learning_rate: 'Size of a step.',
  momentum: 'Share of the last step that is kept.',
  nesterov: 'Look ahead along the momentum.',
  of: 'The output that it is of.',
  padding: 'Zeros added first.',
  peak: 'Largest learning rate; that of the optimizer unless given.',
  probability: 'Of each of them.',
  ratio: 'Proportion of its sides.',
  reduction: 'Of the numbers of all images.',
  rho: squares,
  saturation: 'Largest relative change of the saturation.',
  scale: 'Area of the rectangle as a share of the image.',
  size: 'Height and width.',
  start: 'Learning rate of the first step; a 25th of the peak unless given.',
  transposed: 'Transposed convolutions with as many channels as before begin as a bilinear enlargement.',
  vertical: 'Up and down.',
  warmup: 'Epochs in which the rate rises from 0.',
  weight_decay: 'Pull of the weights towards 0.',
  weights: 'How much each class counts.',
  width: 'Largest shift left or right, as a share of the width.',
};

const ownTexts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  adamw: { weight_decay: 'Pull of the weights towards 0, apart from the gradient.' },
  one_cycle: {
    final: 'Learning rate of the last step; a 10,000th of the first unless given.',
    warmup: 'Epochs up to the peak; three tenths of all unless given.',
  },
  random_erase: { probability: 'Of erasing a rectangle.' },
};

/** Of an argument of `step`, a loss, an optimizer, a schedule or an augmentation. */
export const argumentText = (step: string, argument: string): string =>
  ownTexts[step]?.[argument] ?? argumentTexts[argument] ?? '';
