// Which tiles Winograd's algorithm may compute. A tile's transforms mix all its pixels, so that the rounding of a large one
// reaches results that do not see it, NaN and infinities spoil the whole tile, and intermediate sums overflow before the results
// do. Such tiles are found here and computed directly.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, and, f64, fdiv, fmax, fmin, fmul, le, lt, mul, promote, select, sum, unary } from '../kernel/builder.ts';
import type { Condition, Expression, Memory } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import type { Numbers } from './numbers.ts';
import type { Filtering, Phased, Sides } from './winograd-transforms.ts';
import { amplification, patchSides, resultSides } from './winograd-transforms.ts';

/**
 * A tile is computed directly if its largest magnitude is at least this many times the largest that one of its results sees, and
 * at least this large.
 */
export const largestRatio = 256;

/** The largest magnitude of a tile's pixels with which no intermediate sum overflows; 0 where not even 1 is safe. */
export function safeMagnitude(form: Filtering, largestTap: Expression, depth: Expression): Expression {
  const most = fdiv(f64(2 ** 127 / amplification(form)), fmul(largestTap, unary('convert', depth)));
  return select(le(f64(1), most), most, f64(0));
}

/**
 * Sums Σ (Σ x²)⁸ over channels and the pixels of a tile: at least the sixteenth power of its largest magnitude, and not much more
 * where all are alike. A NaN stays in a sum, as it would not in a maximum of vectors.
 */
export interface Energy {
  /** The pixels of some channels, one after the other; `finish` when all were taken. */
  channels(): { readonly take: (value: Expression) => Expression; readonly finish: () => void };
  readonly total: () => Expression;
}

/** Squares of `line` pixels at a time are summed by themselves, so that no addition has to wait for all before it. */
export function trackEnergy(k: BlockBuilder, v: Numbers, line: number): Energy {
  const total = k.cell('e16', v.constant(0));
  return {
    channels() {
      const squares = k.cell('e2', v.constant(0));
      let pixels: Expression[] = [];
      return {
        take(value) {
          const pixel = k.let('d', value);
          pixels.push(pixel);
          if (pixels.length === line) {
            const [first, ...others] = pixels;
            const sum = others.reduce((before, other) => v.multiplyAdd(before, other, other), fmul(first!, first!));
            k.accumulate(squares, sum);
            pixels = [];
          }
          return pixel;
        },
        finish() {
          const eighth = power(k, squares.value, 4);
          k.set(total, v.multiplyAdd(total.value, eighth, eighth));
        },
      };
    },
    total: () => (v.lanes === 1 ? total.value : unary('sum_lanes', total.value)),
  };
}

/** Whether a total is below that of a single pixel with this magnitude. */
export const isBelow = (k: BlockBuilder, energy: Expression, magnitude: Expression): Condition =>
  lt(promote(energy), power(k, magnitude, 16));

/** value^exponent, a power of 2. */
function power(k: BlockBuilder, value: Expression, exponent: number): Expression {
  if (exponent === 1) return value;
  const root = k.let('r', power(k, value, exponent / 2));
  return fmul(root, root);
}

export interface JudgedTile {
  readonly spec: Phased & {
    readonly input: Slice;
    readonly map: Pick<Slice, 'height' | 'width'>;
    readonly dilation?: Sides;
  };
  readonly arena: Memory;
  /** Index of the image. */
  readonly source: Expression;
  /** The tile's first result. */
  readonly row: Expression;
  readonly column: Expression;
  /** Its first pixel, which may lie outside the map. */
  readonly top: Expression;
  readonly left: Expression;
  /** Room for the largest magnitude of each pixel. */
  readonly own: Memory;
  readonly peaks: Expression;
}

/** Whether no magnitude of the tile is too large for what its results see, nor at least `limit`. False with NaN. */
export function isEven(k: BlockBuilder, v: Numbers, tile: JudgedTile, limit: Expression): Condition {
  const { spec, own, peaks, row, column, top, left } = tile;
  const { form, kernel, stride, input, map, dilation = [1, 1] } = spec;
  const [rows, columns] = patchSides(spec);
  const [down, across] = resultSides(form);
  const largest = k.cell('largest', f64(0));
  const peakOf = (i: Expression, j: Expression): Expression => sum(peaks, mul(i, columns), j);
  k.for('i', 0, rows, (i) => {
    const h = k.let('h', add(top, mul(i, dilation[0])));
    k.for('j', 0, columns, (j) => {
      const w = k.let('w', add(left, mul(j, dilation[1])));
      const place = k.let('p', peakOf(i, j));
      const isInside = and(and(le(0, h), lt(h, input.height)), and(le(0, w), lt(w, input.width)));
      const copy = (): void => {
        const from = k.let('f', add(tile.source, mul(add(mul(h, input.width), w), input.pixelStride)));
        const peak = k.cell('m', v.constant(0));
        v.each('c', input.channels, (c, count) =>
          k.set(peak, fmax(peak.value, unary('abs', v.load(tile.arena, add(from, c), count)))),
        );
        k.store(own, place, v.lanes === 1 ? peak.value : unary('max_lanes', peak.value));
        k.set(largest, fmax(largest.value, promote(k.load(own, place))));
      };
      k.if(isInside, copy, () => k.store(own, place, f64(0)));
    });
  });
  const least = k.cell('least', f64(Infinity));
  k.for('i', 0, down, (i) => {
    k.for('j', 0, across, (j) => {
      const place = [add(row, mul(i, dilation[0])), add(column, mul(j, dilation[1]))] as const;
      k.if(and(lt(place[0], map.height), lt(place[1], map.width)), () => {
        const seen = k.cell('seen', f64(1));
        k.for('a', 0, kernel[0], (a) =>
          k.for('b', 0, kernel[1], (b) =>
            k.set(seen, fmax(seen.value, promote(k.load(own, peakOf(add(mul(i, stride), a), add(mul(j, stride), b)))))),
          ),
        );
        k.set(least, fmin(least.value, seen.value));
      });
    });
  });
  return and(lt(largest.value, limit), lt(largest.value, fmul(least.value, f64(largestRatio))));
}
