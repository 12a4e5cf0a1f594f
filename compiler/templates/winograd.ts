// 3×3 convolution of stride 1 by Winograd's minimal filtering F(2×2, 3×3): 16 instead of 36 multiplications for a tile of
// 2×2 results. Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A (A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks",
// 2016). Tiles are gathered in blocks; each of the 16 positions is one matrix product over the channels.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import {
  add,
  and,
  buildKernel,
  div,
  f64,
  fadd,
  fmax,
  fmul,
  fsub,
  i32,
  le,
  lt,
  min,
  mul,
  promote,
  rem,
  select,
  sub,
  sum,
} from '../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import { declareEpilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { columnBlock, matrixProduct, rowBlock } from './matmul.ts';

export interface WinogradSpec {
  readonly input: Slice;
  /** Of the convolved map; `output` is smaller when it is pooled. */
  readonly map: Pick<Slice, 'channels' | 'height' | 'width'>;
  readonly output: Slice;
  /** Top and left. */
  readonly padding: readonly [number, number];
  readonly bias: boolean;
  readonly epilogue: Epilogue;
  /** Pools each tile, a 2×2 window of stride 2, to one result. */
  readonly pool?: 'max' | 'avg';
  /** After pooling. */
  readonly then: Epilogue;
}

type Geometry = Pick<WinogradSpec, 'input' | 'map'>;

const tilesOf = ({ map }: Geometry): number => Math.ceil(map.height / 2) * Math.ceil(map.width / 2);

/** Tiles per block: near `scratchElements`, a multiple of the row block where there are several blocks. */
function blockTiles(geometry: Geometry): number {
  const tiles = tilesOf(geometry);
  const fit = Math.floor(scratchElements / (16 * (geometry.input.channels + geometry.map.channels)));
  const most = Math.min(Math.max(fit, leastTiles), 48);
  const blocks = Math.ceil(tiles / most);
  return blocks === 1 ? tiles : Math.ceil(tiles / blocks / rowBlock) * rowBlock;
}

/** 64 KiB, to stay in cache beside a block of filters. */
const scratchElements = 16_384;
const leastTiles = 2 * rowBlock;

/** Elements of scratch memory: the transformed tiles, then their products. */
export function winogradScratch(geometry: Geometry): number {
  return 16 * blockTiles(geometry) * (geometry.input.channels + geometry.map.channels);
}

/**
 * Multiplications and additions of this algorithm over those of the direct one, by count: products plus transforms. What
 * tiles that reach beyond the map waste is counted.
 */
export function winogradCost(geometry: Geometry): number {
  const { input, map } = geometry;
  const tiles = Math.ceil(tilesOf(geometry) / rowBlock) * rowBlock;
  const products = tiles * 16 * input.channels * map.channels;
  const transforms = tiles * (48 * input.channels + 40 * map.channels);
  return (products + transforms) / (map.height * map.width * 9 * input.channels * map.channels);
}

