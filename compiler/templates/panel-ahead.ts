// While a panel of weights is multiplied, the next one is brought nearer: weights that come from beyond the caches of a core would otherwise
// keep the first rows of each panel waiting. T. Mowry, M. Lam and A. Gupta, "Design and Evaluation of a Compiler Algorithm for
// Prefetching" (1992).

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, min, mul } from '../kernel/builder.ts';
import type { Expression, Memory } from '../kernel/ir.ts';
import type { Numbers } from './numbers.ts';
import { panelsOf } from './register-block.ts';

export interface PackedMatrix {
  readonly depth: number;
  readonly columns: number;
  /** Columns of a packed panel, a multiple of the register block's. */
  readonly panel?: number;
  /** Runs of equal length in which a row of the other factor lies. Default: one. */
  readonly runs?: { readonly count: number };
  readonly weights: Memory;
  /** Index of the packed matrix. */
  readonly wBase: Expression;
  /** Over how many rows, which there are at least, the next panel is brought nearer. Default: not at all. */
  readonly prefetchRows?: number;
}

/** Elements in a line of the caches. */
const lineLength = ({ type }: Memory): number => (type === 'bf16' ? 32 : 16);

export interface Ahead {
  /** At the begin of a tile. */
  begin(): void;
  /** For as many products of each of its results as are written out. */
  step(): void;
}

/** Of the panel behind the one from `column` on, which has so many columns; undefined where nothing is to be brought nearer. */
export function panelAhead(
  k: BlockBuilder,
  v: Numbers,
  { columns: all, depth, panel, prefetchRows, runs = { count: 1 }, wBase, weights }: PackedMatrix,
  { column, columns }: { readonly column: Expression; readonly columns: number },
): Ahead | undefined {
  const { width, full } = panelsOf(all, panel ?? v.block.panel, v.lanes);
  const steps = runs.count * Math.floor(depth / runs.count / v.block.unroll);
  if (prefetchRows === undefined || full < 2 || columns < width || steps === 0) return undefined;
  const tiles = Math.ceil(prefetchRows / v.block.rows) * Math.ceil(width / v.block.columns);
  /** Weights from one step to the next: together, the tiles' steps go over the panel. */
  const distance = Math.ceil((depth * width) / (steps * tiles));
  const next = k.let('next', add(wBase, mul(min(add(column, width), (full - 1) * width), depth)));
  /** Where a tile may begin, so that it stays in the panel. */
  const last = k.let('last', add(next, depth * width - steps * distance));
  const at = k.cell('ahead', next);
  return {
    begin: () => k.set(at, min(at.value, last)),
    step() {
      for (let line = 0; line < distance; line += lineLength(weights)) k.prefetch(weights, add(at.value, line));
      k.accumulate(at, distance);
    },
  };
}
