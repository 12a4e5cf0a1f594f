// Convolutions of stride 1 by Winograd's minimal filtering F(m × m, r × r): tiles of m × m results need (m + r − 1)² instead
// of m² r² multiplications. Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A (A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2016). Tiles are gathered in blocks; each position of a tile is one matrix product over the channels.

import type { BlockBuilder } from '../kernel/builder.ts';
import {
  add,
  and,
  buildKernel,
  div,
  fadd,
  fmul,
  i32,
  le,
  lt,
  min,
  mul,
  rem,
  select,
  sub,
  sum,
} from '../kernel/builder.ts';
import type { Condition, Expression, Kernel, LaneCount, Memory } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import { declareEpilogue } from './epilogue.ts';
import type { Slice, Target } from './geometry.ts';
import { buildOptions, sliceName } from './geometry.ts';
import { matrixProduct, registerBlock } from './matmul.ts';
import type { Numbers } from './numbers.ts';
import { numbers } from './numbers.ts';
import { positionLength, spreadLength } from './winograd-filter.ts';
import type { Filtering } from './winograd-transforms.ts';
import { tileSide, transformInput, transformOutput } from './winograd-transforms.ts';

export interface WinogradSpec {
  readonly form: Filtering;
  readonly input: Slice;
  /** Of the convolved map; `output` is smaller when it is pooled. */
  readonly map: Pick<Slice, 'channels' | 'height' | 'width'>;
  readonly output: Slice;
  /** Top and left. */
  readonly padding: readonly [number, number];
  readonly bias: boolean;
  /** Without combined values where the map is pooled: tiles may reach beyond it. */
  readonly epilogue: Epilogue;
  /** Pools windows of 2×2 with stride 2, which lie within the tiles. */
  readonly pool?: 'max' | 'avg';
  /** After pooling. */
  readonly then: Epilogue;
}

export type WinogradGeometry = Pick<WinogradSpec, 'form' | 'input' | 'map'>;

export const tilesOf = ({ form, map }: Pick<WinogradGeometry, 'form' | 'map'>): number =>
  Math.ceil(map.height / form.results) * Math.ceil(map.width / form.results);

const positionsOf = ({ form }: Pick<WinogradGeometry, 'form'>): number => tileSide(form) ** 2;

/** Scratch elements a block of tiles may take, to stay in cache, and how many tiles it has at least and at most. */
const blockLimits = {
  1: { elements: 16_384, least: 6, most: 48 },
  4: { elements: 1_048_576, least: 60, most: 120 },
} as const;

/** Tiles per block: a multiple of the register block's rows where there are several blocks. */
function blockTiles(geometry: WinogradGeometry, target: Target): number {
  const { lanes } = target;
  const tiles = tilesOf(geometry);
  const { elements, least, most: limit } = blockLimits[lanes];
  const { rows } = registerBlock(target);
  const fit = Math.floor(elements / (positionsOf(geometry) * (geometry.input.channels + geometry.map.channels)));
  const most = Math.min(Math.max(fit, least), limit);
  const blocks = Math.ceil(tiles / most);
  return blocks === 1 ? tiles : Math.ceil(tiles / blocks / rows) * rows;
}

/** Elements from one position of a block's tiles to the next. */
const positionStride = (tiles: number, channels: number, { lanes }: Target): number =>
  spreadLength(tiles * channels, lanes);

/** Elements of working memory for the transformed tiles, then their products. On vectors all threads share it. */
export function winogradWorkspace(geometry: WinogradGeometry, target: Target): number {
  const tiles = blockTiles(geometry, target);
  const stride = (channels: number): number => positionStride(tiles, channels, target);
  return positionsOf(geometry) * (stride(geometry.input.channels) + stride(geometry.map.channels));
}

/** Elements of a thread's own scratch memory: on vectors, a tile that reaches into the padding. */
export function winogradScratch(geometry: WinogradGeometry, { lanes }: Target): number {
  return lanes === 1 ? 0 : positionsOf(geometry) * geometry.input.channels;
}

