// `random_resized_crop(size, scale, ratio, filter)`, torchvision's RandomResizedCrop, after the training of Inception (Szegedy et al.
// 2015): a random rectangle of the image, resized as Pillow does.

import type { ResizeFilter } from '../../../runtime/abi.ts';
import { resize } from '../../../runtime/resize.ts';
import type { Augmentation } from './augmentation.ts';
import { cropAt } from './crop.ts';
import { type Range, type Rectangle, randomRectangle } from './rectangle.ts';

/** Where no rectangle fits, the middle, cut to the nearest allowed ratio. */
export function randomResizedCrop(
  [height, width]: readonly [number, number],
  scale: Range,
  ratio: Range,
  filter: ResizeFilter,
): Augmentation {
  return (image, stream) => {
    const size = [image.height, image.width] as const;
    const found = randomRectangle(size, scale, ratio, stream) ?? middle(size, ratio);
    return resize(cropAt(image, found.top, found.left, found.height, found.width), width, height, filter);
  };
}

/** The largest rectangle in the middle whose width / height is allowed. */
export function middle([height, width]: readonly [number, number], [low, high]: Range): Rectangle {
  const form = width / height;
  const inner =
    form < low
      ? { width, height: Math.round(width / low) }
      : form > high
        ? { width: Math.round(height * high), height }
        : { width, height };
  return { top: Math.floor((height - inner.height) / 2), left: Math.floor((width - inner.width) / 2), ...inner };
}
