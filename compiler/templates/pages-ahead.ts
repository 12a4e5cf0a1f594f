// Weights that are read once, in order, come from memory page by page: what a core fetches ahead by itself ends with each page, and the first
// read of the next one waits. Two pages are touched at a time before they are read, so that those waits pass together.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, min } from '../kernel/builder.ts';
import type { Expression, Memory } from '../kernel/ir.ts';
import type { PackedMatrix } from './panel-ahead.ts';

const pageBytes = 4096;
const pagesAtOnce = 2;

/** Touches the pages of `length` weights from `start` on, as far as there are so many. */
export function touchPages(
  k: BlockBuilder,
  { weights, wBase, depth, columns }: PackedMatrix,
  start: Expression,
  length: number,
): void {
  const last = add(wBase, depth * columns - 1);
  for (let at = 0; at < length; at += pageOf(weights)) k.prefetch(weights, min(add(start, at), last));
}

/** Elements. */
const pageOf = ({ type }: Memory): number => pageBytes / (type === 'bf16' ? 2 : 4);

/**
 * Loops over `rows` rows of packed weights, a power of two, in parts that fill the pages which are touched at a time. `body` emits a part
 * of so many rows; `at` is where the weights are read next, and `width` the elements of a row.
 */
export function throughPages(
  k: BlockBuilder,
  matrix: PackedMatrix,
  { at, rows, width }: { readonly at: Expression; readonly rows: number; readonly width: number },
  body: (rows: number) => void,
): void {
  let part = rows;
  while (part * width > pagesAtOnce * pageOf(matrix.weights)) part /= 2;
  k.for(
    'part',
    0,
    rows,
    () => {
      touchPages(k, matrix, add(at, part * width), part * width);
      body(part);
    },
    { step: part },
  );
}
