// Errors of shapes: of values, inputs, pictures and written weights.

import { inNetwork as network } from './entry.ts';
import type { CatalogEntry } from './entry.ts';

const input = (text: string): string => `network A {\n  input x: ${text}\n  relu\n}\n`;

export const shapeEntries: readonly CatalogEntry[] = [
  {
    code: 'shape/mismatch',
    title: 'not the shape that is written',
    explanation: 'The shape after a colon is checked; _ matches any extent.',
    bad: network('conv(6, kernel: 3) : [6, 8, 8]'),
    good: network('conv(6, kernel: 3, padding: 1) : [6, 8, 8]'),
  },
  {
    code: 'shape/blank',
    title: 'shape to fill in',
    explanation:
      'A shape of nothing but `_`, as `cnnc fmt --blank-shapes` writes it for exercises, checks only the number of axes. Once numbers are filled in, they are checked.',
    bad: network('conv(6, kernel: 3) : [_, _, _]'),
    good: network('conv(6, kernel: 3) : [6, 6, 6]'),
  },
  {
    code: 'input/shape',
    title: 'shape of an input',
    explanation:
      'Inputs are images [channels, height, width], tokens [length, features] or flat [features]; the batch axis is never written.',
    bad: input('[1, 1, 8, 8]'),
    good: input('[1, 8, 8]'),
  },
  {
    code: 'input/channels-last',
    title: 'channels written last',
    explanation: 'Shapes are [channels, height, width], as in PyTorch; Keras puts the channels last.',
    bad: input('[28, 28, 1]'),
    good: input('[1, 28, 28]'),
  },
  {
    code: 'input/picture',
    title: 'settings of something else',
    explanation: 'Settings say how a picture becomes the tensor; pictures have 1 or 3 channels.',
    bad: input('[8, 8, 8] { scale: 1/255 }'),
    good: input('[3, 8, 8] { scale: 1/255 }'),
  },
  {
    code: 'input/channels',
    title: 'numbers per channel',
    explanation: 'mean and std have one number for each channel, and gray pictures one channel.',
    bad: input('[3, 8, 8] { mean: [0.5] }'),
    good: input('[3, 8, 8] { mean: [0.5, 0.5, 0.5] }'),
  },
  {
    code: 'input/crop',
    title: 'crop and input disagree',
    explanation:
      'The crop is the height and width of the input, and the resized picture is at least as large: just as large without a crop.',
    bad: input('[3, 8, 8] { crop: 6 }'),
    good: input('[3, 8, 8] { crop: 8 }'),
  },
  {
    code: 'input/fit',
    title: 'fit, filter or fill without resizing',
    explanation:
      'fit says how a picture of another form gets a height and width, filter how its pixels are blended, and fill what lies beside a contained one.',
    bad: input('[3, 8, 8] { resize: 8  fit: cover }'),
    good: input('[3, 8, 8] { resize: 8x8  fit: cover }'),
  },
  {
    code: 'weights/literal',
    title: 'shape of written weights',
    explanation:
      'Weights written in the source have the shape that the operator would learn: [O, C, H, W] for a convolution.',
    bad: network('conv(1, kernel: 3, bias: false, weight: [[[[1, -1]]]])'),
    good: network('conv(1, kernel: 1x2, bias: false, weight: [[[[1, -1]]]])'),
  },
];
