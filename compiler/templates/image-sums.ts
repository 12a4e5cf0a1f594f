// Sums over all pixels of some images, channel by channel. Where a pixel has few channels, their sums stay in registers; else maps
// are read in the order in which they lie, tile by tile, and sums that grow are kept in memory, level by level as in sums.ts.

import type { ScalarExpression } from '../ir/scalar.ts';
import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, fadd, i32, min, mul, sum } from '../kernel/builder.ts';
import type { Expression, LaneCount, Memory } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import type { Numbers } from './numbers.ts';
import { lowerScalars } from './scalar.ts';
import { blockedSums, blockTerms } from './sums.ts';

/** What is added up is computed from these: a map of every image, or numbers of no image, one for each channel or one for all. */
export type SumOperand =
  | { readonly kind: 'map'; readonly memory: Memory; readonly base: Expression; readonly slice: Slice }
  | { readonly kind: 'channels' | 'one'; readonly memory: Memory; readonly base: Expression };

export interface ImageSums {
  /** Of the maps. */
  readonly channels: number;
  readonly pixels: number;
  readonly operands: readonly SumOperand[];
  /** What is added up, a sum each: x is the first operand, channel(i) number i. */
  readonly expressions: readonly ScalarExpression[];
}

/** Rows of a number per channel, one for each sum. */
export interface Rows {
  readonly memory: Memory;
  readonly index: Expression;
}

/** Channels from which on maps are read in their order. */
const manyChannels = 32;

/** Rows in which sums grow, besides those of the result. */
const levels = 3;

type Extent = Pick<ImageSums, 'channels' | 'pixels'>;

const isTiled = ({ channels, pixels }: Extent, lanes: 1 | 4): boolean =>
  lanes > 1 && channels >= manyChannels && pixels > blockTerms;

/** Elements of each thread's own memory. */
export const imageSumsScratch = (extent: Extent, sums: number, lanes: 1 | 4): number =>
  isTiled(extent, lanes) ? levels * sums * extent.channels : 0;

/** Images from `first` to below `end`. */
export interface ImageRange {
  readonly first: Expression;
  readonly end: Expression;
}

/** Stores the sums over some images in rows. `scratch` is each thread's own. */
export function sumImages(
  k: BlockBuilder,
  v: Numbers,
  sums: ImageSums,
  images: ImageRange,
  rows: Rows,
  scratch: Memory | undefined,
): void {
  const summing = { k, v, sums, images, rows };
  if (scratch && isTiled(sums, v.lanes)) sumByTiles(summing, scratch);
  else sumByColumns(summing);
}

interface Summing {
  readonly k: BlockBuilder;
  readonly v: Numbers;
  readonly sums: ImageSums;
  readonly images: ImageRange;
  readonly rows: Rows;
}

/** Some channels at a time, of all images. */
function sumByColumns({ k, v, sums, images: { first, end }, rows }: Summing): void {
  const { pixels } = sums;
  eachBlock(k, v, sums, (block) => {
    const totals = blockedSums(k, v, { from: first, to: end, most: 256 }, block.count, (n) => {
      const terms = block.termsOf(n);
      return blockedSums(k, v, { from: 0, to: pixels, most: pixels }, block.count, terms);
    });
    block.each((place, at, lanes) => v.store(rows.memory, add(rows.index, place), totals[at]!, lanes));
  });
}

