// `random_erase(probability, scale, ratio)`, torchvision's RandomErasing (Zhong et al. 2020) with the value 0.

import type { Pixels } from '../../../runtime/abi.ts';
import { type Augmentation, sameSize } from './augmentation.ts';
import { type Range, type Rectangle, randomRectangle } from './rectangle.ts';

/** Where no rectangle smaller than the image is found, nothing is erased. */
export function randomErase(probability: number, scale: Range, ratio: Range): Augmentation {
  return (image, stream) => {
    if (!stream.chance(probability)) return image;
    const found = randomRectangle([image.height, image.width], scale, ratio, stream, true);
    return found ? erase(image, found) : image;
  };
}

/** Zeros in a rectangle. */
export function erase(image: Pixels, { top, left, height, width }: Rectangle): Pixels {
  const result = Uint8Array.from(image.data);
  for (let y = top; y < top + height; y++) {
    const line = y * image.width + left;
    result.fill(0, line * image.channels, (line + width) * image.channels);
  }
  return sameSize(image, result);
}
