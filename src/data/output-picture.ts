// Outputs of a network as PNG files: numbers become pixels as pictures became numbers, the other way round, or classes of pixels are
// written as masks.

import { encode } from 'fast-png';
import type { InputSettings } from '../../compiler/ir/graph.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';

/** How pixels would become such numbers. */
export type PixelNumbers = Pick<InputSettings, 'scale' | 'mean' | 'std' | 'colors'>;

export interface DrawnNumbers {
  readonly png: Uint8Array;
  /** Numbers beyond black or white, which are drawn as these. */
  readonly clipped: number;
  /** Numbers that are NaN, which are drawn black. */
  readonly nan: number;
}

/** The numbers that are `black` and `white`. */
export const pixelRange = (black: number, white: number, colors: PixelNumbers['colors']): PixelNumbers => ({
  scale: (white - black) / 255,
  mean: [-black],
  colors,
});

/** The picture of numbers [1,H,W] or [3,H,W]: the inverse of `picturePlanes`, rounded. */
export function drawNumbers(values: Float32Array, shape: Shape, numbers: PixelNumbers): DrawnNumbers {
  const [channels, height, width] = shape as readonly [1 | 3, number, number];
  const pixels = height * width;
  const data = new Uint8Array(pixels * channels);
  let [clipped, nan] = [0, 0];
  const of = (list: readonly number[] | undefined, channel: number, otherwise: number): number =>
    list?.[list.length === 1 ? 0 : channel] ?? otherwise;
  for (let channel = 0; channel < channels; channel += 1) {
    const [mean, std] = [of(numbers.mean, channel, 0), of(numbers.std, channel, 1)];
    const target = channels === 3 && numbers.colors === 'bgr' ? 2 - channel : channel;
    for (let at = 0; at < pixels; at += 1) {
      const byte = Math.round((values[channel * pixels + at]! * std + mean) / numbers.scale);
      if (Number.isNaN(byte)) nan += 1;
      else if (byte < 0 || byte > 255) clipped += 1;
      data[at * channels + target] = Math.min(255, Math.max(0, byte));
    }
  }
  return { png: encode({ width, height, channels, depth: 8, data }), clipped, nan };
}

/** As many classes have colours in a PNG. */
export const MAX_DRAWN_CLASSES = 256;

/** A picture whose pixels are numbers of classes, as those of a data set's masks, in the colours of Pascal VOC's masks. */
export function drawClasses(data: Uint8Array, width: number, height: number, classes: number): Uint8Array {
  const palette = Array.from({ length: classes }, (_, class_) => colourOf(class_));
  return encode({ width, height, channels: 1, depth: 8, data, palette });
}

/** Of Pascal VOC's development kit: three bits of the number at a time, from the lowest on, are the highest bits of the colours. */
function colourOf(class_: number): [red: number, green: number, blue: number] {
  const colour: [number, number, number] = [0, 0, 0];
  for (let bit = 0; bit < 8; bit += 1)
    for (let channel = 0; channel < 3; channel += 1)
      colour[channel]! |= ((class_ >> (3 * bit + channel)) & 1) << (7 - bit);
  return colour;
}
