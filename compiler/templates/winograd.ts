// Convolutions of stride 1 by Winograd's minimal filtering F(m × m, r × r): tiles of m × m results need (m + r − 1)² instead
// of m² r² multiplications. Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A (A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2016). Tiles are gathered in blocks; each position of a tile is one matrix product over the channels. Tiles whose numbers
// differ too much for that are computed directly, with the sums of `conv` (winograd-range.ts).

import type { BlockBuilder } from '../kernel/builder.ts';
import {
  add,
  and,
  div,
  eq,
  f64,
  fadd,
  fmin,
  fmul,
  i32,
  le,
  lt,
  min,
  mul,
  numberOf,
  promote,
  rem,
  select,
  sub,
  sum,
} from '../kernel/builder.ts';
import type { Condition, Expression, Kernel, LaneCount, Memory } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { layerKernel } from './map-kernel.ts';
import { matrixProduct } from './matmul.ts';
import type { Numbers } from './numbers.ts';
import type { Target } from './target.ts';
import { sharesTiles } from './target.ts';
import { positionLength } from './winograd-filter.ts';
import type { WinogradGeometry } from './winograd-geometry.ts';
import { blockTiles, positionStride, positionsOf, tilesOf, winogradWorkspace } from './winograd-geometry.ts';
import type { PatchContext } from './winograd-patch.ts';
import { copyPatch, within } from './winograd-patch.ts';
import { isBelow, isEven, largestRatio, trackEnergy } from './winograd-range.ts';
import type { Write } from './winograd-transforms.ts';
import { tileSide, transformInput, transformOutput } from './winograd-transforms.ts';

