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
/** Blocks of features that share a copy of some columns of ∂loss/∂y, whose images lie too far apart to stay in a cache together. */
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
export const denseWeightGradientScratch = (spec: DenseWeightGradientSpec, target: Target): number =>
  isPacked(spec, target) ? chain * registerBlock(target).columns : 0;

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
      const { width, full } = panelsOf(outputs, v.block.columns, v.lanes);
      const eachPanel = (body: (column: Expression, columns: number) => void): void => {
        k.for('o', 0, full * width, (column) => body(column, width), { step: width });
        if (full * width < outputs) body(i32(full * width), outputs - full * width);
      };
      /** The first images, whose sums are stored, and in f32 the next ones, whose sums are added to them. */
      const eachChain = (body: (from: Expression, to: Expression, isFirst: boolean) => void): void => {
        if (v.lanes === 1) return body(i32(0), images, true);
        body(i32(0), k.let('end', min(images, chain)), true);
        k.for('n', chain, images, (n) => body(n, k.let('end', min(add(n, chain), images)), false), { step: chain });
      };
      for (const { from, count, height } of rowBlocks(
        isDense(input) ? featuresOf(input) : input.channels,
        v.block.rows,
        v.lanes,
      )) {
        const blockAt = (piece: Expression): Block => {
          if (isDense(input)) {
            const feature = k.let('at', add(mul(piece, height), from));
            return { feature, height, left: k.let('left', add(x, feature)) };
          }
          const at = k.let('at', add(mul(rem(piece, count), height), from));
          const pixel = k.let('pixel', div(piece, count));
          const left = k.let('left', sum(x, mul(pixel, input.pixelStride), at));
          return { feature: k.let('f', add(mul(pixel, input.channels), at)), height, left };
        };
        if (!scratch) {
          const whole = (piece: Expression): void => {
            const block = blockAt(piece);
            eachPanel((column, columns) => {
              const right = { memory: arena, index: k.let('right', add(dy, column)), step: upstream.imageStride };
              eachChain((first, end, isFirst) =>
                tile(block, { ...right, column, columns }, { from: first, at: first, end, isFirst }),
              );
            });
          };
          k.for('block', 0, isDense(input) ? count : count * pixels, whole, { parallel: true });
          continue;
        }
        const shared = (first: Expression): void =>
          eachPanel((column, columns) =>
            eachChain((start, end, isFirst) => {
              const from = k.let('right', sum(dy, column, mul(start, upstream.imageStride)));
              const copied = packColumns(k, v, { arena, scratch, from, count: sub(end, start), columns, upstream });
              k.for('block', first, k.let('last', min(add(first, sharing), count)), (piece) =>
                tile(blockAt(piece), { ...copied, column, columns }, { from: start, at: i32(0), end, isFirst }),
              );
            }),
          );
        k.for('blocks', 0, count, shared, { step: sharing, parallel: true });
      }
    },
    buildOptions(target),
  );
}

/** Features whose weights are computed together. */
interface Block {
  /** The first one, in memory order. */
  readonly feature: Expression;
  readonly height: number;
  /** Index of the first image's. */
  readonly left: Expression;
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
  readonly count: Expression;
  readonly columns: number;
  readonly upstream: Slice;
}

/** Copies columns of `count` images side by side. */
function packColumns(k: BlockBuilder, v: Numbers, { arena, scratch, from, count, columns, upstream }: Packing) {
  const step = Math.ceil(columns / v.lanes) * v.lanes;
  k.for('n', 0, count, (n) => {
    const source = k.let('from', add(from, mul(n, upstream.imageStride)));
    const place = k.let('p', mul(n, step));
    for (let at = 0; at < columns; at += v.lanes) {
      const size = Math.min(v.lanes, columns - at) as LaneCount;
      v.store(scratch, add(place, at), v.load(arena, add(source, at), size), v.lanes);
    }
  });
  return { memory: scratch, index: i32(0), step };
}

/** Some images. */
interface Run {
  readonly from: Expression;
  readonly end: Expression;
  /** Number of the first one in the columns. */
  readonly at: Expression;
  /** Whether there were none before, so that nothing is to be added to. */
  readonly isFirst: boolean;
}

/** The sums over some images of the products of a block's features and some columns. */
function sumTile(
  k: BlockBuilder,
  v: Numbers,
  { input, upstream }: DenseWeightGradientSpec,
  { arena, y }: { readonly arena: Memory; readonly y: Expression },
  { feature, height, left }: Block,
  right: Columns,
  { from, end, at, isFirst }: Run,
): void {
  const { channels } = input;
  const pixels = input.height * input.width;
  const sums = outerSums(k, v, {
    left: arena,
    rows: Array.from({ length: height }, (_, i) => i),
    right: right.memory,
    columns: right.columns,
    pairs: 'all',
    leftStep: input.imageStride,
    rightStep: right.step,
  });
  const start = k.let('l', add(left, mul(from, input.imageStride)));
  sums.add(start, k.let('q', add(right.index, mul(at, right.step))), sub(end, from));
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
