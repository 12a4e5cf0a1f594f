// Pooling of regions of a map: for each bin of a region the largest pixel, or the mean of points between pixels, and the gradient of both.
// Where bins and points lie is f64 rounded to f32 after each operation, for all targets, so that all see the same pixels.

import { add, eq, f64, fadd, fdiv, fmax, fmin, fmul, fsub, i32, interleave, le, lt, mul } from '../kernel/builder.ts';
import { pmax, promote, select, sum, unary } from '../kernel/builder.ts';
import type { BlockBuilder } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import type { ImageOfOperands } from './map-kernel.ts';
import { eachImageKernel } from './map-kernel.ts';
import type { Target } from './target.ts';

/** Where a value lies that may be known when a module loads. */
interface Held {
  readonly slice: Slice;
  readonly memory: 'arena' | 'weights';
}

export interface RegionsSpec {
  readonly input: Held;
  /** A pixel for each: x1, y1, x2, y2. */
  readonly regions: Held;
  /** How many bins each has. */
  readonly size: readonly [number, number];
  /** Of the map, by the picture. */
  readonly scale: number;
}

export interface RegionPoolSpec extends RegionsSpec {
  /** A pixel for each region: the bins of the first channel, of the second, … */
  readonly output: Slice;
}

export interface RegionPoolGradientSpec extends RegionPoolSpec {
  /** ∂loss/∂y. */
  readonly upstream: Slice;
}

/** Parameters: bases of the map, of the regions and of the result, images. x [H·W, C], regions [R, 4] → y [R, C·h·w]. */
export function regionPool(name: string, spec: RegionPoolSpec, target: Target): Kernel {
  const { output, size } = spec;
  const { slice: input, memory } = spec.input;
  const summary = `largest of ${output.width} regions ${sliceName(input)} -> ${size.join('x')}`;
  return eachImageKernel(name, summary, { operands: [input, spec.regions.slice], output }, target, (image) => {
    const { k, v, operands, result } = image;
    const [x, boxes] = operands as readonly [Expression, Expression];
    const pixels = k.memory(memory, 'f32');
    eachBin(image, spec, boxes, ({ rows, columns, bin, region }) => {
      const to = k.let('to', sum(result, mul(region, output.pixelStride), bin));
      const isEmpty = select(lt(rows.from, rows.to), select(lt(columns.from, columns.to), i32(0), i32(1)), i32(1));
      const least = k.let('e', select(eq(isEmpty, 0), f64(LEAST), f64(0)));
      v.each('c', input.channels, (c, count) => {
        const largest = k.cell('m', v.everywhere(least));
        eachPixel(k, input, rows, columns, (pixel) => {
          const value = k.let('v', v.load(pixels, sum(x, pixel, c), count));
          k.set(
            largest,
            v.lanes > 1 ? pmax(largest.value, value) : select(lt(largest.value, value), value, largest.value),
          );
        });
        storeApart(image, add(to, mul(c, size[0] * size[1])), largest.value, count, size[0] * size[1]);
      });
    });
  });
}

/**
 * The gradient of the first of the largest pixels of each bin. Parameters: bases of the upstream, of the map, of the regions and of the
 * result, images. dy [R, C·h·w], x [H·W, C], regions [R, 4] → dx [H·W, C].
 */
export function regionPoolGradient(name: string, spec: RegionPoolGradientSpec, target: Target): Kernel {
  const { upstream, output, size } = spec;
  const { slice: input, memory } = spec.input;
  const summary = `gradient of largest of ${upstream.width} regions ${size.join('x')} -> ${sliceName(input)}`;
  const maps = { operands: [upstream, input, spec.regions.slice], output };
  return eachImageKernel(name, summary, maps, target, (image) => {
    const { k, arena, operands, result } = image;
    const [dy, x, boxes] = operands as readonly [Expression, Expression, Expression];
    const pixels = k.memory(memory, 'f32');
    fillWithZeros(image, output);
    eachBin(image, spec, boxes, ({ rows, columns, bin, region }) => {
      const from = k.let('from', sum(dy, mul(region, upstream.pixelStride), bin));
      k.for('c', 0, input.channels, (c) => {
        const largest = k.cell('m', f64(LEAST));
        const place = k.cell('at', i32(-1));
        eachPixel(k, output, rows, columns, (pixel, h, w) => {
          const read = sum(x, mul(add(mul(h, input.width), w), input.pixelStride), c);
          const value = k.let('v', promote(k.load(pixels, read)));
          k.if(lt(largest.value, value), () => {
            k.set(largest, value);
            k.set(place, pixel);
          });
        });
        k.if(le(0, place.value), () => {
          const at = k.let('to', sum(result, place.value, c));
          const given = promote(k.load(arena, add(from, mul(c, size[0] * size[1]))));
          k.store(arena, at, fadd(promote(k.load(arena, at)), given));
        });
      });
    });
  });
}

/** What a bin has whose pixels all are less, or no numbers. */
const LEAST = -3.4028234663852886e38;