/** Parameters: input base, transformed filters, [bias], output base, epilogues', images. x [H·W, C] · U [16][O blocks][C][block] → y. */
export function winograd(name: string, spec: WinogradSpec): Kernel {
  const { input, map, output, pool } = spec;
  const pooled = pool ? ` and ${pool} pool 2x2` : '';
  return buildKernel(name, `winograd conv 3x3${pooled} ${sliceName(input)} -> ${sliceName(output)}`, (k) => {
    const arena = k.memory('arena', 'f32');
    const weights = k.memory('weights', 'f32');
    const scratch = k.memory('scratch', 'f32');
    const x = k.parameter('x');
    const filters = k.parameter('u');
    const bias = spec.bias ? k.parameter('b') : undefined;
    const y = k.parameter('y');
    const epilogue = declareEpilogue(k, spec.epilogue, arena, weights);
    const then = declareEpilogue(k, spec.then, arena, weights);
    const images = k.parameter('images');

    const [depth, columns] = [input.channels, map.channels];
    const across = Math.ceil(map.width / 2);
    const total = tilesOf(spec);
    const block = blockTiles(spec);
    const products = 16 * block * depth;

    k.for('n', 0, images, (n) => {
      const source = k.let('xn', add(x, mul(n, input.imageStride)));
      const target = k.let('yn', add(y, mul(n, output.imageStride)));
      k.for(
        'b',
        0,
        total,
        (first) => {
          const count = total % block === 0 ? block : k.let('tiles', min(block, sub(total, first)));
          k.for('t', 0, count, (tile) => {
            const at = k.let('at', add(first, tile));
            const top = k.let('top', sub(mul(div(at, across), 2), spec.padding[0]));
            const left = k.let('left', sub(mul(rem(at, across), 2), spec.padding[1]));
            transformTile(k, spec, { arena, scratch, source, top, left, to: mul(tile, depth), step: block * depth });
          });
          k.for('xi', 0, 16, (xi) => {
            const to = k.let('to', add(mul(xi, block * columns), products));
            matrixProduct(k, {
              depth,
              columns,
              a: scratch,
              aBase: k.let('from', mul(xi, block * depth)),
              rowStride: depth,
              weights,
              wBase: k.let('ub', add(filters, mul(xi, depth * columns))),
              rows: count,
              store: (value, row, column) => k.store(scratch, sum(to, mul(row, columns), column), value),
            });
          });
          k.for('t', 0, count, (tile) => {
            const at = k.let('at', add(first, tile));
            const h = k.let('h', mul(div(at, across), 2));
            const w = k.let('w', mul(rem(at, across), 2));
            const from = k.let('from', add(mul(tile, columns), products));
            k.for('o', 0, columns, (o) => {
              const results = inverseTile(k, scratch, add(from, o), block * columns);
              const start = bias ? promote(k.load(weights, add(bias, o))) : undefined;
              const sums = results.map((value) => (start ? fadd(value, start) : value));
              const finish = (i: number): Expression => {
                const pixel = k.let('q', add(mul(add(h, i >> 1), map.width), add(w, i & 1)));
                return k.let('r', epilogue(sums[i]!, { image: n, pixel, channel: o }));
              };
              const put = (pixel: Expression, value: Expression): void =>
                k.store(arena, sum(target, mul(pixel, output.pixelStride), o), value);
              if (pool) {
                const store = (): void => {
                  const reduced = sums
                    .map((_, i) => finish(i))
                    .reduce((a, b) => (pool === 'max' ? fmax(a, b) : fadd(a, b)));
                  const value = pool === 'max' ? reduced : fmul(reduced, f64(0.25));
                  const pixel = k.let('q', add(mul(div(h, 2), output.width), div(w, 2)));
                  put(pixel, then(value, { image: n, pixel, channel: o }));
                };
                const exact = map.height === output.height * 2 && map.width === output.width * 2;
                if (exact) return store();
                return k.if(and(lt(h, output.height * 2), lt(w, output.width * 2)), store);
              }
              sums.forEach((_, i) => {
                const store = (): void => put(add(mul(add(h, i >> 1), map.width), add(w, i & 1)), finish(i));
                const cuts = [
                  ...(i >> 1 === 1 && map.height % 2 === 1 ? [lt(h, map.height - 1)] : []),
                  ...((i & 1) === 1 && map.width % 2 === 1 ? [lt(w, map.width - 1)] : []),
                ];
                if (cuts.length === 0) store();
                else k.if(cuts.reduce(and), store);
              });
            });
          });
        },
        { step: block, parallel: true },
      );
    });
  });
}

interface TileContext {
  readonly arena: Memory;
  readonly scratch: Memory;
  readonly source: Expression;
  readonly top: Expression;
  readonly left: Expression;
  /** Index of position 0's first channel; the others follow `step` elements apart. */
  readonly to: Expression;
  readonly step: number;
}

/** V = Bᵀ d B of the 4×4 pixels at (top, left), for every channel. */
function transformTile(k: BlockBuilder, { input }: WinogradSpec, context: TileContext): void {
  const { arena, scratch, source, top, left, step } = context;
  const to = k.let('to', context.to);
  const origin = k.let('from', add(source, mul(add(mul(top, input.width), left), input.pixelStride)));
  const indexOf = (i: number, j: number, c: Expression): Expression =>
    sum(origin, c, (i * input.width + j) * input.pixelStride);
  const transform = (c: Expression, read: (i: number, j: number) => Expression): void => {
    const d = square((i, j) => k.let('d', read(i, j)));
    const rows = combine(k, d);
    const columns = combine(k, transpose(rows));
    columns.forEach((line, j) => line.forEach((value, i) => k.store(scratch, sum(to, c, (i * 4 + j) * step), value)));
  };
  const inside = and(and(le(0, top), le(top, input.height - 4)), and(le(0, left), le(left, input.width - 4)));
  k.if(
    inside,
    () => k.for('c', 0, input.channels, (c) => transform(c, (i, j) => promote(k.load(arena, indexOf(i, j, c))))),
    () => {
      const rows = [0, 1, 2, 3].map((i) => within(add(top, i), input.height));
      const columns = [0, 1, 2, 3].map((j) => within(add(left, j), input.width));
      k.for('c', 0, input.channels, (c) =>
        transform(c, (i, j) => select(and(rows[i]!, columns[j]!), promote(k.load(arena, indexOf(i, j, c))), f64(0))),
      );
    },
  );
}

