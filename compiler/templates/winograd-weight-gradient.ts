// The gradient of a convolution of stride 1 by its weight, as the adjoint of Winograd's F(m × m, r × r) in the weight:
// Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, and so ∂loss/∂g = Gᵀ[Σ (Bᵀ d B) ⊙ (A ∂loss/∂Y Aᵀ)]G, with 36 instead of 144 products for each tile of
// 4 × 4 results of a 3 × 3 filter, and 36 instead of 100 for 2 × 2 results of a 5 × 5 one (A. Lavin and S. Gray, "Fast Algorithms for
// Convolutional Neural Networks", 2016). Tiles of all images are taken in blocks; at each position of a tile, the sums of a block are
// outer products of input and output channels, which are added to those of the blocks before. Nothing depends on how threads share
// tiles and positions.
//
// A pixel that is NaN or infinite makes all taps of its channel NaN. Rounding errors are those of the largest product of a channel,
// as they are in a sum of products.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, and, buildKernel, div, fadd, i32, le, min, mul, rem, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount, Memory } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import type { Numbers } from './numbers.ts';
import { numbers } from './numbers.ts';
import { outerSums } from './outer-products.ts';
import { panelsOf, registerBlock, rowBlocks } from './register-block.ts';
import type { Target } from './target.ts';
import { buildOptions } from './target.ts';
import { spreadLength } from './winograd-filter.ts';
import { tilesOf } from './winograd-geometry.ts';
import { copyPatch } from './winograd-patch.ts';
import type { Line } from './winograd-transforms.ts';
import { lineLength, square, transformInput, transformSums, transformUpstream } from './winograd-transforms.ts';

export interface WinogradWeightGradientSpec {
  /** Of both axes. */
  readonly line: Line;
  /** The convolution's. */
  readonly input: Slice;
  /** ∂loss/∂y. */
  readonly upstream: Slice;
  /** Top and left. */
  readonly padding: readonly [number, number];
  /** Whether the taps of a window are those of the weight in opposite order. */
  readonly flip: boolean;
}

/** Transformed numbers of a block of tiles, to stay in cache, and how many tiles it has at least and at most. */
const blockLimits = { elements: 2 ** 19, least: 32, most: 512 };

function layoutOf({ line, input, upstream }: WinogradWeightGradientSpec, target: Target) {
  const { lanes } = target;
  const side = lineLength(line);
  const [positions, taps] = [side ** 2, line.filter ** 2];
  const [depth, outputs] = [input.channels, upstream.channels];
  const panels = panelsOf(outputs, registerBlock(target).columns, lanes);
  const columns = panels.full * panels.width + panels.lastWidth;
  const fit = Math.floor(blockLimits.elements / (positions * (depth + columns)));
  const tiles = Math.max(blockLimits.least, Math.min(blockLimits.most, fit - (fit % 4)));
  const [inputStride, upstreamStride, sumStride] = [tiles * depth, tiles * columns, depth * columns].map((length) =>
    spreadLength(length, lanes),
  ) as [number, number, number];
  const upstreams = positions * inputStride;
  const sums = upstreams + positions * upstreamStride;
  const length = sums + positions * sumStride;
  return {
    side,
    positions,
    taps,
    depth,
    outputs,
    panels,
    columns,
    tiles,
    inputStride,
    upstreamStride,
    sumStride,
    upstreams,
    sums,
    length,
  };
}

type Layout = ReturnType<typeof layoutOf>;

/** Elements of memory: transformed tiles and sums, which threads share, and a tile's pixels between zeros, each thread's own. */
export const winogradWeightGradientMemory = (spec: WinogradWeightGradientSpec, target: Target) => ({
  shared: layoutOf(spec, target).length,
  scratch: Math.max(lineLength(spec.line) ** 2 * spec.input.channels, spec.line.results ** 2 * spec.upstream.channels),
});

/** Products that an f32 sum adds one after the other. */
const chain = 128;

/** Multiply–adds at full speed that transforming one number of a tile takes, as measured. */
const transformCost = 5;

/** What it takes, relative to the sum of outer products at all pixels. */
export function winogradWeightGradientCost({ line, input, upstream }: WinogradWeightGradientSpec): number {
  const [positions, taps] = [lineLength(line) ** 2, line.filter ** 2];
  const [depth, outputs] = [input.channels, upstream.channels];
  const tiles = tilesOf({ form: square(line), map: upstream });
  const own = tiles * positions * (depth * outputs + transformCost * (depth + outputs));
  return own / (upstream.height * upstream.width * taps * depth * outputs);
}

