// The mean of points in each bin of a region, between pixels blended bilinearly, and its gradient.

import {
  add,
  and,
  f64,
  fadd,
  fdiv,
  fmax,
  fmin,
  fmul,
  fsub,
  i32,
  interleave,
  le,
  lt,
  min,
  mul,
} from '../kernel/builder.ts';
import { select, sum, unary } from '../kernel/builder.ts';
import type { BlockBuilder } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../kernel/ir.ts';
import { sliceName } from './geometry.ts';
import type { ImageOfOperands } from './map-kernel.ts';
import { eachImageKernel } from './map-kernel.ts';
import type { RegionPoolGradientSpec, RegionPoolSpec } from './regions.ts';
import { ceiling, eachRegion, fillWithZeros, single, storeApart } from './regions.ts';
import type { Target } from './target.ts';

interface Points {
  /** Points of a bin along an axis; 0: as many as pixels, rounded up. */
  readonly sampling: number;
  /** Whether the centre of a pixel is half a pixel from its corner. */
  readonly aligned: boolean;
}

export type RegionAlignSpec = RegionPoolSpec & Points;
export type RegionAlignGradientSpec = RegionPoolGradientSpec & Points;

/** Parameters: bases of the map, of the regions and of the result, images. x [H·W, C], regions [R, 4] → y [R, C·h·w]. */
export function regionAlign(name: string, spec: RegionAlignSpec, target: Target): Kernel {
  const { output, size } = spec;
  const { slice: input, memory } = spec.input;
  const summary = `mean of points of ${output.width} regions ${sliceName(input)} -> ${size.join('x')}`;
  return eachImageKernel(name, summary, { operands: [input, spec.regions.slice], output }, target, (image) => {
    const { k, v, operands, result } = image;
    const [x, boxes] = operands as readonly [Expression, Expression];
    const pixels = k.memory(memory, 'f32');
    eachBin(image, spec, boxes, ({ down, across, bin, region, count }) => {
      const to = k.let('to', sum(result, mul(region, output.pixelStride), bin));
      v.each('c', input.channels, (c, lanes) => {
        const total = k.cell('sum', v.constant(0));
        // The points of a row by themselves: adding all of them one by one in f32 loses two digits of many.
        eachPoint(k, down, input.height, (rows) => {
          const sums = rows.map(({ at, weight }) => ({ at, weight, sum: k.cell('row', v.constant(0)) }));
          eachPoint(k, across, input.width, (columns) => {
            for (const row of sums)
              for (const column of columns) {
                const pixel = k.let('px', add(mul(row.at, input.width), column.at));
                const value = v.load(pixels, sum(x, mul(pixel, input.pixelStride), c), lanes);
                k.set(row.sum, v.multiplyAdd(row.sum.value, value, v.everywhere(column.weight)));
              }
          });
          for (const row of sums) k.set(total, v.multiplyAdd(total.value, row.sum.value, v.everywhere(row.weight)));
        });
        const bins = size[0] * size[1];
        storeApart(image, add(to, mul(c, bins)), fdiv(total.value, v.everywhere(count)), lanes, bins);
      });
    });
  });
}

/**
 * Parameters: bases of the upstream, of the map, of the regions and of the result, images. dy [R, C·h·w], x [H·W, C], regions [R, 4] →
 * dx [H·W, C].
 */
export function regionAlignGradient(name: string, spec: RegionAlignGradientSpec, target: Target): Kernel {
  const { upstream, output, size } = spec;
  const summary = `gradient of mean of points of ${upstream.width} regions ${size.join('x')} -> ${sliceName(output)}`;
  const maps = { operands: [upstream, spec.input.slice, spec.regions.slice], output };
  return eachImageKernel(name, summary, maps, target, (image) => {
    const { k, v, arena, operands, result } = image;
    const [dy, , boxes] = operands as readonly [Expression, Expression, Expression];
    fillWithZeros(image, output);
    eachBin(image, spec, boxes, ({ down, across, bin, region, count }) => {
      const from = k.let('from', sum(dy, mul(region, upstream.pixelStride), bin));
      v.each('c', output.channels, (c, lanes) => {
        const bins = size[0] * size[1];
        const given = loadApart(image, add(from, mul(c, bins)), lanes, bins);
        const share = k.let('d', fdiv(given, v.everywhere(count)));
        eachTap(k, spec, down, across, (pixel, weight) => {
          const at = k.let('at', sum(result, mul(pixel, output.pixelStride), c));
          v.store(arena, at, v.multiplyAdd(v.load(arena, at, lanes), share, v.everywhere(weight)), lanes);
        });
      });
    });
  });
}

/** The points of a bin along an axis: the first and the one behind the last that may lie in the map. */
interface Line {
  readonly start: Expression;
  readonly step: Expression;
  readonly grid: Expression;
  readonly from: Expression;
  readonly to: Expression;
}