/** Parameters: input base, transformed filters, [bias], output base, epilogues', images. x [H·W, C] · U [tile²][O panels][C][panel] → y. */
export function winograd(name: string, spec: WinogradSpec, target: Target): Kernel {
  const { form, input, map, output, pool } = spec;
  const pooled = pool ? ` and ${pool} pool 2x2` : '';
  const kernel = `${form.filter}x${form.filter}`;
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, target);
    const threads = v.lanes > 1;
    const arena = k.memory('arena', 'f32');
    const weights = k.memory('weights', 'f32');
    const work = k.memory(threads ? 'shared' : 'scratch', 'f32');
    const x = k.parameter('x');
    const filters = k.parameter('u');
    const bias = spec.bias ? k.parameter('b') : undefined;
    const y = k.parameter('y');
    const epilogue = declareEpilogue(k, v, spec.epilogue, arena, weights);
    const then = declareEpilogue(k, v, spec.then, arena, weights);
    const images = k.parameter('images');

    const m = form.results;
    const positions = positionsOf(spec);
    const [depth, columns] = [input.channels, map.channels];
    const packed = positionLength(depth, columns, v.block.columns, v.lanes);
    const across = Math.ceil(map.width / m);
    const total = tilesOf(spec);
    const block = blockTiles(spec, target);
    const [tileStride, productStride] = [depth, columns].map((channels) => positionStride(block, channels, target)) as [
      number,
      number,
    ];
    const products = positions * tileStride;

    k.for('n', 0, images, (n) => {
      const source = k.let('xn', add(x, mul(n, input.imageStride)));
      const result = k.let('yn', add(y, mul(n, output.imageStride)));
      k.for(
        'b',
        0,
        total,
        (first) => {
          const count = total % block === 0 ? block : k.let('tiles', min(block, sub(total, first)));
          k.for(
            't',
            0,
            count,
            (tile) => {
              const at = k.let('at', add(first, tile));
              const top = k.let('top', sub(mul(div(at, across), m), spec.padding[0]));
              const left = k.let('left', sub(mul(rem(at, across), m), spec.padding[1]));
              transformTile(k, v, spec, { arena, work, source, top, left, to: mul(tile, depth), step: tileStride });
            },
            { parallel: threads },
          );
          if (threads) k.barrier();
          k.for(
            'xi',
            0,
            positions,
            (xi) => {
              const to = k.let('to', add(mul(xi, productStride), products));
              matrixProduct(k, v, {
                depth,
                columns,
                a: work,
                aBase: k.let('from', mul(xi, tileStride)),
                rowStride: depth,
                weights,
                wBase: k.let('ub', add(filters, mul(xi, packed))),
                rows: count,
                result: work,
                placeOf: (row, column) => sum(to, mul(row, columns), column),
              });
            },
            { parallel: threads },
          );
          if (threads) k.barrier();
          k.for('t', 0, count, (tile) => finishTile(k.let('at', add(first, tile)), tile), { parallel: threads });
          if (threads) k.barrier();
        },
        { step: block, parallel: !threads },
      );

      /** Turns the products of a tile into results. */
      function finishTile(at: Expression, tile: Expression): void {
        const h = k.let('h', mul(div(at, across), m));
        const w = k.let('w', mul(rem(at, across), m));
        const from = k.let('from', add(mul(tile, columns), products));
        v.each('o', columns, (o, size) => {
          const start = bias && k.let('s', v.load(weights, add(bias, o), size));
          const position = (i: number, j: number): Expression =>
            v.load(work, sum(from, o, (i * tileSide(form) + j) * productStride), size);
          const put = (pixel: Expression, value: Expression): void =>
            v.store(arena, sum(result, mul(pixel, output.pixelStride), o), value, size);
          const finished = (value: Expression, i: number, j: number): Expression => {
            const pixel = k.let('q', add(mul(add(h, i), map.width), add(w, j)));
            return epilogue(start ? fadd(value, start) : value, { image: n, pixel, channel: o, count: size });
          };
          if (pool) return pooledResults(position, finished, o, size, put);
          transformOutput(k, form, position, (i, j, value) => {
            const store = (): void => put(add(mul(add(h, i), map.width), add(w, j)), finished(value, i, j));
            guarded(cuts(h, i, map.height, m), cuts(w, j, map.width, m), store);
          });
        });

        function pooledResults(
          position: (i: number, j: number) => Expression,
          finished: (value: Expression, i: number, j: number) => Expression,
          channel: Expression,
          count: LaneCount,
          put: (pixel: Expression, value: Expression) => void,
        ): void {
          const windows = new Map<number, Expression[]>();
          transformOutput(k, form, position, (i, j, value) => {
            const window = (i >> 1) * m + (j >> 1);
            windows.set(window, [...(windows.get(window) ?? []), k.let('r', finished(value, i, j))]);
          });
          for (const [window, values] of windows) {
            const [i, j] = [Math.floor(window / m), window % m];
            const row = k.let('ph', add(div(h, 2), i));
            const column = k.let('pw', add(div(w, 2), j));
            const store = (): void => {
              const reduced = pool === 'max' ? v.largest(values) : values.reduce(fadd);
              const value = pool === 'max' ? reduced : fmul(reduced, v.constant(0.25));
              const pixel = k.let('q', add(mul(row, output.width), column));
              put(pixel, then(value, { image: n, pixel, channel, count }));
            };
            const bounds = [
              ...(output.height * 2 < Math.ceil(map.height / m) * m ? [lt(row, output.height)] : []),
              ...(output.width * 2 < Math.ceil(map.width / m) * m ? [lt(column, output.width)] : []),
            ];
            guarded(bounds[0], bounds[1], store);
          }
        }
      }
    });

    function guarded(rows: Condition | undefined, cols: Condition | undefined, body: () => void): void {
      if (rows && cols) return k.if(and(rows, cols), body);
      const condition = rows ?? cols;
      if (condition) k.if(condition, body);
      else body();
    }
  };
  const summary = `winograd conv ${kernel}${pooled} ${sliceName(input)} -> ${sliceName(output)}`;
  return buildKernel(name, summary, write, buildOptions(target));
}

