// Presets of `--preset`: how whole families of networks were given their pictures. Numbers are those of torchvision's models, of
// PyTorch's examples and of Caffe's reference models.

import type { InputSettings } from '../../compiler/ir/graph.ts';
import { formatShape } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { UsageError } from './errors.ts';

/** How pixels become numbers. */
export type PictureNumbers = Pick<InputSettings, 'scale' | 'mean' | 'std' | 'colors'>;
/** How a picture comes to the height and width of an input. */
export type PictureForm = Pick<InputSettings, 'resize' | 'fit' | 'filter' | 'fill' | 'crop'>;

export interface Preset {
  readonly numbers: PictureNumbers;
  readonly form: PictureForm;
}

interface Family {
  readonly channels: 1 | 3;
  readonly numbers: PictureNumbers;
  /** For an input of this height and width. */
  form(height: number, width: number): PictureForm;
}

/** The picture covers the input, and what is beyond is cut off at two sides. */
const covered = (height: number, width: number): PictureForm => ({ resize: [height, width], fit: 'cover' });

/** Of 224 pixels: the shorter side becomes 256, and the middle is cut out. */
function middle(height: number, width: number): PictureForm {
  return height === width
    ? { resize: Math.round((height * 256) / 224), crop: [height, width] }
    : covered(height, width);
}

const families: ReadonlyMap<string, Family> = new Map<string, Family>([
  [
    'imagenet',
    {
      channels: 3,
      numbers: { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], colors: 'rgb' },
      form: middle,
    },
  ],
  ['caffe', { channels: 3, numbers: { scale: 1, mean: [104, 117, 123], colors: 'bgr' }, form: middle }],
  [
    'cifar10',
    {
      channels: 3,
      numbers: { scale: 1 / 255, mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616], colors: 'rgb' },
      form: covered,
    },
  ],
  ['mnist', { channels: 1, numbers: { scale: 1 / 255, mean: [0.1307], std: [0.3081], colors: 'gray' }, form: covered }],
]);

/** What `--preset` says of itself in `--help`. */
export const PRESETS = `${[...families.keys()].join(', ')}, or a range such as [-1,1], which black and white become`;

/** The name of a preset as it was given. Throws `UsageError` for what is none. */
export function presetName(text: string): string {
  if (families.has(text) || rangeOf(text)) return text;
  throw new UsageError(`--preset takes ${PRESETS}; found ${text}`);
}

/** The preset for an input of `shape` [C, H, W]. Throws `UsageError` where it is for pictures of another kind. */
export function presetFor(name: string, shape: Shape): Preset {
  const [channels = 0, height = 0, width = 0] = shape;
  const range = rangeOf(name);
  if (range) {
    const [black, white] = range;
    const numbers = { scale: (white - black) / 255, mean: [-black], colors: channels === 1 ? 'gray' : 'rgb' } as const;
    return { numbers, form: covered(height, width) };
  }
  const family = families.get(name)!;
  if (shape.length === 3 && channels !== family.channels) {
    const kind = family.channels === 1 ? 'grey pictures, [1, height, width]' : 'colours, [3, height, width]';
    throw new UsageError(`--preset ${name} is for ${kind}; the input is ${formatShape(shape)}`);
  }
  return { numbers: family.numbers, form: family.form(height, width) };
}

/** What black and white become; shells take brackets for a pattern, so that they may be left out. */
function rangeOf(text: string): readonly [black: number, white: number] | undefined {
  const [, black, white] = /^\[?\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\]?$/.exec(text) ?? [];
  const range = [Number(black), Number(white)] as const;
  return range.every(Number.isFinite) && range[0] < range[1] ? range : undefined;
}
