// The geometry of convolutions that gather their windows: how many pixels are gathered at once, what memory they take, and how
// threads share them.

import type { Slice } from './geometry.ts';
import { registerBlock } from './register-block.ts';
import type { Target } from './target.ts';
import { sharesTiles } from './target.ts';

export interface ConvGeometry {
  readonly input: Slice;
  /** Channels, height and width of the result; where it goes is the kernel's business. */
  readonly output: Pick<Slice, 'channels' | 'height' | 'width'>;
  readonly groups: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Top and left; what lies beyond the input at the bottom and right reads as zero. */
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Distance of the input's pixels on a grid of zeros: the stride of a transposed convolution, else 1. */
  readonly inputDilation: readonly [number, number];
  readonly bias: boolean;
  /** What the filters are kept in; bf16 on vectors only. */
  readonly weights: 'f32' | 'bf16';
}

/** Products in the sum of one result: channels of a group × height × width of the window. */
export const depthOf = (spec: ConvGeometry): number =>
  (spec.input.channels / spec.groups) * spec.kernel[0] * spec.kernel[1];

/** True where every window is one pixel of the map, in order, so that nothing needs gathering. */
export function isPointwise({ kernel, stride, inputDilation, padding, input, output }: ConvGeometry): boolean {
  const ones = [...kernel, ...stride, ...inputDilation].every((value) => value === 1);
  return (
    ones && padding.every((value) => value === 0) && output.height === input.height && output.width === input.width
  );
}

/** How large a tile of gathered windows may be: near `elements`, so that it stays in cache, but `least` rows at least. */
const tileLimits = {
  1: { elements: 8_192, least: 12, most: 96 },
  4: { elements: 32_768, least: 24, most: 60 },
} as const;

/** Elements of a group's weights from which on the caches of a core no longer hold them from one tile to the next. */
const largeWeights = 2 ** 18;
/** Elements of windows in a tile where weights are large: what lies between the nearest cache and memory holds them. */
const largeTile = 2 ** 18;

/** Whether every tile reads the weights anew from beyond the caches of a core, on vectors: f64 takes longer to compute than to read. */
export const readsWeightsAnew = (spec: ConvGeometry, { lanes }: Target): boolean =>
  lanes > 1 && depthOf(spec) * (spec.output.channels / spec.groups) >= largeWeights;

/** Whether weights are brought nearer before they are multiplied: where each is used so rarely that waiting for it counts. */
export const prefetches = ({ output }: ConvGeometry, { lanes }: Target): boolean =>
  lanes > 1 && output.height * output.width <= fewPixels;

const fewPixels = 400;

/**
 * Output pixels per tile, of `pixels` in a run. In vectors few and equal tiles where the weights are large, else a divisor of the run
 * where there is one, or as in f64.
 */
export function tilePixels(spec: ConvGeometry, pixels: number, target: Target): number {
  const { lanes } = target;
  if (readsWeightsAnew(spec, target)) {
    const tiles = Math.max(1, Math.round((pixels * depthOf(spec)) / largeTile));
    return Math.ceil(pixels / tiles);
  }
  const { elements, least, most } = tileLimits[lanes];
  const { rows } = registerBlock(target);
  const fit = Math.floor(elements / depthOf(spec) / rows) * rows;
  const limit = Math.min(Math.max(fit, least), most, pixels);
  if (lanes === 1) return limit;
  for (let tile = limit; tile * 2 > limit; tile -= 1) if (pixels % tile === 0) return tile;
  return limit;
}

/** Elements of scratch memory for runs of `pixels` output pixels. */
export function gatherScratch(
  spec: ConvGeometry,
  target: Target,
  pixels = spec.output.height * spec.output.width,
): number {
  return isPointwise(spec) ? 0 : tilePixels(spec, pixels, target) * depthOf(spec);
}

/** Whether threads share the columns of a tile rather than the tiles: where there are few tiles. */
export function sharesColumns(spec: ConvGeometry, target: Target): boolean {
  const pixels = spec.output.height * spec.output.width;
  return sharesTiles(target) && spec.groups === 1 && pixels / tilePixels(spec, pixels, target) < leastTiles;
}

const leastTiles = 6;
