// Weights that are read once, in order, come from memory page by page: what a core fetches ahead by itself ends with each page, and the first
// read of the next one waits. Two pages are touched at a time before they are read, so that those waits pass together.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, min } from '../kernel/builder.ts';
import type { Expression } from '../kernel/ir.ts';
import type { PackedMatrix } from './panel-ahead.ts';

const pageBytes = 4096;
const pagesAtOnce = 2;

/**
 * Loops over `rows` rows of packed weights, a power of two, in parts that fill the pages which are touched at a time. `body` emits a part
 * of so many rows; `at` is where the weights are read next, and `width` the elements of a row.
 */
export function throughPages(
  k: BlockBuilder,
  { weights, wBase, depth, columns }: PackedMatrix,
  { at, rows, width }: { readonly at: Expression; readonly rows: number; readonly width: number },
  body: (rows: number) => void,
): void {
  const page = pageBytes / (weights.type === 'bf16' ? 2 : 4);
  let part = rows;
  while (part * width > pagesAtOnce * page) part /= 2;
  const last = add(wBase, depth * columns - 1);
  k.for(
    'part',
    0,
    rows,
    () => {
      for (let ahead = 0; ahead < part * width; ahead += page)
        k.prefetch(weights, min(add(at, part * width + ahead), last));
      body(part);
    },
    { step: part },
  );
}
