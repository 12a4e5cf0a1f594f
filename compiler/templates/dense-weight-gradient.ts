// The gradient of a dense layer by its weight: the sum over the images of the outer products of its input and of ∂loss/∂y. Threads
// share blocks of features, each of which takes all images, so that there is nothing to add afterwards.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, buildKernel, div, fadd, i32, min, mul, rem, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount, Memory } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import type { Numbers } from './numbers.ts';
import { numbers } from './numbers.ts';
import { outerSums } from './outer-products.ts';
import { panelsOf, registerBlock, rowBlocks } from './register-block.ts';
import type { Target } from './target.ts';
import { buildOptions } from './target.ts';

export interface DenseWeightGradientSpec {
  /** The layer's; the features of a map are in NCHW order. */
  readonly input: Slice;
  /** ∂loss/∂y, one pixel. */
  readonly upstream: Slice;
}

/** Images whose products are added one after the other in f32. */
const chain = 256;
/**
 * Blocks of features that share a copy of some columns of ∂loss/∂y, and are copied themselves: images lie too far apart, often by
 * powers of two, to stay in a cache together.
 */
const sharing = 8;
/** Outputs and features from which on there are such copies. */
const manyOutputs = 64;
const manyFeatures = 512;

const isPacked = ({ input, upstream }: DenseWeightGradientSpec, { lanes }: Target): boolean =>
  lanes > 1 && isDense(input) && upstream.channels >= manyOutputs && featuresOf(input) >= manyFeatures;

const featuresOf = ({ channels, height, width }: Slice): number => channels * height * width;

/** Whether all features of an image lie side by side. */
const isDense = ({ channels, height, width, pixelStride }: Slice): boolean =>
  pixelStride === channels || height * width === 1;

/** Elements of each thread's own memory. */
export function denseWeightGradientScratch(spec: DenseWeightGradientSpec, target: Target): number {
  const { rows, columns } = registerBlock(target);
  return isPacked(spec, target) ? chain * (columns + sharing * rows) : 0;
}

/** Parameters: input base, upstream base, result base, images. x [I], dy [O] of each image → dw [I][O]. */
export function denseWeightGradient(name: string, spec: DenseWeightGradientSpec, target: Target): Kernel {
  const { input, upstream } = spec;
  const { channels: outputs } = upstream;
  const pixels = input.height * input.width;
  return buildKernel(
    name,
    `weight gradient of dense ${sliceName(input)} -> ${outputs}`,
    (k) => {
      const v = numbers(k, target);
      const arena = k.memory('arena', 'f32');
      const scratch = isPacked(spec, target) ? k.memory('scratch', 'f32') : undefined;
      const [x, dy, y, images] = [k.parameter('x'), k.parameter('dy'), k.parameter('y'), k.parameter('images')];
      const tile = (block: Block, right: Columns, run: Run): void =>
        sumTile(k, v, spec, { arena, y }, block, right, run);
      for (const { from, count, height } of rowBlocks(
        isDense(input) ? featuresOf(input) : input.channels,
        v.block.rows,
        v.lanes,
      )) {
        const own = { height, memory: arena, step: input.imageStride };
        const blockAt = (piece: Expression): Block => {
          if (isDense(input)) {
            const feature = k.let('at', add(mul(piece, height), from));
            return { ...own, feature, left: k.let('left', add(x, feature)) };
          }
          const at = k.let('at', add(mul(rem(piece, count), height), from));
          const pixel = k.let('pixel', div(piece, count));
          const left = k.let('left', sum(x, mul(pixel, input.pixelStride), at));
          return { ...own, feature: k.let('f', add(mul(pixel, input.channels), at)), left };
        };
        if (!scratch) {
          const whole = (piece: Expression): void => {
            const block = blockAt(piece);
            eachPanel(k, v, outputs, (column, columns) => {
              const right = { memory: arena, index: k.let('right', add(dy, column)), step: upstream.imageStride };
              eachChain(k, v, images, (run) => tile(block, { ...right, column, columns }, run));
            });
          };
          k.for('block', 0, isDense(input) ? count : count * pixels, whole, { parallel: true });
          continue;
        }
        const shared = (first: Expression): void => {
          const last = k.let('last', min(add(first, sharing), count));
          sumCopies(k, v, spec, { first, last, height, blockAt }, { arena, scratch, dy, images }, tile);
        };
        k.for('blocks', 0, count, shared, { step: sharing, parallel: true });
      }
    },
    buildOptions(target),
  );
}

/** Calls `body` with the first column and the number of columns of each panel. */
function eachPanel(
  k: BlockBuilder,
  v: Numbers,
  outputs: number,
  body: (column: Expression, columns: number) => void,
): void {
  const { width, full } = panelsOf(outputs, v.block.columns, v.lanes);
  k.for('o', 0, full * width, (column) => body(column, width), { step: width });
  if (full * width < outputs) body(i32(full * width), outputs - full * width);
}

/** The first images, whose sums are stored, and in f32 the next ones, whose sums are added to them. */
function eachChain(k: BlockBuilder, v: Numbers, images: Expression, body: (run: Run) => void): void {
  if (v.lanes === 1) return body({ from: i32(0), end: images, isFirst: true });
  body({ from: i32(0), end: k.let('end', min(images, chain)), isFirst: true });
  const next = (n: Expression): void =>
    body({ from: n, end: k.let('end', min(add(n, chain), images)), isFirst: false });
  k.for('n', chain, images, next, { step: chain });
}

