// Resizing with the arithmetic of Pillow, to the bit, after its src/libImaging/Resample.c and Geometry.c. Pixel centres lie at
// halves; bilinear and bicubic (a = −0.5, Keys 1981) are antialiased: their filter widens when a picture shrinks.

import type { Pixels, ResizeFilter } from './abi.ts';

/** Separable, horizontal first, with 8-bit rows in between; only the `middle`, height and width, is computed. */
export function resize(
  picture: Pixels,
  width: number,
  height: number,
  filter?: ResizeFilter,
  middle?: readonly [number, number],
): Pixels {
  return resizer(picture, width, height, filter, middle)(picture);
}

/** For many pictures of one size, whose weights are computed once. */
export function resizer(
  from: Pick<Pixels, 'width' | 'height'>,
  width: number,
  height: number,
  filter: ResizeFilter = 'bilinear',
  [rows, columns]: readonly [number, number] = [height, width],
): (picture: Pixels) => Pixels {
  const across = tapsOf(from.width, width, columns, filter);
  const down = tapsOf(from.height, height, rows, filter);
  return ({ channels, data }) => {
    const lines = across ? resizeAxis(data, from.height, from.width, channels, across) : data;
    const resized = down ? resizeAxis(lines, 1, from.height, columns * channels, down) : lines;
    return { width: columns, height: rows, channels, data: resized };
  };
}

/** What the places of a resized axis are made of. */
interface ResizeTaps {
  /** For each place the first element that it takes. */
  readonly lows: Int32Array;
  /** For each place where its weights begin, and at the end how many there are. */
  readonly starts: Int32Array;
  /** With 22 bits behind the point. */
  readonly weights: Int32Array;
}

/** Of the `shown` places in the middle; undefined where all stay. */
function tapsOf(from: number, to: number, shown: number, filter: ResizeFilter): ResizeTaps | undefined {
  if (from === to && shown === to) return undefined;
  const first = roundToEven((to - shown) / 2);
  return filter === 'nearest' || from === to
    ? nearestTaps(from, to, first, shown)
    : blendedTaps(from, to, first, shown, filter);
}

/** Each place takes the element that it lies in. */
function nearestTaps(from: number, to: number, first: number, shown: number): ResizeTaps {
  const lows = new Int32Array(shown);
  const step = from / to;
  let place = step * 0.5;
  for (let i = -first; i < shown; i++, place += step) if (i >= 0) lows[i] = Math.min(from - 1, Math.floor(place));
  const starts = Int32Array.from({ length: shown + 1 }, (_, i) => i);
  return { lows, starts, weights: new Int32Array(shown).fill(2 ** 22) };
}

/** Weighted means. */
function blendedTaps(from: number, to: number, first: number, shown: number, filter: ResizeFilter): ResizeTaps {
  const [radius, weightAt] = filter === 'bicubic' ? [2, cubic] : [1, triangle];
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = radius * stretch;
  const inverse = 1 / stretch;
  const most = Math.ceil(2 * support) + 1;
  const [lows, starts] = [new Int32Array(shown), new Int32Array(shown + 1)];
  const weights = new Int32Array(shown * most);
  const curve = new Float64Array(most);
  let count = 0;
  for (let i = 0; i < shown; i++) {
    const center = (first + i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    let total = 0;
    for (let k = low; k < end; k++) total += curve[k - low] = weightAt((k - center + 0.5) * inverse);
    for (let k = low; k < end; k++) {
      const weight = curve[k - low] as number;
      weights[count++] = Math.trunc((weight < 0 ? -0.5 : 0.5) + (weight / total) * 2 ** 22);
    }
    lows[i] = low;
    starts[i + 1] = count;
  }
  return { lows, starts, weights };
}

/** Of bytes [outer, from, inner] the middle axis becomes what `taps` say. */
function resizeAxis(data: Pixels['data'], outer: number, from: number, inner: number, taps: ResizeTaps): Uint8Array {
  const { lows, starts, weights } = taps;
  const to = lows.length;
  const result = new Uint8Array(outer * to * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < to; i++) {
      const first = (o * from + (lows[i] as number)) * inner;
      const [start, end] = [starts[i] as number, starts[i + 1] as number];
      if (end - start === 2) {
        // A picture that grows has hardly anything else.
        const [left, right] = [weights[start] as number, weights[start + 1] as number];
        for (let j = first; j < first + inner; j++) {
          const sum = Math.imul(data[j] as number, left) + Math.imul(data[j + inner] as number, right);
          result[at++] = byteOf(sum + (1 << 21));
        }
        continue;
      }
      for (let j = first; j < first + inner; j++) {
        let sum = 1 << 21;
        for (let k = start, source = j; k < end; k++, source += inner)
          sum = (sum + Math.imul(data[source] as number, weights[k] as number)) | 0;
        result[at++] = byteOf(sum);
      }
    }
  }
  return result;
}

function byteOf(sum: number): number {
  const value = sum >> 22;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function triangle(x: number): number {
  return Math.max(0, 1 - Math.abs(x));
}

function cubic(x: number): number {
  const a = -0.5;
  const distance = Math.abs(x);
  if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  return distance < 2 ? (((distance - 5) * distance + 8) * distance - 4) * a : 0;
}

/** Halves go to the even neighbour, as Python's `round` does. */
export function roundToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}
