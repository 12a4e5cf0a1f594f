// The steps of `augment` in a row, checked against the size of the images, with a stream of random numbers for each image of each
// epoch, so that an image is changed in the same way whatever thread has it, and in whatever order.

import type { Choice } from '../../../compiler/frontend/sections/train.ts';
import type { Pixels, ResizeFilter } from '../../../runtime/abi.ts';
import { resizer } from '../../../runtime/resize.ts';
import { InputError } from '../../data/input-error.ts';
import { MAX_PIXELS } from '../../data/picture-limits.ts';
import { streamFor } from '../../data/random.ts';
import type { Augmentation } from './augmentation.ts';
import { colorJitter } from './color-jitter.ts';
import { randomCrop } from './random-crop.ts';
import { randomErase } from './random-erase.ts';
import { randomFlip } from './random-flip.ts';
import { randomResizedCrop } from './random-resized-crop.ts';
import { randomRotation } from './random-rotation.ts';
import { randomTranslation } from './random-translation.ts';
import type { Range } from './rectangle.ts';

export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

export interface Augmenter {
  /** Of the images that come out. */
  readonly size: ImageSize;
  /** Image `index` of the data set as epoch `epoch` sees it; all three are whole numbers from 0 to 2^32 − 1. */
  augment(image: Pixels, seed: number, epoch: number, index: number): Pixels;
}

/**
 * All steps for images of one size. Of `classes`, a byte for each pixel of a picture, they go where the picture's pixels go: none are mixed,
 * none changes its number, and where no pixel comes from there is class 0. Throws `InputError` where a step cannot be done with what the
 * one before makes.
 */
export function augmenter(
  steps: readonly Choice[],
  size: ImageSize,
  of: 'pictures' | 'classes' = 'pictures',
): Augmenter {
  let [out, done] = [size, [] as readonly Augmentation[]];
  for (const step of steps) {
    const made = of === 'classes' ? buildForClasses(step, out) : build(step, out);
    if (made.size.height * made.size.width > MAX_PIXELS)
      throw new InputError(
        `${step.name} would make images of ${formatSize(made.size)} pixels, more than ${MAX_PIXELS / 1e6} million`,
        { limit: true },
      );
    [out, done] = [made.size, [...done, made.step]];
  }
  return {
    size: out,
    augment: (image, seed, epoch, index) => {
      const stream = streamFor('augment', seed, epoch, index);
      return done.reduce((changed, step) => step(changed, stream), image);
    },
  };
}

/** A step draws the same random numbers as for pictures. */
function buildForClasses(choice: Choice, size: ImageSize): { size: ImageSize; step: Augmentation } {
  const { name, arguments: given } = choice;
  if (name === 'random_rotation') return { size, step: randomRotation(given['degrees'] as number, 'nearest') };
  const made = build({ ...choice, arguments: { ...given, ...('filter' in given && { filter: 'nearest' }) } }, size);
  const changesColours = name === 'random_erase' || name === 'color_jitter';
  if (!changesColours) return made;
  return {
    size,
    step(image, stream) {
      made.step(image, stream);
      return image;
    },
  };
}

function build({ name, arguments: given }: Choice, size: ImageSize): { size: ImageSize; step: Augmentation } {
  const number = (key: string): number => given[key] as number;
  const range = (key: string): Range => given[key] as unknown as Range;
  const [height = 0, width = 0] = (given['size'] ?? []) as readonly number[];
  const filter = given['filter'] as ResizeFilter;
  switch (name) {
    case 'resize':
      return { size: { height, width }, step: resizer(size, width, height, filter) };
    case 'random_crop':
      return {
        size: { height, width },
        step: randomCrop([height, width], checkedPadding(given['padding'], size, { height, width })),
      };
    case 'random_resized_crop':
      return {
        size: { height, width },
        step: randomResizedCrop([height, width], range('scale'), range('ratio'), filter),
      };
    case 'random_flip':
      return {
        size,
        step: randomFlip(given['horizontal'] === true, given['vertical'] === true, number('probability')),
      };
    case 'random_rotation':
      return { size, step: randomRotation(number('degrees')) };
    case 'random_translation':
      return { size, step: randomTranslation(number('height'), number('width')) };
    case 'random_erase':
      return { size, step: randomErase(number('probability'), range('scale'), range('ratio')) };
    case 'color_jitter':
      return { size, step: colorJitter(number('brightness'), number('contrast'), number('saturation'), number('hue')) };
    default:
      throw new RangeError(`${name} is no step of augment`);
  }
}

/** Top, left, bottom, right. */
function checkedPadding(
  padding: unknown,
  size: ImageSize,
  wanted: ImageSize,
): readonly [number, number, number, number] {
  if (!Array.isArray(padding))
    throw new InputError('random_crop needs its padding in pixels, such as padding: 4; `same` is for convolutions');
  const [top, left, bottom, right] = padding as [number, number, number, number];
  const padded = { height: top + size.height + bottom, width: left + size.width + right };
  if (wanted.height > padded.height || wanted.width > padded.width) {
    throw new InputError(
      `random_crop: ${formatSize(wanted)} does not fit into images of ${formatSize(padded)} pixels, padding included`,
    );
  }
  return [top, left, bottom, right];
}

function formatSize({ height, width }: ImageSize): string {
  return `${height}×${width}`;
}