interface Bin {
  readonly down: Line;
  readonly across: Line;
  readonly bin: Expression;
  readonly region: Expression;
  /** How many points there are, also outside of the map. */
  readonly count: Expression;
}

const MOST_POINTS = 2 ** 30;

/** Calls `body` for each bin of each region of an image. */
function eachBin(
  { k }: ImageOfOperands,
  spec: RegionPoolSpec & Points,
  boxes: Expression,
  body: (bin: Bin) => void,
): void {
  const { size, sampling, aligned } = spec;
  const { height, width } = spec.input.slice;
  eachRegion(k, spec, boxes, (region, corners) => {
    const [left, top, right, bottom] = corners.map((corner) =>
      aligned ? k.let('p', single(fsub(corner, f64(0.5)))) : corner,
    ) as [Expression, Expression, Expression, Expression];
    const axis = (first: Expression, last: Expression, bins: number) => {
      const length = single(fsub(last, first));
      const step = k.let('step', single(fdiv(aligned ? length : fmax(length, f64(1)), f64(bins))));
      const grid = sampling > 0 ? f64(sampling) : k.let('grid', fmin(fmax(ceiling(step), f64(0)), f64(MOST_POINTS)));
      return { first, step, grid };
    };
    const [rows, columns] = [axis(top, bottom, size[0]), axis(left, right, size[1])];
    const points = k.let('points', fmul(rows.grid, columns.grid));
    const count = k.let('count', select(lt(f64(1), points), points, f64(1)));
    k.for('ph', 0, size[0], (ph) => {
      const down = lineOf(k, ph, rows, height, sampling);
      k.for('pw', 0, size[1], (pw) => {
        const across = lineOf(k, pw, columns, width, sampling);
        body({ down, across, bin: k.let('bin', add(mul(ph, size[1]), pw)), region, count });
      });
    });
  });
}

function lineOf(
  k: BlockBuilder,
  bin: Expression,
  { first, step, grid }: Readonly<Record<'first' | 'step' | 'grid', Expression>>,
  extent: number,
  sampling: number,
): Line {
  const start = k.let('start', single(fadd(first, single(fmul(unary('convert', bin), step)))));
  if (sampling > 0) return { start, step, grid, from: i32(0), to: i32(sampling) };
  const bound = (edge: number, slack: number): Expression => {
    const point = fadd(fdiv(fsub(f64(edge), start), fdiv(step, grid)), f64(slack));
    return k.let('bound', unary('truncate', fmin(fmax(point, f64(0)), grid)));
  };
  return { start, step, grid, from: bound(-1, -2), to: bound(extent, 2) };
}

/** Calls `body` with the pixels that make each point of a bin, and what they count. */
function eachTap(
  k: BlockBuilder,
  { input }: RegionPoolSpec,
  down: Line,
  across: Line,
  body: (pixel: Expression, weight: Expression) => void,
): void {
  const { height, width } = input.slice;
  eachPoint(k, down, height, (rows) =>
    eachPoint(k, across, width, (columns) => {
      for (const row of rows)
        for (const column of columns)
          body(k.let('px', add(mul(row.at, width), column.at)), k.let('f', fmul(row.weight, column.weight)));
    }),
  );
}

interface Tap {
  readonly at: Expression;
  readonly weight: Expression;
}

/** Calls `body` with both neighbours of each point that lies in the map or beside it. */
function eachPoint(
  k: BlockBuilder,
  { start, step, grid, from, to }: Line,
  extent: number,
  body: (taps: readonly [Tap, Tap]) => void,
): void {
  k.for('i', from, to, (i) => {
    const half = single(fadd(unary('convert', i), f64(0.5)));
    const place = k.let('place', single(fadd(start, single(fdiv(single(fmul(half, step)), grid)))));
    k.if(and(le(f64(-1), place), le(place, f64(extent))), () => {
      const inside = k.let('inside', fmin(fmax(place, f64(0)), f64(extent - 1)));
      const low = k.let('low', unary('truncate', inside));
      const weight = k.let('f', fsub(inside, unary('convert', low)));
      body([
        { at: low, weight: k.let('f', fsub(f64(1), weight)) },
        { at: k.let('high', min(add(low, 1), extent - 1)), weight },
      ]);
    });
  });
}

/** So many numbers, as far apart. */
function loadApart({ k, v, arena }: ImageOfOperands, index: Expression, count: LaneCount, apart: number): Expression {
  if (v.lanes === 1 || apart === 1) return v.load(arena, index, count);
  const at = (lane: number): Expression =>
    lane < count ? v.broadcast(arena, add(index, lane * apart)) : v.constant(0);
  return interleave(
    'low_halves',
    k.let('g', interleave('low_lanes', at(0), at(1))),
    k.let('g', interleave('low_lanes', at(2), at(3))),
  );
}
