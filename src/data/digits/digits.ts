// A built-in data set: handwriting-like digits, as many as are asked for, without a file. Picture i of a seed is a function of
// the seed, the split and i alone, and the pictures of `train` and `test` have no random number in common.

import type { Split } from '../dataset.ts';
import { InputError } from '../input-error.ts';
import type { KeptPictures, LabelledImages } from '../labelled-images.ts';
import { checkIndex, inSharedMemory, numbered } from '../labelled-images.ts';
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

/**
 * White on black, grey; picture i shows the digit i mod 10, drawn when it is asked for, unless it is among the `drawn`. Throws
 * `InputError`.
 */
export function digits(
  { count, seed = 0, split = 'train', height = 28, width = 28 }: DigitsOptions,
  drawn?: KeptPictures,
): LabelledImages {
  if (!(Number.isInteger(count) && count >= 10 && count <= 2 ** 32))
    throw new InputError(`${count} digits cannot be drawn, expected a whole number from 10 to 2^32`);
  for (const side of [height, width]) {
    if (!(Number.isInteger(side) && side >= SMALLEST && side <= LARGEST))
      throw new InputError(
        `digits cannot be drawn on ${height}×${width} pixels, expected ${SMALLEST} to ${LARGEST} each`,
      );
  }
  const size = height * width;
  let kept = drawn;
  if (!kept && count * size <= MAX_KEPT_BYTES)
    kept = { pictures: new Uint8Array(count * size), isDrawn: new Uint8Array(count) };
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
      const { pictures, isDrawn } = kept;
      const picture = pictures.subarray(index * size, (index + 1) * size);
      // What another thread has written is seen with its mark; where two draw at once, both write the same.
      if (Atomics.load(isDrawn, index) === 0) {
        picture.set(draw(index));
        Atomics.store(isDrawn, index, 1);
      }
      return picture;
    },
    share() {
      if (kept) kept = { pictures: inSharedMemory(kept.pictures), isDrawn: inSharedMemory(kept.isDrawn) };
      return { kind: 'digits', options: { count, seed, split, height, width }, ...(kept && { kept }) };
    },
  };
}