/** Whether result `i` of a tile that starts at `first` lies on the map, where that is not always so. */
function cuts(first: Expression, i: number, extent: number, m: number): Condition | undefined {
  const rest = extent % m;
  return rest !== 0 && i >= rest ? lt(first, extent - i) : undefined;
}

interface TileContext {
  readonly arena: Memory;
  readonly work: Memory;
  readonly source: Expression;
  readonly top: Expression;
  readonly left: Expression;
  /** Index of position 0's first channel; the others follow `step` elements apart. */
  readonly to: Expression;
  readonly step: number;
}

/** V = Bᵀ d B of the pixels of a tile at (top, left), for every channel. */
function transformTile(k: BlockBuilder, v: Numbers, { form, input }: WinogradSpec, context: TileContext): void {
  const { arena, work, source, top, left, step } = context;
  const side = tileSide(form);
  const to = k.let('to', context.to);
  const origin = k.let('from', add(source, mul(add(mul(top, input.width), left), input.pixelStride)));
  const pixel = (i: number, j: number): number => (i * input.width + j) * input.pixelStride;
  const transform = (read: (i: number, j: number, c: Expression, count: LaneCount) => Expression): void =>
    v.each('c', input.channels, (c, count) =>
      transformInput(
        k,
        form,
        (i, j) => read(i, j, c, count),
        (i, j, value) => v.store(work, sum(to, c, (i * side + j) * step), value, count),
      ),
    );
  const rows = Array.from({ length: side }, (_, i) => within(add(top, i), input.height));
  const columns = Array.from({ length: side }, (_, j) => within(add(left, j), input.width));
  const inside = and(and(le(0, top), le(top, input.height - side)), and(le(0, left), le(left, input.width - side)));
  k.if(
    inside,
    () => transform((i, j, c, count) => v.load(arena, sum(origin, c, pixel(i, j)), count)),
    () => {
      if (v.lanes === 1) {
        return transform((i, j, c, count) =>
          select(and(rows[i]!, columns[j]!), v.load(arena, sum(origin, c, pixel(i, j)), count), v.constant(0)),
        );
      }
      // Vectors are loaded whatever a select chooses, so that the tile is first copied between zeros.
      const patch = k.memory('scratch', 'f32');
      const channels = input.channels;
      k.for('i', 0, side, (i) => {
        const h = k.let('h', add(top, i));
        k.for('j', 0, side, (j) => {
          const w = k.let('w', add(left, j));
          const place = k.let('p', mul(add(mul(i, side), j), channels));
          const from = k.let('f', add(source, mul(add(mul(h, input.width), w), input.pixelStride)));
          k.if(
            and(within(h, input.height), within(w, input.width)),
            () =>
              v.each('c', channels, (c, count) =>
                v.store(patch, add(place, c), v.load(arena, add(from, c), count), count),
              ),
            () => v.each('c', channels, (c, count) => v.store(patch, add(place, c), v.constant(0), count)),
          );
        });
      });
      transform((i, j, c, count) => v.load(patch, add(c, (i * side + j) * channels), count));
    },
  );
}

const within = (at: Expression, extent: number) => and(le(i32(0), at), lt(at, extent));
