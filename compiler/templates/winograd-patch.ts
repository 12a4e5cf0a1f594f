// The pixels of one of Winograd's tiles, copied out of the map.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, and, i32, le, lt, mul } from '../kernel/builder.ts';
import type { Condition, Expression, Memory } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import type { Numbers } from './numbers.ts';

interface Tiled {
  /** Pixels along a side of a tile. */
  readonly side: number;
  readonly input: Slice;
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

/** Copies the pixels of a tile at (top, left), [side, side, C], with zeros for those outside the map. */
export function copyPatch(k: BlockBuilder, v: Numbers, { side, input }: Tiled, context: PatchContext): void {
  const { arena, own, patch, source, top, left } = context;
  const { channels } = input;
  k.for('i', 0, side, (i) => {
    const h = k.let('h', add(top, i));
    k.for('j', 0, side, (j) => {
      const w = k.let('w', add(left, j));
      const place = k.let('p', add(mul(add(mul(i, side), j), channels), patch));
      const from = k.let('f', add(source, mul(add(mul(h, input.width), w), input.pixelStride)));
      k.if(
        and(within(h, input.height), within(w, input.width)),
        () =>
          v.each('c', channels, (c, count) => v.store(own, add(place, c), v.load(arena, add(from, c), count), count)),
        () => v.each('c', channels, (c, count) => v.store(own, add(place, c), v.constant(0), count)),
      );
    });
  });
}

/** Whether a row or column lies on a map. */
export const within = (at: Expression, extent: number): Condition => and(le(i32(0), at), lt(at, extent));