interface Context {
  readonly k: BlockBuilder;
  readonly v: Numbers;
  readonly spec: WinogradWeightGradientSpec;
  readonly layout: Layout;
  readonly arena: Memory;
  /** Transformed tiles of the input [position][tile][C], of ∂loss/∂y [position][panel][tile][panel width], sums [position][C][O]. */
  readonly work: Memory;
  /** A thread's own, for one tile. */
  readonly own: Memory;
}

/** Parameters: input base, upstream base, result base, images. x [H·W, C], dy [OH·OW, O] of each image → dw [C][r][r][O]. */
export function winogradWeightGradient(name: string, spec: WinogradWeightGradientSpec, target: Target): Kernel {
  const { line, input, upstream } = spec;
  return buildKernel(
    name,
    `winograd weight gradient of conv ${line.filter}x${line.filter} ${sliceName(input)} -> ${sliceName(upstream)}`,
    (k) => {
      const v = numbers(k, target);
      const arena = k.memory('arena', 'f32');
      const work = k.memory('shared', 'f32');
      const own = k.memory('scratch', 'f32');
      const [x, dy, y, images] = [k.parameter('x'), k.parameter('dy'), k.parameter('y'), k.parameter('images')];
      const layout = layoutOf(spec, target);
      const context = { k, v, spec, layout, arena, work, own };
      const total = k.let('total', mul(images, tilesOf({ form: square(line), map: upstream })));
      const clear = (xi: Expression): void => {
        const start = k.let('z', add(mul(xi, layout.sumStride), layout.sums));
        v.each('z', layout.sumStride, (at, count) => v.store(work, add(start, at), v.constant(0), count));
      };
      k.for('xi', 0, layout.positions, clear, { parallel: true });
      const block = (first: Expression): void => {
        const count = k.let('tiles', min(layout.tiles, sub(total, first)));
        const tile = (t: Expression): void => transformTiles(context, { x, dy, at: k.let('at', add(first, t)), t });
        k.for('t', 0, count, tile, { parallel: true });
        k.barrier();
        k.for('xi', 0, layout.positions, (xi) => addProducts(context, xi, count), { parallel: true });
        k.barrier();
      };
      k.for('b', 0, total, block, { step: layout.tiles });
      k.for('c', 0, layout.depth, (c) => storeWeights(context, c, y), { parallel: true });
    },
    buildOptions(target),
  );
}

interface Tile {
  readonly x: Expression;
  readonly dy: Expression;
  /** Number of the tile among those of all images, and in its block. */
  readonly at: Expression;
  readonly t: Expression;
}

/** Bᵀ d B and A ∂loss/∂Y Aᵀ of a tile, for every channel. */
function transformTiles(context: Context, { x, dy, at, t }: Tile): void {
  const { k, v, spec, layout, work } = context;
  const { line, input, upstream, padding } = spec;
  const form = square(line);
  const { side, depth, inputStride, upstreamStride } = layout;
  const each = tilesOf({ form, map: upstream });
  const image = k.let('n', div(at, each));
  const place = k.let('place', rem(at, each));
  const across = Math.ceil(upstream.width / line.results);
  const row = k.let('row', mul(div(place, across), line.results));
  const column = k.let('column', mul(rem(place, across), line.results));

  const source = k.let('source', add(x, mul(image, input.imageStride)));
  const top = k.let('top', sub(row, padding[0]));
  const left = k.let('left', sub(column, padding[1]));
  const to = k.let('to', mul(t, depth));
  readTile(context, { map: input, side, source, top, left }, (read) =>
    v.each('c', depth, (c, count) =>
      transformInput(
        k,
        form,
        (i, j) => read(i, j, c, count),
        (i, j, value) => v.store(work, sum(to, c, (i * side + j) * inputStride), value, count),
      ),
    ),
  );

  const from = k.let('from', add(dy, mul(image, upstream.imageStride)));
  readTile(context, { map: upstream, side: line.results, source: from, top: row, left: column }, (read) =>
    eachColumn(context, t, (o, at, count) =>
      transformUpstream(
        k,
        form,
        (i, j) => read(i, j, o, count),
        (i, j, value) => v.store(work, add(at, layout.upstreams + (i * side + j) * upstreamStride), value, count),
      ),
    ),
  );
}

type ReadPixel = (i: number, j: number, channel: Expression, count: LaneCount) => Expression;

