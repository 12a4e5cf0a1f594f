// Numbers as colours: 0 has the colour of the paper, numbers above it go towards one colour and those below towards another, by the
// same scale, so that what is pale is small, whatever its sign.

/** Red, green and blue, 0 … 255. */
export type Colour = readonly [number, number, number];

export interface Palette {
  readonly zero: Colour;
  readonly plus: Colour;
  readonly minus: Colour;
  /** Of what is no finite number. */
  readonly broken: Colour;
}

/** The largest size of a finite number; 0 where there is none. */
export function scaleOf(values: ArrayLike<number>): number {
  let most = 0;
  for (let at = 0; at < values.length; at += 1) {
    const size = Math.abs(values[at]!);
    if (size > most && size < Infinity) most = size;
  }
  return most;
}

/** RGBA of each number; `scale` is the size that has the full colour. */
export function coloured(values: ArrayLike<number>, scale: number, palette: Palette): Uint8ClampedArray<ArrayBuffer> {
  const { zero, plus, minus, broken } = palette;
  const pixels = new Uint8ClampedArray(4 * values.length);
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at]!;
    const share = scale > 0 ? Math.min(1, Math.abs(value) / scale) : 0;
    const end = value < 0 ? minus : plus;
    for (let part = 0; part < 3; part += 1)
      pixels[4 * at + part] = Number.isFinite(value) ? zero[part]! + share * (end[part]! - zero[part]!) : broken[part]!;
    pixels[4 * at + 3] = 255;
  }
  return pixels;
}

/** Black for 0 and white for the most, as pictures are: of values that are not negative. */
export const greyPalette: Palette = {
  zero: [0, 0, 0],
  plus: [255, 255, 255],
  minus: [80, 120, 255],
  broken: [255, 0, 200],
};
