// Feature maps and filters as pictures: the channels of a value side by side in a grid, black for the least number of all
// and white for the greatest. Layer by layer as in Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks" (2014).

import { encode } from 'fast-png';
import type { Shape } from '../../compiler/ir/tensor-type.ts';

/** 8 bits a sample, rows top to bottom, channels interleaved. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

export interface GridOptions {
  /** Draws no more maps than this. Default: 1024. */
  readonly maps?: number;
  /** Maps are enlarged by whole factors until their longer side has this many pixels. Default: 48. */
  readonly side?: number;
}

/** A value of `shape` [C, H, W]; undefined for other shapes, which are no pictures. */
export function featureGrid(values: Float32Array, shape: Shape, options: GridOptions = {}): Raster | undefined {
  if (shape.length !== 3) return undefined;
  const [channels, height, width] = shape as readonly [number, number, number];
  const { maps = 1024, side = 48 } = options;
  const tone = toneOf(values);
  return grid(Math.min(channels, maps), height, width, 1, side, (map, y, x) =>
    tone(values[(map * height + y) * width + x]!),
  );
}

/**
 * Filters of `shape` [O, I, KH, KW]: in colour where I is 3; otherwise every input channel of every filter is a map of its
 * own. Undefined for other shapes.
 */
export function filterGrid(values: Float32Array, shape: Shape, options: GridOptions = {}): Raster | undefined {
  if (shape.length !== 4) return undefined;
  const [filters, inputs, height, width] = shape as readonly [number, number, number, number];
  const { maps = 1024, side = 48 } = options;
  const tone = toneOf(values);
  const at = (filter: number, input: number, y: number, x: number): number =>
    tone(values[((filter * inputs + input) * height + y) * width + x]!);
  if (inputs === 3)
    return grid(Math.min(filters, maps), height, width, 3, side, (map, y, x, color) => at(map, color, y, x));
  const count = Math.min(filters * inputs, maps);
  return grid(count, height, width, 1, side, (map, y, x) => at(Math.floor(map / inputs), map % inputs, y, x));
}

/** The picture that a network saw: an input [1, H, W] or [3, H, W], spread over all tones. */
export function inputPicture(values: Float32Array, shape: Shape): Raster | undefined {
  const [channels, height, width] = shape;
  if (shape.length !== 3 || (channels !== 1 && channels !== 3)) return undefined;
  const tone = toneOf(values);
  const plane = height! * width!;
  const data = new Uint8Array(values.length);
  for (let pixel = 0; pixel < plane; pixel += 1) {
    for (let color = 0; color < channels; color += 1)
      data[pixel * channels + color] = tone(values[color * plane + pixel]!);
  }
  return { width: width!, height: height!, channels, data };
}

/** The bytes of a PNG file. */
export function png({ width, height, channels, data }: Raster): Uint8Array {
  return encode({ width, height, channels, depth: 8, data });
}

/** Between maps, in pixels. */
const gutter = 2;
const gutterTone = 64;

function grid(
  maps: number,
  height: number,
  width: number,
  channels: 1 | 3,
  side: number,
  toneAt: (map: number, y: number, x: number, color: number) => number,
): Raster {
  const scale = Math.max(1, Math.floor(side / Math.max(height, width)));
  const [wide, high] = [width * scale + gutter, height * scale + gutter];
  const columns = Math.max(1, Math.ceil(Math.sqrt((maps * high) / wide)));
  const rows = Math.ceil(maps / columns);
  const size = { width: columns * wide + gutter, height: rows * high + gutter };
  const data = new Uint8Array(size.width * size.height * channels).fill(gutterTone);
  for (let map = 0; map < maps; map += 1) {
    const [left, top] = [(map % columns) * wide + gutter, Math.floor(map / columns) * high + gutter];
    for (let y = 0; y < height * scale; y += 1) {
      for (let x = 0; x < width * scale; x += 1) {
        const pixel = ((top + y) * size.width + left + x) * channels;
        for (let color = 0; color < channels; color += 1) {
          data[pixel + color] = toneAt(map, Math.floor(y / scale), Math.floor(x / scale), color);
        }
      }
    }
  }
  return { ...size, channels, data };
}

/** 0 for the least finite number, 255 for the greatest; what is no number is black, equal numbers are grey. */
function toneOf(values: Float32Array): (value: number) => number {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (!(most > least)) return (value) => (Number.isFinite(value) ? 128 : 0);
  return (value) =>
    Number.isNaN(value) ? 0 : Math.round(255 * Math.min(1, Math.max(0, (value - least) / (most - least))));
}