interface Square {
  readonly map: Slice;
  readonly side: number;
  readonly source: Expression;
  readonly top: Expression;
  readonly left: Expression;
}

/** `body` with the pixels of a square of a map; those outside of the map are zero. */
function readTile(
  { k, v, arena, own }: Context,
  { map, side: extent, source, top, left }: Square,
  body: (read: ReadPixel) => void,
): void {
  const origin = k.let('origin', add(source, mul(add(mul(top, map.width), left), map.pixelStride)));
  const inside = and(and(le(0, top), le(top, map.height - extent)), and(le(0, left), le(left, map.width - extent)));
  k.if(
    inside,
    () => body((i, j, c, count) => v.load(arena, sum(origin, c, (i * map.width + j) * map.pixelStride), count)),
    () => {
      copyPatch(k, v, { sides: [extent, extent], input: map }, { arena, own, patch: 0, source, top, left });
      body((i, j, c, count) => v.load(own, add(c, (i * extent + j) * map.channels), count));
    },
  );
}

/** `body` for the output channels, with the place of a tile's numbers in the panels of a position. */
function eachColumn(
  { k, v, layout }: Context,
  t: Expression,
  body: (channel: Expression, place: Expression, count: LaneCount) => void,
): void {
  const { panels, outputs, tiles } = layout;
  const { width, full, lastWidth } = panels;
  const vectors = (channel: Expression, place: Expression, count: number): void => {
    for (let lane = 0; lane < count; lane += v.lanes)
      body(add(channel, lane), add(place, lane), Math.min(v.lanes, count - lane) as LaneCount);
  };
  const panel = (at: Expression): void =>
    vectors(k.let('o', mul(at, width)), k.let('p', mul(add(mul(at, tiles), t), width)), width);
  k.for('panel', 0, full, panel);
  if (outputs > full * width)
    vectors(i32(full * width), k.let('p', add(mul(t, lastWidth), full * width * tiles)), outputs - full * width);
}

/** Adds what a block of tiles gives at one position. */
function addProducts({ k, v, layout, work }: Context, xi: Expression, count: Operand): void {
  const { depth, outputs, panels, columns, tiles } = layout;
  const { width, full, lastWidth } = panels;
  const left = k.let('v', mul(xi, layout.inputStride));
  const right = k.let('w', add(mul(xi, layout.upstreamStride), layout.upstreams));
  const result = k.let('m', add(mul(xi, layout.sumStride), layout.sums));
  for (const { from, count: blocks, height } of rowBlocks(depth, v.block.rows, v.lanes)) {
    const rows = Array.from({ length: height }, (_, i) => i);
    const tile = (row: Expression, start: Expression, column: Operand, size: number, step: number): void => {
      const place = k.let('p', sum(result, mul(row, columns), column));
      const part = (first: Expression): void => {
        const sums = outerSums(k, v, {
          ...{ left: work, rows, right: work, columns: size, pairs: 'all' },
          ...{ leftStep: depth, rightStep: step },
        });
        const length = k.let('length', min(chain, sub(count, first)));
        sums.add(sum(left, row, mul(first, depth)), add(start, mul(first, step)), length);
        sums.each((value, i, offset, lanes) => {
          const index = add(place, i * columns + offset);
          v.store(work, index, fadd(v.load(work, index, lanes), value), lanes);
        });
      };
      k.for('t', 0, count, part, { step: chain });
    };
    const block = (row: Expression): void => {
      k.for('o', 0, full * width, (o) => tile(row, k.let('q', add(right, mul(o, tiles))), o, width, width), {
        step: width,
      });
      const rest = outputs - full * width;
      if (rest > 0) tile(row, add(right, full * width * tiles), full * width, rest, lastWidth);
    };
    k.for('r', from, from + blocks * height, block, { step: height });
  }
}

/** Gᵀ M G of the sums of an input channel. */
function storeWeights({ k, v, spec, layout, arena, work }: Context, c: Expression, y: Expression): void {
  const { line, flip } = spec;
  const { side, taps, outputs, columns, sumStride, sums } = layout;
  const from = k.let('from', add(mul(c, columns), sums));
  const to = k.let('to', add(y, mul(c, taps * outputs)));
  v.each('o', outputs, (o, count) =>
    transformSums(
      k,
      square(line),
      (i, j) => v.load(work, sum(from, o, (i * side + j) * sumStride), count),
      (i, j, value) => {
        const tap = i * line.filter + j;
        v.store(arena, sum(to, o, (flip ? taps - 1 - tap : tap) * outputs), value, count);
      },
    ),
  );
}
