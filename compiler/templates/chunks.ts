// Sums over the images of a batch: threads share chunks of images, whose sums lie in memory that they share and are added in a fixed
// order afterwards. How a batch is cut into chunks depends on its size and on geometry, never on threads.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, div, i32, max, min, mul } from '../kernel/builder.ts';
import type { Expression, LaneCount, Memory } from '../kernel/ir.ts';
import type { Numbers } from './numbers.ts';
import { blockedSum } from './sums.ts';
import type { Target } from './target.ts';

/** Where the sums of chunks lie: numbers one at a time, which only one thread computes, have nothing that threads share. */
export const sumsMemory = ({ threads }: Target): 'shared' | 'scratch' => (threads ? 'shared' : 'scratch');

/** Chunks of a batch at most: enough for many threads, few enough that their sums are soon added. */
export const mostChunks = 64;

export interface Chunks {
  /** Images of each, but for the last one. */
  readonly size: Expression;
  readonly count: Expression;
  readonly most: number;
}

/** Cuts a batch into at most `most` chunks, of at least `least` images each. */
export function chunksOf(k: BlockBuilder, images: Expression, most: number, least = 1): Chunks {
  const even = div(add(images, most - 1), most);
  const size = k.let('size', least === 1 ? max(even, 1) : max(even, least));
  return { size, count: k.let('chunks', div(add(images, add(size, i32(-1))), size)), most };
}

/** The images of a chunk: from the first one to below the second. */
export function imagesOf(k: BlockBuilder, { size }: Chunks, chunk: Expression, images: Expression) {
  const first = k.let('first', mul(chunk, size));
  return { first, end: k.let('end', min(add(first, size), images)) };
}

/** The sum over the chunks of what lies at `index`, `stride` elements apart. */
export function addChunks(
  k: BlockBuilder,
  v: Numbers,
  { count, most }: Chunks,
  { memory, index, stride }: { readonly memory: Memory; readonly index: Expression; readonly stride: number },
  lanes: LaneCount,
): Expression {
  return blockedSum(k, v, { from: 0, to: count, most }, (chunk) =>
    v.load(memory, add(index, mul(chunk, stride)), lanes),
  );
}
