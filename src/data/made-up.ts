// Made-up pictures and numbers to try a network on: noise in squares of 1, 2, 4 and 8 pixels, image by image. Only integer
// arithmetic and exact divisions, so that they are the same on every machine.

import type { InputSettings } from '../../compiler/ir/graph.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';

/** `[count, ...shape]`: pixels as the settings scale them, or numbers from −1 to 1 where there are none. */
export function madeUpImages(shape: Shape, count: number, settings?: InputSettings): Float32Array {
  const [channels = 1, height = 1, width = 1] = shape;
  const values = new Float32Array(count * sizeOf(shape));
  let at = 0;
  for (let image = 0; image < count; image += 1) {
    const square = image % 4;
    for (let channel = 0; channel < channels; channel += 1) {
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1, at += 1) {
          const byte = noise(image, channel, y >> square, x >> square);
          values[at] = settings ? scaled(byte, channel, settings) : byte / 127.5 - 1;
        }
      }
    }
  }
  return values;
}

function scaled(byte: number, channel: number, { scale, mean, std }: InputSettings): number {
  const of = (list: readonly number[] | undefined, otherwise: number): number =>
    list?.[list.length === 1 ? 0 : channel] ?? otherwise;
  return (byte * scale - of(mean, 0)) / of(std, 1);
}

/** 0 … 255. */
function noise(...place: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const one of place) {
    hash = Math.imul(hash ^ one, 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  return Math.imul(hash, 0xc2b2ae35) >>> 24;
}
