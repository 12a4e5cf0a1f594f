// What editors say of the settings of inputs, outputs and trainings that are a number or a word: a sentence about each. The compiler itself
// does not import this file, so that bundles of it leave it out.

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
