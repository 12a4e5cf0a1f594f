// The first step of Winograd's algorithm on a tile: its pixels are transformed, and judged by what that would do to their rounding.

import { add, and, f64, le, mul, select, sub, sum } from '../kernel/builder.ts';
import type { Expression, LaneCount } from '../kernel/ir.ts';
import type { Image } from './map-kernel.ts';
import type { PatchContext } from './winograd-patch.ts';
import { copyPatch, within } from './winograd-patch.ts';
import { isBelow, isEven, trackEnergy } from './winograd-range.ts';
import type { WinogradRun } from './winograd-run.ts';
import { originOf, patchOf } from './winograd-run.ts';
import { tileSide, transformInput } from './winograd-transforms.ts';

/** How the results of a tile are computed. */
export const isTransformed = 0;
export const isDirect = 1;

/** Transforms tile `at` of the map, the tile `place` of its block, and leaves its energy as its state. */
export function storeTransformed(run: WinogradRun, image: Image, at: Expression, place: Expression): void {
  const { k, work, spec, layout } = run;
  const context = patchOf(run, image, at);
  k.store(work, add(place, layout.states), transformTile(run, context, mul(place, spec.input.channels)));
}

/** Turns the energy of a tile into its state; it is even where its energy is small. */
export function judgeTile(run: WinogradRun, image: Image, at: Expression, state: Expression, small: Expression): void {
  const { k, v, spec, arena, work, own, safe, layout } = run;
  k.if(
    isBelow(k, k.load(work, state), small),
    () => k.store(work, state, f64(isTransformed)),
    () => {
      const [h, w] = originOf(spec, at);
      const row = k.let('h', h);
      const column = k.let('w', w);
      const [top, left] = [sub(row, spec.padding[0]), sub(column, spec.padding[1])];
      const { form, input, map } = spec;
      const { peaks } = layout;
      const tile = { form, input, map, arena, source: image.source, row, column, top, left, own, peaks };
      const even = isEven(k, v, tile, safe);
      k.store(work, state, select(even, f64(isTransformed), f64(isDirect)));
    },
  );
}

/**
 * V = Bᵀ d B of the pixels of a tile, for every channel, from index `first` of the working memory on, where position 0 has its
 * first channel. Returns the energy of the pixels.
 */
function transformTile(run: WinogradRun, context: PatchContext, first: Expression): Expression {
  const { k, v, spec, work } = run;
  const { form, input } = spec;
  const { arena, own, patch, source, top, left } = context;
  const step = run.layout.tileStride;
  const side = tileSide(form);
  const energy = trackEnergy(k, v, side);
  const to = k.let('to', first);
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
      copyPatch(k, v, { side, input }, context);
      transform((i, j, c, count) => v.load(own, add(c, patch + (i * side + j) * input.channels), count));
    },
  );
  return energy.total();
}
