// What `augment` may do to the images of a training: the steps with their arguments, torchvision's defaults, and the names that
// other frameworks have for them. src/train/augment/ carries them out.

import type { AttributeSpec } from '../../ir/operator.ts';

type Specs = Readonly<Record<string, AttributeSpec>>;

const size: AttributeSpec = { type: 'size', minimum: 1 };
const share = (value: number): AttributeSpec => ({ type: 'float', default: value, minimum: 0, maximum: 1 });
const change: AttributeSpec = { type: 'float', default: 0, minimum: 0 };
const filter: AttributeSpec = {
  type: 'choice',
  choices: ['bilinear', 'bicubic', 'nearest'],
  default: 'bilinear',
};
const area = (from: number, to: number): AttributeSpec => ({
  type: 'floats',
  default: [from, to],
  minimum: 0.001,
  maximum: 1,
  isRange: true,
});
const ratio = (from: number, to: number): AttributeSpec => ({
  type: 'floats',
  default: [from, to],
  minimum: 0.01,
  maximum: 100,
  isRange: true,
});

/** Steps of `augment` and their arguments, in positional order. */
export const augmentMenu = {
  resize: { size, filter },
  random_crop: {
    size,
    padding: { type: 'padding', default: [0, 0, 0, 0], minimum: 0 },
  },
  random_resized_crop: { size, scale: area(0.08, 1), ratio: ratio(3 / 4, 4 / 3), filter },
  random_flip: {
    horizontal: { type: 'bool', default: true },
    vertical: { type: 'bool', default: false },
    probability: share(0.5),
  },
  random_rotation: { degrees: { type: 'float', minimum: 0, maximum: 180 } },
  random_translation: {
    height: share(0.1),
    width: share(0.1),
  },
  random_erase: {
    probability: share(0.5),
    scale: area(0.02, 0.33),
    ratio: ratio(0.3, 3.3),
  },
  color_jitter: {
    brightness: change,
    contrast: change,
    saturation: change,
    hue: { ...share(0), maximum: 0.5 },
  },
} as const satisfies Readonly<Record<string, Specs>>;

/** Names of PyTorch's torchvision, of Keras and of others. */
export const foreignAugmentations: readonly (readonly [string, string])[] = [
  ['Resize', 'resize'],
  ['Resizing', 'resize'],
  ['RandomCrop', 'random_crop'],
  ['RandomResizedCrop', 'random_resized_crop'],
  ['RandomHorizontalFlip', 'random_flip'],
  ['RandomVerticalFlip', 'random_flip'],
  ['RandomFlip', 'random_flip'],
  ['flip', 'random_flip'],
  ['RandomRotation', 'random_rotation'],
  ['RandomTranslation', 'random_translation'],
  ['RandomAffine', 'random_translation'],
  ['RandomErasing', 'random_erase'],
  ['random_erasing', 'random_erase'],
  ['cutout', 'random_erase'],
  ['ColorJitter', 'color_jitter'],
  ['colour_jitter', 'color_jitter'],
];

/** Their words for arguments. */
export const foreignAugmentArguments: Readonly<Record<string, string>> = {
  p: 'probability',
  prob: 'probability',
  interpolation: 'filter',
  height_factor: 'height',
  width_factor: 'width',
  angle: 'degrees',
};
