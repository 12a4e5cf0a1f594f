// Gathering for convolutions: the windows of a run of output pixels become rows of a small scratch matrix, zeros where a
// window reaches into the padding. Method: K. Chellapilla et al., "High Performance Convolutional Neural Networks for
// Document Processing" (2006), tile by tile. Transposed convolutions gather from the input spread over a grid of zeros.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, and, div, eq, f64, i32, lanes, le, lt, mul, rem, sub } from '../kernel/builder.ts';
import type { Expression, Memory } from '../kernel/ir.ts';
import type { ConvGeometry } from './conv-geometry.ts';
import type { Mover } from './numbers.ts';

export interface GatherContext {
  readonly arena: Memory;
  readonly scratch: Memory;
  /** Index of the image's first element, at the group's first channel. */
  readonly from: Expression;
  readonly first: Expression;
  readonly rows: number | Expression;
  /** Elements from one row to the next. Default: those of a window. */
  readonly rowLength?: number;
  /** What lies around the map, in every lane. Default: 0. */
  readonly zero?: Expression;
  /** Whether threads share the rows. */
  readonly parallel: boolean;
}

/** Runs of at most this many loads are copied without a loop. */
const unrolledRun = 16;

/** Writes the windows of pixels first … first + rows − 1 as rows of (kh, kw, c) elements. */
export function gatherTile(k: BlockBuilder, v: Mover, spec: ConvGeometry, context: GatherContext): void {
  const { input, output, dilation, inputDilation } = spec;
  const [kh, kw] = spec.kernel;
  const channels = input.channels / spec.groups;
  const { arena, scratch, from } = context;
  const each = (count: number, copyOne: (c: Expression, size: number) => void): void => {
    if (count > unrolledRun * v.lanes) return v.each('c', count, copyOne);
    for (let c = 0; c < count; c += v.lanes) copyOne(i32(c), Math.min(v.lanes, count - c));
  };
  const copy = (to: Expression, source: Expression, count: number): void =>
    each(count, (c, size) => {
      if (v.lanes === 1) k.store(scratch, add(to, c), k.load(arena, add(source, c)));
      else v.store(scratch, add(to, c), v.load(arena, add(source, c), size), size);
    });
  const zero = context.zero ?? (v.lanes === 1 ? f64(0) : lanes(0));
  const clear = (to: Expression, count: number): void =>
    each(count, (c, size) => v.store(scratch, add(to, c), zero, size));
  const indexOf = (h: Expression, w: Expression): Expression =>
    k.let('from', add(from, mul(add(mul(h, input.width), w), input.pixelStride)));

  const gatherRow = (row: Expression): void => {
    const pixel = k.let('q', add(context.first, row));
    const top = k.let('top', sub(mul(div(pixel, output.width), spec.stride[0]), spec.padding[0]));
    const left = k.let('left', sub(mul(rem(pixel, output.width), spec.stride[1]), spec.padding[1]));
    const base = k.let('to', mul(row, context.rowLength ?? channels * kh * kw));
    const clipped = (): void =>
      k.for('kh', 0, kh, (i) => {
        const h = k.let('h', add(top, mul(i, dilation[0])));
        k.for('kw', 0, kw, (j) => {
          const w = k.let('w', add(left, mul(j, dilation[1])));
          const to = k.let('to', add(base, mul(add(mul(i, kw), j), channels)));
          k.if(
            and(onGrid(h, input.height, inputDilation[0]), onGrid(w, input.width, inputDilation[1])),
            () => copy(to, indexOf(div(h, inputDilation[0]), div(w, inputDilation[1])), channels),
            () => clear(to, channels),
          );
        });
      });
    /** The whole window lies in the map: its rows are copied as runs where they are contiguous. */
    const inside = (): void => {
      const runs = dilation[1] === 1 && input.pixelStride === channels;
      k.for('kh', 0, kh, (i) => {
        const start = indexOf(add(top, mul(i, dilation[0])), left);
        const to = k.let('to', add(base, mul(i, kw * channels)));
        if (runs) return copy(to, start, kw * channels);
        k.for('kw', 0, kw, (j) => {
          const place = k.let('to', add(to, mul(j, channels)));
          copy(place, k.let('from', add(start, mul(j, dilation[1] * input.pixelStride))), channels);
        });
      });
    };
    if (inputDilation.some((spacing) => spacing !== 1)) return clipped();
    const last = [input.height - 1 - (kh - 1) * dilation[0], input.width - 1 - (kw - 1) * dilation[1]] as const;
    const rows = and(le(0, top), le(top, last[0]));
    k.if(and(rows, and(le(0, left), le(left, last[1]))), inside, clipped);
  };
  k.for('r', 0, context.rows, gatherRow, { parallel: context.parallel });
}

/** 0 ≤ at < (extent − 1) · spacing + 1, and on a multiple of the spacing. */
function onGrid(at: Expression, extent: number, spacing: number) {
  const inside = and(le(0, at), lt(at, (extent - 1) * spacing + 1));
  return spacing === 1 ? inside : and(inside, eq(rem(at, spacing), 0));
}
