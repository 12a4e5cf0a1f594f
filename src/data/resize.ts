// Bilinear resizing of 8-bit pictures as Pillow's `Image.resize(BILINEAR)` does it (src/libImaging/Resample.c), to the bit: a triangle
// filter that widens when shrinking, separable, horizontal first, 22-bit fixed-point weights, 8-bit intermediate rows.

import type { Picture } from './picture.ts';

const PRECISION_BITS = 32 - 8 - 2;

/** A picture of `width × height`; the same object when it has that size. */
export function resize(picture: Picture, width: number, height: number): Picture {
  let result = picture;
  if (width !== result.width) result = horizontal(result, width);
  if (height !== result.height) result = vertical(result, height);
  return result;
}

interface Taps {
  /** First source pixel of each result pixel. */
  readonly first: readonly number[];
  readonly weights: readonly Int32Array[];
}

function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const inverse = 1 / support;
  const first: number[] = [];
  const weights: Int32Array[] = [];
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - support + 0.5));
    const high = Math.min(from, Math.trunc(center + support + 0.5));
    const triangle = Array.from({ length: high - low }, (_, k) =>
      Math.max(0, 1 - Math.abs((k + low - center + 0.5) * inverse)),
    );
    const sum = triangle.reduce((a, b) => a + b, 0);
    first.push(low);
    weights.push(Int32Array.from(triangle, (weight) => Math.trunc(0.5 + (weight / sum) * 2 ** PRECISION_BITS)));
  }
  return { first, weights };
}

function horizontal({ width: from, height, channels, data }: Picture, width: number): Picture {
  const { first, weights } = tapsOf(from, width);
  const result = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const taps = weights[x]!;
      const start = (y * from + first[x]!) * channels;
      for (let channel = 0; channel < channels; channel++) {
        result[(y * width + x) * channels + channel] = weighted(data, start + channel, channels, taps);
      }
    }
  }
  return { width, height, channels, data: result };
}

function vertical({ width, height: from, channels, data }: Picture, height: number): Picture {
  const { first, weights } = tapsOf(from, height);
  const lineBytes = width * channels;
  const result = new Uint8Array(height * lineBytes);
  for (let y = 0; y < height; y++) {
    const start = first[y]! * lineBytes;
    for (let x = 0; x < lineBytes; x++) result[y * lineBytes + x] = weighted(data, start + x, lineBytes, weights[y]!);
  }
  return { width, height, channels, data: result };
}

function weighted(data: Uint8Array, start: number, stride: number, taps: Int32Array): number {
  let sum = 1 << (PRECISION_BITS - 1);
  for (let k = 0; k < taps.length; k++) sum += data[start + k * stride]! * taps[k]!;
  return Math.min(255, sum >> PRECISION_BITS);
}
