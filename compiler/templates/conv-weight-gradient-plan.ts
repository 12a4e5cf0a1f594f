// What follows from the geometry of a convolution for the gradient of its weight: how images are cut into chunks, what is kept in
// memory.

import { mostChunks } from './chunks.ts';
import type { Slice } from './geometry.ts';
import { paddedLength } from './padded-map.ts';
import { registerBlock } from './register-block.ts';
import type { Target } from './target.ts';

export interface ConvWeightGradientSpec {
  /** The convolution's. */
  readonly input: Slice;
  /** ∂loss/∂y. */
  readonly upstream: Slice;
  readonly groups: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Top and left; what lies beyond the input at the bottom and right reads as zero. */
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Whether the taps of a window are those of the weight in opposite order. */
  readonly flip: boolean;
}

/** Numbers of all chunks' sums together, 4 MiB, unless one chunk's are more. */
const mostPartial = 2 ** 20;
/** Pixels that a chunk has at least, so that adding chunks takes little of the time, if these are not too many images. */
const leastPixels = 1024;
const mostLeastImages = 16;
/** Pieces of work that threads share at least, where there are as many. */
const leastPieces = 16;
/** Elements from a pixel of ∂loss/∂y to the next, and rows of weights, from which on a panel's columns are copied side by side. */
const farPixels = 16;
const manyRows = 40;

/** What follows from the geometry. */
export function planOf({ input, upstream, groups, kernel }: ConvWeightGradientSpec, target: Target) {
  const [depth, share] = [input.channels / groups, upstream.channels / groups];
  const taps = kernel[0] * kernel[1];
  const rows = taps * depth;
  const length = rows * upstream.channels;
  const chunks = Math.max(1, Math.min(mostChunks, Math.floor(mostPartial / length)));
  const pixels = upstream.height * upstream.width;
  const least = Math.min(mostLeastImages, Math.ceil(leastPixels / pixels));
  const isDepthwise = groups > 1 && depth === 1 && share === 1;
  const isPacked = target.lanes > 1 && !isDepthwise && upstream.pixelStride > farPixels && rows >= manyRows;
  return { depth, share, taps, rows, length, pixels, chunks, least, isDepthwise, isPacked, target };
}

export type Plan = ReturnType<typeof planOf>;

/** The convolution that this is the gradient of, as a map that its windows read. */
export const windowed = (spec: ConvWeightGradientSpec) => ({ ...spec, output: spec.upstream });

/** Elements of a thread's own memory: a padded image, then some of the columns of ∂loss/∂y. */
export function ownLength(spec: ConvWeightGradientSpec, target: Target): number {
  const { pixels, isPacked } = planOf(spec, target);
  return paddedLength(windowed(spec)) + (isPacked ? pixels * registerBlock(target).columns : 0);
}

/** Elements of memory: the sums of chunks, which threads share; without threads they lie behind what is a thread's own. */
export function convWeightGradientMemory(
  spec: ConvWeightGradientSpec,
  target: Target,
): { readonly shared?: number; readonly scratch: number } {
  const { chunks, length } = planOf(spec, target);
  const own = ownLength(spec, target);
  return target.threads ? { shared: chunks * length, scratch: own } : { scratch: own + chunks * length };
}

/** Into how many pieces the output channels are cut: enough that threads share the work where there are few chunks. */
export function piecesOf({ groups }: ConvWeightGradientSpec, { chunks, least, target }: Plan, panels: number): number {
  if (!target.threads || groups > 1 || panels < 2) return 1;
  return Math.min(panels, Math.max(Math.ceil(leastPieces / chunks), least > 1 ? 2 : 1));
}
