// `random_crop(size, padding)`, torchvision's RandomCrop: zeros around the image, then a rectangle at a random place.

import type { Augmentation } from './augmentation.ts';
import { cropAt } from './crop.ts';

/** `padding` is top, left, bottom, right. The padded image must not be smaller than height × width. */
export function randomCrop(
  [height, width]: readonly [number, number],
  [above, before, below, behind]: readonly [number, number, number, number],
): Augmentation {
  return (image, stream) => {
    const top = stream.below(above + image.height + below - height + 1) - above;
    const left = stream.below(before + image.width + behind - width + 1) - before;
    return cropAt(image, top, left, height, width);
  };
}
