// The pixels of one of Winograd's tiles, copied out of the map.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, and, div, i32, le, lt, max, min, mul, sub, sum } from '../kernel/builder.ts';
import type { Condition, Expression, LaneCount, Memory } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import type { Numbers } from './numbers.ts';
import type { Sides } from './winograd-transforms.ts';

interface Tiled {
  /** Pixels of a tile. */
  readonly sides: Sides;
  readonly input: Slice;
  /** Rows and columns from one of them to the next; 1 unless given. */
  readonly dilation?: Sides;
}

export interface PatchContext {
  readonly arena: Memory;
  readonly own: Memory;
  /** Index of the copy in `own`. */
  readonly patch: number;
  readonly source: Expression;
  readonly top: Expression;
  readonly left: Expression;
}

/** Copies the pixels of a tile at (top, left), [rows, columns, C], with zeros for those outside the map. */
export function copyPatch(
  k: BlockBuilder,
  v: Numbers,
  { sides: [rows, columns], input, dilation: [down, across] = [1, 1] }: Tiled,
  context: PatchContext,
): void {
  const { arena, own, patch, source, top, left } = context;
  const { channels, width, pixelStride } = input;
  // Columns of the tile from `start` to `end` lie on the map.
  const steps = (distance: Expression): Expression =>
    across === 1 ? distance : div(add(max(0, distance), across - 1), across);
  const start = k.let('start', min(max(0, steps(sub(0, left))), columns));
  const end = k.let('end', max(start, min(steps(sub(width, left)), columns)));
  const onMap = k.let('w', across === 1 ? max(0, left) : add(left, mul(start, across)));
  k.for('i', 0, rows, (i) => {
    const h = k.let('h', add(top, mul(i, down)));
    const to = k.let('p', add(mul(i, columns * channels), patch));
    const pixels = (
      first: Expression,
      count: Expression,
      valueOf: (j: Expression, c: Expression, size: LaneCount) => Expression,
    ): void =>
      k.for('j', 0, count, (j) => {
        const place = k.let('q', add(to, mul(add(first, j), channels)));
        v.each('c', channels, (c, size) => v.store(own, add(place, c), valueOf(j, c, size), size));
      });
    const zero = (): Expression => v.constant(0);
    k.if(
      within(h, input.height),
      () => {
        const from = k.let('f', add(source, mul(add(mul(h, width), onMap), pixelStride)));
        pixels(i32(0), start, zero);
        pixels(start, sub(end, start), (j, c, size) => v.load(arena, sum(from, mul(j, across * pixelStride), c), size));
        pixels(end, sub(columns, end), zero);
      },
      () => pixels(i32(0), i32(columns), zero),
    );
  });
}

/** Whether a row or column lies on a map. */
export const within = (at: Expression, extent: number): Condition => and(le(i32(0), at), lt(at, extent));
