// What `classify` takes and gives: the pixels of whatever the caller has, and the likeliest classes of the network's scores.

import type { ClassProbability, Pixels, Scores } from './abi.ts';
import { fileKind } from './magic.ts';
import { classOf, described } from './values.ts';

/** ImageData, or bytes of a picture as large as the input [C,H,W]. Throws TypeError or RangeError. */
export function pixelsOf(picture: unknown, shape: readonly number[]): Pixels {
  const [, inputHeight, inputWidth] = shape as readonly [number, number, number];
  const given = isBytes(picture) ? { data: picture, width: inputWidth, height: inputHeight } : Object(picture);
  const { data, width, height } = given as { data: unknown; width: unknown; height: unknown };
  if (!isBytes(data)) {
    throw new TypeError(
      `classify takes ImageData, { data, width, height } or the bytes of ${inputWidth}×${inputHeight} pixels; run takes numbers; found ${described(data ?? picture)}`,
    );
  }
  const channels = data.length / ((width as number) * (height as number));
  const isWhole = Number.isInteger(width) && Number.isInteger(height) && (width as number) > 0;
  if (!isWhole || ![1, 3, 4].includes(channels)) {
    const kind = data === picture ? fileKind(data) : undefined;
    if (kind !== undefined) throw new RangeError(`classify takes decoded pixels, but the bytes are ${kind}`);
    throw new RangeError(
      `the picture has ${data.length} bytes for ${width}×${height} pixels; expected 1 (gray), 3 (RGB) or 4 (RGBA) a pixel`,
    );
  }
  return { data, width: width as number, height: height as number, channels: channels as 1 | 3 | 4 };
}

/** The `top` likeliest classes of an image, the likeliest first. Throws RangeError where that is none. */
export function topClasses(
  values: Float32Array,
  scores: Scores,
  labels: readonly string[],
  top: number,
): ClassProbability[] {
  if (!(top >= 1)) throw new RangeError(`top is ${top}; expected 1 or more`);
  const chances = probabilities(values, scores);
  return likeliest(values, top).map((index) => ({
    label: labels[index] ?? String(index),
    probability: chances[index] as number,
  }));
}

/** Indices of the `count` largest; of equals the first, NaN last. */
export function likeliest(values: Float32Array, count: number): number[] {
  const order = [...values.keys()].filter((index) => !Number.isNaN(values[index]));
  order.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
  for (const index of values.keys()) if (Number.isNaN(values[index])) order.push(index);
  return order.slice(0, count);
}

/** Of each class, in f64: softmax, unless the network ends in one. */
export function probabilities(values: Float32Array, scores: Scores): number[] {
  if (scores === 'softmax') return [...values];
  if (scores === 'log_softmax') return Array.from(values, (value) => Math.exp(value));
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Array.from(values, (value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function isBytes(value: unknown): value is Uint8Array | Uint8ClampedArray {
  return ArrayBuffer.isView(value) && /^Uint8(Clamped)?Array$/.test(classOf(value));
}