export interface WinogradSpec extends WinogradGeometry {
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

/** How the results of a tile are computed. */
const isTransformed = 0;
const isDirect = 1;

/**
 * Parameters: input base, transformed filters, filters packed as for `conv`, [bias], output base, epilogues', images.
 * x [H·W, C] · U [tile²][O panels][C][panel] → y. Numbers one at a time have their scratch memory behind the working memory.
 */
export function winograd(name: string, spec: WinogradSpec, target: Target): Kernel {
  const { form, input, map, output, pool } = spec;
  const pooled = pool ? ` and ${pool} pool 2x2` : '';
  const kernel = `${form.filter}x${form.filter}`;
  const summary = `winograd conv ${kernel}${pooled} ${sliceName(input)} -> ${sliceName(output)}`;
  return layerKernel(
    name,
    summary,
    { ...spec, packed: ['u', 'w'], epilogues: [spec.epilogue, spec.then] },
    target,
    ({ k, v, arena, weights, packed: [filters, direct], bias, epilogues: [epilogue, then], eachImage }) => {
      const threads = sharesTiles(target);
      const work = k.memory(threads ? 'shared' : 'scratch', 'f32');

      const m = form.results;
      const positions = positionsOf(spec);
      const [depth, columns] = [input.channels, map.channels];
      const packed = positionLength(depth, columns, v.block.columns, v.lanes);
      const across = Math.ceil(map.width / m);
      const total = tilesOf(spec);
      const block = blockTiles(spec, target);
      const [tileStride, productStride] = [depth, columns].map((channels) =>
        positionStride(block, channels, target),
      ) as [number, number];
      const products = positions * tileStride;
      const states = products + positions * productStride;
      const own = k.memory('scratch', 'f32');
      const patch = threads ? 0 : winogradWorkspace(spec, target);
      const results = patch + positions * depth;
      const peaks = i32(results + m * m * columns);
      const safe = k.let('safe', promote(k.load(weights, add(filters, positions * packed))));
      const small = k.let('small', fmin(safe, f64(largestRatio)));

      eachImage(({ n, source, result }) => {
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
                const context = { arena, work, own, patch, source, top, left, to: mul(tile, depth), step: tileStride };
                k.store(work, add(tile, states), transformTile(k, v, spec, context));
              },
              { parallel: threads },
            );
            if (threads) k.barrier();
            k.for('t', 0, count, (tile) => judgeTile(k.let('at', add(first, tile)), add(tile, states)), {
              parallel: threads,
            });
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
            for (const state of [isTransformed, isDirect]) {
              k.for(
                't',
                0,
                count,
                (tile) => {
                  const found = k.load(work, add(tile, states));
                  k.if(eq(found, numberOf('f32', state)), () =>
                    state === isDirect
                      ? directTile(k.let('at', add(first, tile)))
                      : transformedTile(k.let('at', add(first, tile)), tile),
                  );
                },
                { parallel: threads },
              );
            }
            if (threads) k.barrier();
          },
          { step: block, parallel: !threads },
        );

        /** Turns the energy of a tile into its state. */
        function judgeTile(at: Expression, state: Expression): void {
          k.if(
            isBelow(k, k.load(work, state), small),
            () => k.store(work, state, f64(isTransformed)),
            () => {
              const row = k.let('h', mul(div(at, across), m));
              const column = k.let('w', mul(rem(at, across), m));
              const [top, left] = [sub(row, spec.padding[0]), sub(column, spec.padding[1])];
              const tile = { form, input, map, arena, source, row, column, top, left, own, peaks };
              const even = isEven(k, v, tile, safe);
              k.store(work, state, select(even, f64(isTransformed), f64(isDirect)));
            },
          );
        }

        function transformedTile(at: Expression, tile: Expression): void {
          const from = k.let('from', add(mul(tile, columns), products));
          finishTile(at, bias, (o, size, write) => {
            const position = (i: number, j: number): Expression =>
              v.load(work, sum(from, o, (i * tileSide(form) + j) * productStride), size);
            transformOutput(k, form, position, write);
          });
        }

        function directTile(at: Expression): void {
          const top = k.let('top', sub(mul(div(at, across), m), spec.padding[0]));
          const left = k.let('left', sub(mul(rem(at, across), m), spec.padding[1]));
          copyPatch(k, v, spec, { arena, own, patch, source, top, left });
          const run = tileSide(form) * depth;
          k.for('i', 0, m, (i) => {
            const to = k.let('to', add(mul(i, m * columns), results));
            matrixProduct(k, v, {
              depth: form.filter ** 2 * depth,
              columns,
              a: own,
              aBase: k.let('from', add(mul(i, run), patch)),
              rowStride: depth,
              runs: { count: form.filter, stride: run },
              weights,
              wBase: direct,
              ...(bias ? { bias } : {}),
              rows: m,
              result: own,
              placeOf: (row, column) => sum(to, mul(row, columns), column),
            });
          });
          finishTile(at, undefined, (o, size, write) => {
            for (let i = 0; i < m; i += 1)
              for (let j = 0; j < m; j += 1) write(i, j, v.load(own, add(o, results + (i * m + j) * columns), size));
          });
        }

        /** Stores what becomes of the sums of a tile, which `sums` gives for some channels, with the bias where it is still to be added. */
        function finishTile(
          at: Expression,
          added: Expression | undefined,
          sums: (channel: Expression, count: LaneCount, write: Write) => void,
        ): void {
          const h = k.let('h', mul(div(at, across), m));
          const w = k.let('w', mul(rem(at, across), m));
          v.each('o', columns, (o, size) => {
            const start = added && k.let('s', v.load(weights, add(added, o), size));
            const put = (pixel: Expression, value: Expression): void =>
              v.store(arena, sum(result, mul(pixel, output.pixelStride), o), value, size);
            const finished = (value: Expression, i: number, j: number): Expression => {
              const pixel = k.let('q', add(mul(add(h, i), map.width), add(w, j)));
              return epilogue(start ? fadd(value, start) : value, { image: n, pixel, channel: o, count: size });
            };
            if (pool) return pooledResults(finished, o, size, put);
            sums(o, size, (i, j, value) => {
              const store = (): void => put(add(mul(add(h, i), map.width), add(w, j)), finished(value, i, j));
              guarded(cuts(h, i, map.height, m), cuts(w, j, map.width, m), store);
            });
          });

          function pooledResults(
            finished: (value: Expression, i: number, j: number) => Expression,
            channel: Expression,
            count: LaneCount,
            put: (pixel: Expression, value: Expression) => void,
          ): void {
            const windows = new Map<number, Expression[]>();
            sums(channel, count, (i, j, value) => {
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
    },
  );
}

/** Whether result `i` of a tile that starts at `first` lies on the map, where that is not always so. */
function cuts(first: Expression, i: number, extent: number, m: number): Condition | undefined {
  const rest = extent % m;
  return rest !== 0 && i >= rest ? lt(first, extent - i) : undefined;
}

interface TileContext extends PatchContext {
  readonly work: Memory;
  /** Index of position 0's first channel; the others follow `step` elements apart. */
  readonly to: Expression;
  readonly step: number;
}

/** V = Bᵀ d B of the pixels of a tile at (top, left), for every channel. Returns the energy of the pixels. */
function transformTile(k: BlockBuilder, v: Numbers, spec: WinogradSpec, context: TileContext): Expression {
  const { form, input } = spec;
  const { arena, work, own, patch, source, top, left, step } = context;
  const side = tileSide(form);
  const energy = trackEnergy(k, v, side);
  const to = k.let('to', context.to);
  const origin = k.let('from', add(source, mul(add(mul(top, input.width), left), input.pixelStride)));
  const pixel = (i: number, j: number): number => (i * input.width + j) * input.pixelStride;
  const transform = (read: (i: number, j: number, c: Expression, count: LaneCount) => Expression): void =>
    v.each('c', input.channels, (c, count) => {
      const { take, finish } = energy.channels();
      transformInput(
        k,
        form,
        (i, j) => take(read(i, j, c, count)),
        (i, j, value) => v.store(work, sum(to, c, (i * side + j) * step), value, count),
      );
      finish();
    });
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
      copyPatch(k, v, spec, context);
      transform((i, j, c, count) => v.load(own, add(c, patch + (i * side + j) * input.channels), count));
    },
  );
  return energy.total();
}
