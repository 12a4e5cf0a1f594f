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
  const lineBytes = width * channels;
  for (let y = 0; y < height; y++) {
    const line = (vertical ? height - 1 - y : y) * lineBytes;
    const place = y * lineBytes;
    if (!horizontal) result.set(data.subarray(line, line + lineBytes), place);
    else mirror(data, line, lineBytes, channels, result, place);
  }
  return sameSize(image, result);
}

/** Writes the pixels of a line from its last to its first. */
function mirror(
  from: Pixels['data'],
  line: number,
  lineBytes: number,
  channels: number,
  to: Uint8Array,
  place: number,
): void {
  if (channels === 1) {
    for (let i = 0, last = line + lineBytes - 1; i < lineBytes; i++) to[place + i] = from[last - i]!;
    return;
  }
  for (let i = 0, source = line + lineBytes - channels; i < lineBytes; i += channels, source -= channels)
    for (let channel = 0; channel < channels; channel++) to[place + i + channel] = from[source + channel]!;
}
