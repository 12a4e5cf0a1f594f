// Feature maps and filters as pictures: the channels of a value side by side in a grid, from black for the least number to
// white for the greatest, of the layer or of each map. Layer by layer as in Zeiler & Fergus, "Visualizing and Understanding
// Convolutional Networks" (2014).

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
  /** Which numbers are black and white: the least and greatest of the whole layer (default), or of each map. */
  readonly tones?: 'layer' | 'map';
}

/** A value of `shape` [C, H, W]; undefined for other shapes, which are no pictures. */
export function featureGrid(values: Float32Array, shape: Shape, options: GridOptions = {}): Raster | undefined {
  if (shape.length !== 3) return undefined;
  const [channels, height, width] = shape as readonly [number, number, number];
  const { maps = 1024, side = 48, tones = 'layer' } = options;
  const plane = height * width;
  const count = Math.min(channels, maps);
  const ofLayer = toneOf(values);
  const toneOfMap = Array.from({ length: count }, (_, map) =>
    tones === 'layer' ? ofLayer : toneOf(values.subarray(map * plane, (map + 1) * plane)),
  );
  return grid(count, height, width, 1, side, (map, y, x) => toneOfMap[map]!(values[map * plane + y * width + x]!));
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

/** The least and the greatest finite number; undefined where none is finite. */
export function rangeOf(values: Float32Array): readonly [least: number, most: number] | undefined {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return least <= most ? [least, most] : undefined;
}

/** 0 for the least finite number, 255 for the greatest; what is no number is black, equal numbers are grey. */
function toneOf(values: Float32Array): (value: number) => number {
  const [least, most] = rangeOf(values) ?? [0, 0];
  if (!(most > least)) return (value) => (Number.isFinite(value) ? 128 : 0);
  return (value) =>
    Number.isNaN(value) ? 0 : Math.round(255 * Math.min(1, Math.max(0, (value - least) / (most - least))));
}
