// The block of accumulators that a matrix product keeps in registers, how many rows and columns are cut into such blocks, and
// how matrices are packed for them.

import type { Target } from './target.ts';

/** Rows and columns of accumulators that are kept in registers. */
export interface RegisterBlock {
  readonly rows: number;
  readonly columns: number;
  /** Columns that lie side by side in packed weights. */
  readonly panel: number;
  /** Steps along K that are written out. */
  readonly unroll: number;
  /** By the rows of a block: what it takes as measured, where 1 is the time of a row of a full block. */
  readonly blockCost: readonly number[];
}

/** The block of results that a matrix product keeps in registers on a target. */
export function registerBlock({ lanes, columns, panel, fused }: Target): RegisterBlock {
  if (lanes === 1) return { rows: 3, columns, panel, unroll: 1, blockCost: [0, 1.8, 2.25, 3] };
  return { rows: fused ? 6 : 5, columns, panel, unroll: 4, blockCost: [0, 1.6, 2.4, 4, 4.4, 5.2, 6] };
}

/** Columns that lie side by side in the packed matrix, and of its last panel, filled up to whole vectors. */
export interface Panels {
  readonly width: number;
  readonly full: number;
  readonly lastWidth: number;
}

/** How many panels of a matrix are full, and how wide the last one is. */
export function panelsOf(columns: number, width: number, lanes: 1 | 4): Panels {
  const rest = columns % width;
  return { width, full: Math.floor(columns / width), lastWidth: Math.ceil(rest / lanes) * lanes };
}

/** Elements of a packed matrix of `depth` × `columns`. */
export function packedLength(depth: number, columns: number, width: number, lanes: 1 | 4): number {
  const { full, lastWidth } = panelsOf(columns, width, lanes);
  return depth * (full * width + lastWidth);
}

/** How a number of rows is cut: in f64 full blocks and a rest, on vectors blocks as high as one another. */
export function rowBlocks(
  rows: number,
  most: number,
  lanes: 1 | 4,
): readonly { readonly from: number; readonly count: number; readonly height: number }[] {
  const blocks = Math.ceil(rows / most);
  const low = lanes === 1 ? rows % most : Math.floor(rows / blocks);
  const high = lanes === 1 ? most : low + 1;
  const tall = lanes === 1 ? Math.floor(rows / most) : rows % blocks;
  const parts = [
    { from: 0, count: tall, height: high },
    { from: tall * high, count: lanes === 1 ? 1 : blocks - tall, height: low },
  ];
  return parts.filter(({ count, height }) => count > 0 && height > 0);
}
