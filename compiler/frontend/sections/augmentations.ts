// What `augment` may do to the images of a training: the steps with their arguments, torchvision's defaults, and the names that
// other frameworks have for them. src/train/augment/ carries them out.

import type { AttributeSpec } from '../../ir/operator.ts';

type Specs = Readonly<Record<string, AttributeSpec>>;

const size: AttributeSpec = { type: 'size', minimum: 1, doc: 'Height and width.' };
const share = (value: number, doc: string): AttributeSpec => ({
  type: 'float',
  default: value,
  minimum: 0,
  maximum: 1,
  doc,
});
const change = (value: string): AttributeSpec => ({
  type: 'float',
  default: 0,
  minimum: 0,
  doc: `Largest relative change of the ${value}.`,
});
const filter: AttributeSpec = {
  type: 'choice',
  choices: ['bilinear', 'bicubic', 'nearest'],
  default: 'bilinear',
  doc: 'How pixels in between are found; but for nearest, with antialiasing.',
};
const area = (from: number, to: number): AttributeSpec => ({
  type: 'floats',
  default: [from, to],
  minimum: 0.001,
  maximum: 1,
  isRange: true,
  doc: 'Area of the rectangle as a share of the image.',
});
const ratio = (from: number, to: number): AttributeSpec => ({
  type: 'floats',
  default: [from, to],
  minimum: 0.01,
  maximum: 100,
  isRange: true,
  doc: 'Proportion of its sides.',
});

/** Steps of `augment` and their arguments, in positional order. */
export const augmentMenu = {
  resize: { size, filter },
  random_crop: {
    size,
    padding: { type: 'padding', default: [0, 0, 0, 0], minimum: 0, doc: 'Zeros added first.' },
  },
  random_resized_crop: { size, scale: area(0.08, 1), ratio: ratio(3 / 4, 4 / 3), filter },
  random_flip: {
    horizontal: { type: 'bool', default: true, doc: 'Left and right.' },
    vertical: { type: 'bool', default: false, doc: 'Up and down.' },
    probability: share(0.5, 'Of each of them.'),
  },
  random_rotation: { degrees: { type: 'float', minimum: 0, maximum: 180, doc: 'Largest angle either way.' } },
  random_translation: {
    height: share(0.1, 'Largest shift up or down, as a share of the height.'),
    width: share(0.1, 'Largest shift left or right, as a share of the width.'),
  },
  random_erase: {
    probability: share(0.5, 'Of erasing a rectangle.'),
    scale: area(0.02, 0.33),
    ratio: ratio(0.3, 3.3),
  },
  color_jitter: {
    brightness: change('brightness'),
    contrast: change('contrast'),
    saturation: change('saturation'),
    hue: { ...share(0, 'Largest turn of the colour circle, 0.5 being half of it.'), maximum: 0.5 },
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
