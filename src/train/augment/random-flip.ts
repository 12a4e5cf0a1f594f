// `random_flip(horizontal, vertical, probability)`, torchvision's RandomHorizontalFlip and RandomVerticalFlip in one.

import type { Pixels } from '../../../runtime/abi.ts';
import { type Augmentation, sameSize } from './augmentation.ts';

/** Each direction that is on flips with the probability, independently of the other. */
export function randomFlip(horizontal: boolean, vertical: boolean, probability: number): Augmentation {
  return (image, stream) => {
    const [across, down] = [stream.chance(probability), stream.chance(probability)];
    return flip(image, horizontal && across, vertical && down);
  };
}

/** Left and right exchanged, above and below, or both. */
export function flip(image: Pixels, horizontal: boolean, vertical: boolean): Pixels {
  if (!horizontal && !vertical) return image;
  const { data, width, height, channels } = image;
  const result = new Uint8Array(data.length);
  let at = 0;
  for (let y = 0; y < height; y++) {
    const line = (vertical ? height - 1 - y : y) * width;
    for (let x = 0; x < width; x++) {
      const from = (line + (horizontal ? width - 1 - x : x)) * channels;
      for (let channel = 0; channel < channels; channel++) result[at++] = data[from + channel]!;
    }
  }
  return sameSize(image, result);
}
