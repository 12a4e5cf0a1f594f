// `random_rotation(degrees)`, torchvision's RandomRotation with bilinear interpolation (its own default is the nearest pixel).

import type { Pixels } from '../../../runtime/abi.ts';
import { cos, sin } from '../../../runtime/elementary.ts';
import { type Augmentation, sameSize } from './augmentation.ts';

/** By an angle uniform between −`degrees` and `degrees`, about the middle. */
export function randomRotation(degrees: number, filter?: RotationFilter): Augmentation {
  return (image, stream) => rotate(image, stream.between(-degrees, degrees), filter);
}

type RotationFilter = 'bilinear' | 'nearest';

/**
 * Turned by `degrees` against the clock about the middle, in the same size. A pixel is the bilinear mean of the four around the
 * place where it comes from, those outside being 0, rounded to the nearest byte; or the nearest of them.
 */
export function rotate(image: Pixels, degrees: number, filter: RotationFilter = 'bilinear'): Pixels {
  const { data, width, height, channels } = image;
  const angle = (degrees * Math.PI) / 180;
  const c = cos(angle);
  const s = sin(angle);
  const result = new Uint8Array(data.length);
  const tap = (x: number, y: number, channel: number): number =>
    x >= 0 && x < width && y >= 0 && y < height ? data[(y * width + x) * channels + channel]! : 0;
  let at = 0;
  for (let row = 0; row < height; row++) {
    const y = row + 0.5 - height / 2;
    for (let column = 0; column < width; column++) {
      const x = column + 0.5 - width / 2;
      const fromX = c * x - s * y + width / 2 - 0.5;
      const fromY = s * x + c * y + height / 2 - 0.5;
      const left = Math.floor(fromX);
      const top = Math.floor(fromY);
      const across = fromX - left;
      const down = fromY - top;
      for (let channel = 0; channel < channels; channel++) {
        if (filter === 'nearest') {
          result[at++] = tap(Math.floor(fromX + 0.5), Math.floor(fromY + 0.5), channel);
          continue;
        }
        const above = (1 - across) * tap(left, top, channel) + across * tap(left + 1, top, channel);
        const below = (1 - across) * tap(left, top + 1, channel) + across * tap(left + 1, top + 1, channel);
        result[at++] = Math.floor((1 - down) * above + down * below + 0.5);
      }
    }
  }
  return sameSize(image, result);
}
