// `random_translation(height, width)`, Keras's RandomTranslation by whole pixels, as torchvision's RandomAffine(translate) has it.

import type { Augmentation } from './augmentation.ts';
import { cropAt } from './crop.ts';

/** Up or down by at most a share of the height, left or right by one of the width; each shift is equally likely, and zeros come in. */
export function randomTranslation(heightShare: number, widthShare: number): Augmentation {
  return (image, stream) => {
    const [down, across] = [Math.floor(heightShare * image.height), Math.floor(widthShare * image.width)];
    const top = stream.below(2 * down + 1) - down;
    const left = stream.below(2 * across + 1) - across;
    return cropAt(image, top, left, image.height, image.width);
  };
}