/** All channels of some pixels at a time. The sums of a run of tiles, of an image and of a block of images are rows of their own. */
function sumByTiles({ k, v, sums, images: { first, end }, rows }: Summing, scratch: Memory): void {
  const { channels, pixels, expressions } = sums;
  const length = expressions.length * channels;
  const [ofRun, ofImage, ofImages] = Array.from({ length: levels }, (_, level) => ({
    memory: scratch,
    index: i32(level * length),
  })) as [Rows, Rows, Rows];
  for (const row of [ofRun, ofImage, ofImages, rows])
    v.each('c', length, (c, count) => v.store(row.memory, add(row.index, c), v.constant(0), count));
  /** Adds rows to others, and clears them. */
  const carry = (from: Rows, to: Rows): void =>
    v.each('c', length, (c, count) => {
      const [source, place] = [add(from.index, c), add(to.index, c)];
      v.store(to.memory, place, fadd(v.load(to.memory, place, count), v.load(from.memory, source, count)), count);
      v.store(from.memory, source, v.constant(0), count);
    });
  /** Calls `body` for runs of `size` from `from` on, with their ends. */
  const inRuns = (
    from: Operand,
    to: Operand,
    size: number,
    body: (start: Expression, stop: Expression) => void,
  ): void => k.for('i', from, to, (start) => body(start, k.let('end', min(add(start, size), to))), { step: size });
  const size = blockTerms * Math.ceil(pixels / blockTerms ** 3);
  const sumTile = (n: Expression, from: Expression, to: Expression): void =>
    eachBlock(k, v, sums, (block) => {
      const totals = blockedSums(k, v, { from, to, most: size }, block.count, block.termsOf(n));
      block.each((place, at, lanes) =>
        v.store(scratch, place, fadd(v.load(scratch, place, lanes), totals[at]!), lanes),
      );
    });
  const sumImage = (n: Expression): void => {
    inRuns(0, pixels, blockTerms * size, (start, stop) => {
      inRuns(start, stop, size, (from, to) => sumTile(n, from, to));
      carry(ofRun, ofImage);
    });
    carry(ofImage, ofImages);
  };
  inRuns(first, end, blockTerms, (start, stop) => {
    k.for('n', start, stop, sumImage);
    carry(ofImages, rows);
  });
}

/** Channels that are summed in registers, a sum for each expression. */
interface Block {
  /** Registers. */
  readonly count: number;
  /** From the number of an image to what a pixel of it adds. */
  termsOf(n: Expression): (pixel: Expression) => readonly Expression[];
  /** Calls `visit` with the place in the rows of each sum, and its number. */
  each(visit: (place: Expression, at: number, lanes: LaneCount) => void): void;
}

/** Calls `body` for all blocks of channels. */
function eachBlock(k: BlockBuilder, v: Numbers, sums: ImageSums, body: (block: Block) => void): void {
  const { channels, operands, expressions } = sums;
  const repeated = operands.filter(({ kind }) => kind !== 'map').length;
  const columns = (expressions.length + repeated > 2 ? 2 : 4) * v.lanes;
  const full = Math.floor(channels / columns) * columns;
  k.for('c', 0, full, (c) => body(blockAt(k, v, sums, c, columns)), { step: columns });
  k.for('c', full, channels, (c) => body(blockAt(k, v, sums, c, channels - full)), { step: columns });
}

function blockAt(k: BlockBuilder, v: Numbers, sums: ImageSums, c: Expression, extent: number): Block {
  const { channels, operands, expressions } = sums;
  const parts = v.parts(extent).map(({ at, count }) => ({ channel: add(c, at), lanes: count }));
  // What all pixels share is read once.
  const shared = operands.map(({ kind, memory, base }) =>
    kind === 'map'
      ? undefined
      : parts.map(({ channel, lanes }) =>
          k.let('v', kind === 'one' ? v.broadcast(memory, base) : v.load(memory, add(base, channel), lanes)),
        ),
  );
  return {
    count: parts.length * expressions.length,
    termsOf(n) {
      const starts = operands.map((one) =>
        one.kind === 'map' ? k.let('xn', add(one.base, mul(n, one.slice.imageStride))) : one.base,
      );
      return (pixel) =>
        parts.flatMap(({ channel, lanes }, at) => {
          const values = operands.map((one, i) => {
            if (one.kind !== 'map') return shared[i]![at]!;
            return k.let('v', v.load(one.memory, sum(starts[i]!, mul(pixel, one.slice.pixelStride), channel), lanes));
          });
          return lowerScalars(k, v, expressions, values[0]!, values.slice(1)).map((term) => k.let('t', term));
        });
    },
    each: (visit) =>
      parts.forEach(({ channel, lanes }, at) =>
        expressions.forEach((_, i) => visit(add(channel, i * channels), at * expressions.length + i, lanes)),
      ),
  };
}
