// The first step of Winograd's algorithm on a tile: its pixels are transformed, and judged by what that would do to their rounding.

import { add, and, f64, i32, le, mul, select, sub, sum } from '../kernel/builder.ts';
import type { Condition, Expression, Memory } from '../kernel/ir.ts';
import type { Image } from './map-kernel.ts';
import { phaseChannels } from './winograd-geometry.ts';
import type { PatchContext } from './winograd-patch.ts';
import { copyPatch, within } from './winograd-patch.ts';
import type { Energy } from './winograd-range.ts';
import { isBelow, isEven, trackEnergy } from './winograd-range.ts';
import type { WinogradRun } from './winograd-run.ts';
import { originOf, patchOf } from './winograd-run.ts';
import { patchSides, tileSides, transformInput } from './winograd-transforms.ts';

/** How the results of a tile are computed. */
export const isTransformed = 0;
export const isDirect = 1;

/** Transforms tile `at` of the map, the tile `place` of its block, and leaves its energy as its state. */
export function storeTransformed(run: WinogradRun, image: Image, at: Expression, place: Expression): void {
  const { k, work, spec, layout } = run;
  const context = patchOf(run, image, at);
  k.store(work, add(place, layout.states), transformTile(run, context, mul(place, phaseChannels(spec))));
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
      const { stride, padding } = spec;
      const [top, left] = [sub(mul(row, stride), padding[0]), sub(mul(column, stride), padding[1])];
      const { peaks } = layout;
      const tile = { spec, arena, source: image.source, row, column, top, left, own, peaks };
      const even = isEven(k, v, tile, safe);
      k.store(work, state, select(even, f64(isTransformed), f64(isDirect)));
    },
  );
}

/**
 * V = Bᵀ d B of the pixels of a tile, for every channel of its phases, from index `first` of the working memory on, where position 0 has
 * its first channel. Returns the energy of the pixels.
 */
function transformTile(run: WinogradRun, context: PatchContext, first: Expression): Expression {
  const { k, v, spec } = run;
  const { input, stride, dilation = [1, 1] } = spec;
  const { arena, own, patch, source, top, left } = context;
  const [rows, columns] = patchSides(spec);
  const energy = trackEnergy(k, v, Math.max(...tileSides(spec.form)));
  const to = k.let('to', first);
  const channelsOf = (pixels: Pixels): void => transformPixels(run, energy, pixels, to);
  const copied = (): void => {
    copyPatch(k, v, { sides: [rows, columns], input, dilation }, context);
    channelsOf({ memory: own, first: i32(patch), line: columns * input.channels, pixel: input.channels });
  };
  if (stride > 1 && input.pixelStride !== input.channels) {
    copied();
    return energy.total();
  }
  const line = input.width * input.pixelStride;
  const origin = k.let('from', add(source, mul(add(mul(top, input.width), left), input.pixelStride)));
  const [down, across] = dilation;
  const there: Pixels = { memory: arena, first: origin, line: down * line, pixel: across * input.pixelStride };
  const fits = (at: Expression, extent: number, pixels: number, step: number): Condition =>
    and(le(0, at), le(at, extent - 1 - (pixels - 1) * step));
  const inside = and(fits(top, input.height, rows, down), fits(left, input.width, columns, across));
  k.if(
    inside,
    () => channelsOf(there),
    () => {
      // Vectors are loaded whatever a select chooses, so that the tile is first copied between zeros.
      if (v.lanes > 1 || stride > 1) return copied();
      const hasRow = Array.from({ length: rows }, (_, i) => within(add(top, i * down), input.height));
      const hasColumn = Array.from({ length: columns }, (_, j) => within(add(left, j * across), input.width));
      channelsOf({ ...there, isThere: (i, j) => and(hasRow[i]!, hasColumn[j]!) });
    },
  );
  return energy.total();
}

/** Where the pixels that a tile sees lie. */
interface Pixels {
  readonly memory: Memory;
  /** Index of the first one, and elements from one row to the next and from one pixel to the next. */
  readonly first: Expression;
  readonly line: number;
  readonly pixel: number;
  /** Whether a pixel lies on the map, where not all do: others are zero. */
  readonly isThere?: (i: number, j: number) => Condition;
}

/** Transforms the channels of all phases; those of a row of phases lie side by side in the map, too. */
function transformPixels(run: WinogradRun, energy: Energy, pixels: Pixels, to: Expression): void {
  const { k, v, spec, work, layout } = run;
  const { form, input, stride } = spec;
  const { memory, line, pixel, isThere } = pixels;
  const [, across] = tileSides(form);
  const channels = stride * input.channels;
  const transformRow = (first: Expression, place: Expression): void =>
    v.each('c', channels, (c, count) => {
      const { take, finish } = energy.channels();
      const read = (i: number, j: number): Expression => {
        const value = v.load(memory, sum(first, c, stride * (i * line + j * pixel)), count);
        return take(isThere ? select(isThere(i, j), value, v.constant(0)) : value);
      };
      transformInput(k, form, read, (i, j, value) =>
        v.store(work, sum(place, c, (i * across + j) * layout.tileStride), value, count),
      );
      finish();
    });
  if (stride === 1) return transformRow(pixels.first, to);
  k.for('row', 0, stride, (row) =>
    transformRow(k.let('from', add(pixels.first, mul(row, line))), k.let('place', add(to, mul(row, channels)))),
  );
}