/** From the first pixel of a bin along an axis to the one behind its last. */
interface Range {
  readonly from: Expression;
  readonly to: Expression;
}

interface Bin {
  readonly rows: Range;
  readonly columns: Range;
  readonly bin: Expression;
  readonly region: Expression;
}

/** Calls `body` for each region of an image with its corners x1, y1, x2, y2 in the map, f64 that are f32. */
export function eachRegion(
  k: BlockBuilder,
  spec: RegionsSpec,
  boxes: Expression,
  body: (region: Expression, corners: readonly Expression[]) => void,
): void {
  const { slice, memory } = spec.regions;
  const held = k.memory(memory, 'f32');
  k.for('r', 0, slice.width, (region) => {
    const place = k.let('box', add(boxes, mul(region, slice.pixelStride)));
    const scale = f64(Math.fround(spec.scale));
    const corner = (at: number): Expression => k.let('p', single(fmul(promote(k.load(held, add(place, at))), scale)));
    body(region, [0, 1, 2, 3].map(corner));
  });
}

/** Calls `body` for each bin of each region of an image. */
function eachBin({ k }: ImageOfOperands, spec: RegionsSpec, boxes: Expression, body: (bin: Bin) => void): void {
  const { size } = spec;
  const input = spec.input.slice;
  eachRegion(k, spec, boxes, (region, corners) => {
    const [left, top, right, bottom] = corners.map((value) => k.let('p', roundedAway(value))) as [
      Expression,
      Expression,
      Expression,
      Expression,
    ];
    const stepOf = (from: Expression, to: Expression, bins: number): Expression =>
      k.let('step', single(fdiv(single(fmax(fadd(fsub(to, from), f64(1)), f64(1))), f64(bins))));
    const [down, across] = [stepOf(top, bottom, size[0]), stepOf(left, right, size[1])];
    k.for('ph', 0, size[0], (ph) => {
      const rows = rangeOf(k, ph, { start: top, step: down, extent: input.height });
      k.for('pw', 0, size[1], (pw) => {
        const columns = rangeOf(k, pw, { start: left, step: across, extent: input.width });
        body({ rows, columns, bin: k.let('bin', add(mul(ph, size[1]), pw)), region });
      });
    });
  });
}

/** The pixels of a bin along an axis; none where its edges are no numbers. */
function rangeOf(
  k: BlockBuilder,
  bin: Expression,
  { start, step, extent }: { readonly start: Expression; readonly step: Expression; readonly extent: number },
): Range {
  const inside = (edge: Expression): Expression => k.let('edge', fmin(fmax(fadd(edge, start), f64(0)), f64(extent)));
  const multiple = (count: Expression): Expression => single(fmul(unary('convert', count), step));
  const from = inside(unary('floor', multiple(bin)));
  const to = inside(ceiling(multiple(add(bin, 1))));
  return {
    from: k.let('from', unary('truncate', from)),
    to: k.let('end', unary('truncate', select(lt(from, to), to, f64(0)))),
  };
}

/** Calls `body` with the place of each pixel in an image's map. */
function eachPixel(
  k: BlockBuilder,
  map: Slice,
  rows: Range,
  columns: Range,
  body: (pixel: Expression, h: Expression, w: Expression) => void,
): void {
  k.for('h', rows.from, rows.to, (h) => {
    k.for('w', columns.from, columns.to, (w) => {
      body(k.let('px', mul(add(mul(h, map.width), w), map.pixelStride)), h, w);
    });
  });
}

/** Stores 0 in all of a map. */
export function fillWithZeros({ k, v, arena, result }: ImageOfOperands, map: Slice): void {
  k.for('p', 0, map.height * map.width, (p) => {
    const to = k.let('to', add(result, mul(p, map.pixelStride)));
    v.each('c', map.channels, (c, count) => v.store(arena, add(to, c), v.constant(0), count));
  });
}

/** Stores the first `count` lanes, so many elements apart. */
export function storeApart(
  { k, v, arena }: ImageOfOperands,
  index: Expression,
  value: Expression,
  count: LaneCount,
  apart: number,
): void {
  if (v.lanes === 1 || apart === 1) return v.store(arena, index, value, count);
  const [first, last] = [interleave('low_lanes', value, value), interleave('high_lanes', value, value)];
  const lanes = [value, first, value, last].map((one, at) => (at === 0 ? one : interleave('high_halves', one, one)));
  for (let lane = 0; lane < count; lane += 1) k.storeLanes(arena, add(index, lane * apart), lanes[lane]!, 1);
}

/** The next whole number. */
export const ceiling = (value: Expression): Expression => unary('neg', unary('floor', unary('neg', value)));

/** An f64 rounded to f32. */
export const single = (value: Expression): Expression => promote(unary('demote', value));

/** A variable rounded to the nearest whole number; of two to the one that is further from 0. */
const roundedAway = (value: Expression): Expression =>
  select(lt(value, f64(0)), unary('neg', unary('floor', fsub(f64(0.5), value))), unary('floor', fadd(value, f64(0.5))));
