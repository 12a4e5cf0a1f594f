// Resizing with the arithmetic of Pillow, to the bit, after its src/libImaging/Resample.c and Geometry.c. Pixel centres lie at
// halves; bilinear and bicubic (a = −0.5, Keys 1981) are antialiased: their filter widens when a picture shrinks.

import type { Pixels, ResizeFilter } from './abi.ts';

/** Separable, horizontal first, with 8-bit rows in between. */
export function resize(picture: Pixels, width: number, height: number, filter: ResizeFilter = 'bilinear'): Pixels {
  const { channels } = picture;
  let { data } = picture;
  const resizeAxis = filter === 'nearest' ? repeatAxis : blendAxis;
  if (width !== picture.width) {
    data = resizeAxis(data, picture.height, picture.width, width, channels, filter);
  }
  if (height !== picture.height) {
    data = resizeAxis(data, 1, picture.height, height, width * channels, filter);
  }
  return { width, height, channels, data };
}

/** Of bytes [outer, from, inner] the middle axis becomes `to` long: each place takes the element that it lies in. */
function repeatAxis(data: Pixels['data'], outer: number, from: number, to: number, inner: number): Uint8Array {
  const result = new Uint8Array(outer * to * inner);
  const step = from / to;
  let place = step * 0.5;
  for (let i = 0; i < to; i++, place += step) {
    const nearest = Math.min(from - 1, Math.floor(place));
    for (let o = 0; o < outer; o++) {
      const start = (o * from + nearest) * inner;
      for (let j = 0; j < inner; j++) result[(o * to + i) * inner + j] = data[start + j] as number;
    }
  }
  return result;
}

/** The same with weighted means. Weights have 22 bits behind the point. */
function blendAxis(
  data: Pixels['data'],
  outer: number,
  from: number,
  to: number,
  inner: number,
  filter: ResizeFilter,
): Uint8Array {
  const result = new Uint8Array(outer * to * inner);
  const [radius, weightAt] = filter === 'bicubic' ? [2, cubic] : [1, triangle];
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = radius * stretch;
  const inverse = 1 / stretch;
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const high = Math.min(from, Math.trunc(center + support + 0.5));
    const curve = Array.from({ length: high - low }, (_, k) => weightAt((k + low - center + 0.5) * inverse));
    const total = curve.reduce((a, b) => a + b, 0);
    const weights = Int32Array.from(curve, (weight) =>
      Math.trunc((weight < 0 ? -0.5 : 0.5) + (weight / total) * 2 ** 22),
    );
    for (let o = 0; o < outer; o++) {
      const start = (o * from + low) * inner;
      for (let j = 0; j < inner; j++) {
        let sum = 1 << 21;
        for (let k = 0; k < weights.length; k++)
          sum += (data[start + k * inner + j] as number) * (weights[k] as number);
        result[(o * to + i) * inner + j] = Math.max(0, Math.min(255, sum >> 22));
      }
    }
  }
  return result;
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
