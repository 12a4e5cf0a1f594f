// Loops over the rows of a matrix product, as many at once as a block of registers holds.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, eq, i32, select, sub } from '../kernel/builder.ts';
import type { Expression } from '../kernel/ir.ts';
import { rowBlocks } from './register-block.ts';

/**
 * Calls `body` with the first row and the height of every block. A number of rows that is known is cut by `rowBlocks`; of another one, as
 * many blocks of the first of `heights` as there are, then of the next, the last of which is 1. The first row may go by itself.
 */
export function eachRowBlock(
  k: BlockBuilder,
  rows: Operand,
  heights: readonly [number, ...number[]],
  lanes: 1 | 4,
  body: (row: Expression, height: number) => void,
  isFirstAlone = false,
): void {
  const loop = (from: Operand, to: Operand, height: number, after?: (row: Expression) => void): void =>
    k.for(
      'i',
      from,
      to,
      (row) => {
        body(row, height);
        after?.(row);
      },
      { step: height },
    );
  if (typeof rows === 'number') {
    const alone = isFirstAlone ? 1 : 0;
    if (isFirstAlone) body(i32(0), 1);
    for (const { from, count, height } of rowBlocks(rows - alone, heights[0], lanes))
      loop(alone + from, alone + from + count * height, height);
    return;
  }
  const next = k.cell('next', 0);
  const upTo = (end: Operand): void =>
    heights.forEach((height, at) => {
      const isLast = at === heights.length - 1 && !isFirstAlone;
      loop(at === 0 && !isFirstAlone ? 0 : next.value, height === 1 ? end : sub(end, height - 1), height, (row) => {
        if (!isLast) k.set(next, add(row, height));
      });
    });
  if (isFirstAlone) k.for('turn', 0, 2, (turn) => upTo(k.let('end', select(eq(turn, 0), i32(1), rows))));
  else upTo(rows);
}
