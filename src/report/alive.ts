// How much is alive while a program runs.

import type { Buffer, Program } from '../../compiler/program/program.ts';

/** For each call the sum of what `sizeOf` says of the buffers that are alive during it: whole numbers, so that it is exact. */
export function aliveAtCalls(
  { run }: Program,
  buffers: readonly Buffer[],
  sizeOf: (buffer: Buffer) => number,
): Float64Array {
  const alive = new Float64Array(run.length);
  for (const buffer of buffers) {
    const [from, to] = [Math.max(buffer.from, 0), Math.min(buffer.to, run.length - 1)];
    if (from > to) continue;
    alive[from]! += sizeOf(buffer);
    if (to + 1 < run.length) alive[to + 1]! -= sizeOf(buffer);
  }
  for (let at = 1; at < run.length; at += 1) alive[at]! += alive[at - 1]!;
  return alive;
}
