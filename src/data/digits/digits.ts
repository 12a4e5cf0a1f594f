// A built-in data set: handwriting-like digits, as many as are asked for, without a file. Picture i of a seed is a function of
// the seed, the split and i alone, and the pictures of `train` and `test` have no random number in common.

import type { Split } from '../dataset.ts';
import { InputError } from '../input-error.ts';
import { type LabelledImages, checkIndex, numbered } from '../labelled-images.ts';
import { streamFor } from '../random.ts';
import { drawDigit } from './draw.ts';

export interface DigitsOptions {
  readonly count: number;
  /** 0 … 2^32 − 1; 0 unless said. */
  readonly seed?: number;
  /** `train` unless said. */
  readonly split?: Split;
  /** 28 unless said. */
  readonly height?: number;
  readonly width?: number;
}

const SMALLEST = 8;
const LARGEST = 1024;
/** Pictures are kept once they are drawn, up to so many bytes. */
const MAX_KEPT_BYTES = 2 ** 28;

/** White on black, grey; picture i shows the digit i mod 10, drawn when it is asked for. Throws `InputError`. */
export function digits({ count, seed = 0, split = 'train', height = 28, width = 28 }: DigitsOptions): LabelledImages {
  if (!(Number.isInteger(count) && count >= 10 && count <= 2 ** 32))
    throw new InputError(`${count} digits cannot be drawn, expected a whole number from 10 to 2^32`);
  for (const side of [height, width]) {
    if (!(Number.isInteger(side) && side >= SMALLEST && side <= LARGEST))
      throw new InputError(
        `digits cannot be drawn on ${height}×${width} pixels, expected ${SMALLEST} to ${LARGEST} each`,
      );
  }
  const size = height * width;
  const kept = count * size <= MAX_KEPT_BYTES ? new Uint8Array(count * size) : undefined;
  const isDrawn = new Uint8Array(kept ? count : 0);
  const draw = (index: number): Uint8Array =>
    drawDigit(index % 10, streamFor('digits', seed, index, split === 'train' ? 0 : 1), height, width);
  return {
    count,
    channels: 1,
    height,
    width,
    classes: numbered(10),
    labels: Uint16Array.from({ length: count }, (_, i) => i % 10),
    image: (index) => {
      checkIndex(index, count);
      if (!kept) return draw(index);
      const picture = kept.subarray(index * size, (index + 1) * size);
      if (isDrawn[index] === 0) {
        picture.set(draw(index));
        isDrawn[index] = 1;
      }
      return picture;
    },
  };
}
