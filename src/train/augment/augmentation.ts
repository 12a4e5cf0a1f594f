// What a step of `augment` is: an image and random numbers in, an image out. The image that comes in is never changed.

import type { Pixels } from '../../../runtime/abi.ts';
import type { RandomStream } from '../../data/random.ts';

/** Of [H,W,C] bytes, C being 1 or 3. What it draws from the stream does not depend on the bytes. */
export type Augmentation = (image: Pixels, stream: RandomStream) => Pixels;

/** Another picture of the same size. */
export function sameSize({ width, height, channels }: Pixels, data: Uint8Array): Pixels {
  return { width, height, channels, data };
}