const within = (at: Expression, extent: number) => and(le(0, at), lt(at, extent));

const square = (element: (i: number, j: number) => Expression): Expression[][] =>
  [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => element(i, j)));

const transpose = (matrix: readonly (readonly Expression[])[]): Expression[][] =>
  matrix[0]!.map((_, j) => matrix.map((line) => line[j]!));

/** Bᵀ m: rows 0 − 2, 1 + 2, 2 − 1, 1 − 3. */
function combine(k: BlockBuilder, matrix: readonly (readonly Expression[])[]): Expression[][] {
  const [m0, m1, m2, m3] = matrix as [Expression[], Expression[], Expression[], Expression[]];
  const line = (left: Expression[], right: Expression[], apply: typeof fadd): Expression[] =>
    left.map((value, j) => k.let('m', apply(value, right[j]!)));
  return [line(m0, m2, fsub), line(m1, m2, fadd), line(m2, m1, fsub), line(m1, m3, fsub)];
}

/** Aᵀ M A: the four results of a tile, row by row. */
function inverseTile(k: BlockBuilder, scratch: Memory, from: Expression, step: number): readonly Expression[] {
  const m = square((i, j) => promote(k.load(scratch, add(from, (i * 4 + j) * step))));
  const fold = (matrix: readonly (readonly Expression[])[]): Expression[][] => {
    const [m0, m1, m2, m3] = matrix as [Expression[], Expression[], Expression[], Expression[]];
    return [
      m0.map((value, j) => k.let('m', fadd(fadd(value, m1[j]!), m2[j]!))),
      m1.map((value, j) => k.let('m', fsub(fsub(value, m2[j]!), m3[j]!))),
    ];
  };
  const rows = fold(m);
  const [left, right] = fold(transpose(rows)) as [Expression[], Expression[]];
  return [left[0]!, right[0]!, left[1]!, right[1]!];
}

export interface WinogradFilterSpec {
  readonly columns: number;
  readonly depth: number;
  /** Strides in the source tensor: output channel, input channel, kernel row, kernel column. */
  readonly strides: readonly [number, number, number, number];
  readonly type: 'f32' | 'f64';
}

/** Parameters: index of the first tap, of the transformed filters. g [O, C, 3, 3] → U = G g Gᵀ as [16][O blocks][C][block]. */
export function winogradFilter(name: string, spec: WinogradFilterSpec): Kernel {
  const { columns, depth, strides } = spec;
  return buildKernel(name, `winograd filters ${columns}x${depth}`, (k) => {
    const source = k.memory('source', spec.type);
    const weights = k.memory('weights', 'f32');
    const g = k.parameter('g');
    const u = k.parameter('u');
    const full = columns - (columns % columnBlock);
    const half = (value: Expression): Expression => fmul(value, f64(0.5));
    /** G m for the three rows of m: 0, (0+1+2)/2, (0−1+2)/2, 2. */
    const spread = ([a, b, c]: readonly (readonly Expression[])[]): Expression[][] => {
      const outer = a!.map((value, j) => k.let('e', fadd(value, c![j]!)));
      return [
        [...a!],
        outer.map((value, j) => k.let('e', half(fadd(value, b![j]!)))),
        outer.map((value, j) => k.let('e', half(fsub(value, b![j]!)))),
        [...c!],
      ];
    };
    const filters = (first: Operand, count: Operand, width: number): void =>
      k.for('o', first, count, (o) => {
        const lane = k.let('lane', rem(sub(o, first), width));
        const block = k.let('block', mul(sub(o, lane), depth));
        k.for('c', 0, depth, (c) => {
          const from = k.let('from', sum(g, mul(o, strides[0]), mul(c, strides[1])));
          const taps = [0, 1, 2].map((i) =>
            [0, 1, 2].map((j) => k.let('g', promote(k.load(source, add(from, i * strides[2] + j * strides[3]))))),
          );
          const transformed = transpose(spread(transpose(spread(taps))));
          const to = k.let('to', sum(u, block, mul(c, width), lane));
          transformed.forEach((line, i) =>
            line.forEach((value, j) => k.store(weights, add(to, (i * 4 + j) * columns * depth), value)),
          );
        });
      });
    filters(i32(0), full, columnBlock);
    if (full < columns) filters(i32(full), columns, columns - full);
  });
}