/** Blocks that share copies: from `first` to below `last`, of so many features each. */
interface SharedBlocks {
  readonly first: Expression;
  readonly last: Expression;
  readonly height: number;
  readonly blockAt: (piece: Expression) => Block;
}

interface Memories {
  readonly arena: Memory;
  readonly scratch: Memory;
  readonly dy: Expression;
  readonly images: Expression;
}

/** The sums of some blocks by copies: of a panel's columns, and behind it of the features of each block. */
function sumCopies(
  k: BlockBuilder,
  v: Numbers,
  { input, upstream }: DenseWeightGradientSpec,
  { first, last, height, blockAt }: SharedBlocks,
  { arena, scratch, dy, images }: Memories,
  tile: (block: Block, right: Columns, run: Run) => void,
): void {
  const copyOf = (piece: Expression): Expression =>
    k.let('copy', add(mul(sub(piece, first), height * chain), chain * v.block.columns));
  eachChain(k, v, images, ({ from: start, end, isFirst }) => {
    const count = k.let('count', sub(end, start));
    k.for('block', first, last, (piece) => {
      const from = k.let('left', add(blockAt(piece).left, mul(start, input.imageStride)));
      const to = copyOf(piece);
      packColumns(k, v, { arena, scratch, from, to, count, columns: height, step: height, map: input });
    });
    eachPanel(k, v, upstream.channels, (column, columns) => {
      const from = k.let('right', sum(dy, column, mul(start, upstream.imageStride)));
      const step = Math.ceil(columns / v.lanes) * v.lanes;
      packColumns(k, v, { arena, scratch, from, to: i32(0), count, columns, step, map: upstream });
      k.for('block', first, last, (piece) => {
        const block = { ...blockAt(piece), left: copyOf(piece), memory: scratch, step: height };
        const right = { memory: scratch, index: i32(0), step, column, columns };
        tile(block, right, { from: i32(0), end: count, isFirst });
      });
    });
  });
}

/** Features whose weights are computed together. */
interface Block {
  /** The first one, in memory order. */
  readonly feature: Expression;
  readonly height: number;
  /** Where the first image's are, and elements from an image to the next. */
  readonly memory: Memory;
  readonly left: Expression;
  readonly step: number;
}

/** Some columns of ∂loss/∂y. */
interface Columns {
  readonly memory: Memory;
  readonly index: Expression;
  /** Elements from an image to the next. */
  readonly step: number;
  readonly column: Expression;
  readonly columns: number;
}

interface Packing {
  readonly arena: Memory;
  readonly scratch: Memory;
  readonly from: Expression;
  readonly to: Expression;
  readonly count: Expression;
  readonly columns: number;
  /** Elements from an image to the next in the copy. */
  readonly step: number;
  readonly map: Slice;
}

/** Copies columns of `count` images side by side. */
function packColumns(k: BlockBuilder, v: Numbers, packing: Packing): void {
  const { arena, scratch, from, to, count, columns, step, map } = packing;
  k.for('n', 0, count, (n) => {
    const source = k.let('from', add(from, mul(n, map.imageStride)));
    const place = k.let('p', add(to, mul(n, step)));
    for (let at = 0; at < columns; at += v.lanes) {
      const size = Math.min(v.lanes, columns - at) as LaneCount;
      const stored = Math.min(v.lanes, step - at) as LaneCount;
      v.store(scratch, add(place, at), v.load(arena, add(source, at), size), stored);
    }
  });
}

/** Some images. */
interface Run {
  readonly from: Expression;
  readonly end: Expression;
  /** Whether there were none before, so that nothing is to be added to. */
  readonly isFirst: boolean;
}

/** The sums over some images of the products of a block's features and some columns. */
function sumTile(
  k: BlockBuilder,
  v: Numbers,
  { input, upstream }: DenseWeightGradientSpec,
  { arena, y }: { readonly arena: Memory; readonly y: Expression },
  { feature, height, memory, left, step }: Block,
  right: Columns,
  { from, end, isFirst }: Run,
): void {
  const { channels } = input;
  const pixels = input.height * input.width;
  const sums = outerSums(k, v, {
    left: memory,
    rows: Array.from({ length: height }, (_, i) => i),
    right: right.memory,
    columns: right.columns,
    pairs: 'all',
    leftStep: step,
    rightStep: right.step,
  });
  const start = k.let('l', add(left, mul(from, step)));
  sums.add(start, k.let('q', add(right.index, mul(from, right.step))), sub(end, from));
  const places = Array.from({ length: height }, (_, i) => {
    const own = k.let('i', add(feature, i));
    const row = pixels === 1 || channels === 1 ? own : add(mul(rem(own, channels), pixels), div(own, channels));
    return k.let('p', sum(y, mul(row, upstream.channels), right.column));
  });
  sums.each((value, row, offset, count) => {
    const place = add(places[row]!, offset);
    v.store(arena, place, isFirst ? value : fadd(v.load(arena, place, count), value), count);
  });
}
