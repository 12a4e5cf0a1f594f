// Sums of many f32 terms. One after the other, n of them lose up to n units in the last place; in blocks of blocks only some for each
// level (N. Higham, "The Accuracy of Floating Point Summation", 1993). Sums in f64 have room enough without.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, max, min } from '../kernel/builder.ts';
import type { Expression } from '../kernel/ir.ts';
import type { Numbers } from './numbers.ts';

/** Terms that are added one after the other. */
export const blockTerms = 16;

/** Products that are added one after the other in f32 at most, and in each block of a longer sum. */
export const longestChain = 512;
export const chainBlock = 256;

/** Terms of a sum: those from `from` to below `to`, whose number is known only when the kernel runs, and is at most `most`. */
export interface Terms {
  readonly from: Operand;
  readonly to: Operand;
  readonly most: number;
  /** Where blocks begin, if not at `from`: those of a window at its first tap, be it outside the map or not. */
  readonly start?: Operand;
}

/** Σ term(i). The order depends on the terms' places from `start` on alone, so that terms of 0 in front or behind change nothing. */
export function blockedSum(
  k: BlockBuilder,
  v: Numbers,
  terms: Terms,
  term: (index: Expression) => Expression,
): Expression {
  return blockedSums(k, v, terms, 1, (index) => [term(index)])[0]!;
}

/** Several such sums at once. */
export function blockedSums(
  k: BlockBuilder,
  v: Numbers,
  { from, to, most, start }: Terms,
  count: number,
  terms: (index: Expression) => readonly Expression[],
): readonly Expression[] {
  const totals = Array.from({ length: count }, () => k.cell('s', v.constant(0)));
  const accumulate = (values: readonly Expression[]): void =>
    values.forEach((value, i) => k.accumulate(totals[i]!, value));
  const size = v.lanes === 1 ? 1 : blockSize(most);
  if (size === 1) {
    k.for('i', from, to, (index) => accumulate(terms(index)));
    return totals.map(({ value }) => value);
  }
  k.for(
    'i',
    start ?? from,
    to,
    (first) => {
      const end = k.let('end', min(add(first, size), to));
      const inside = start === undefined ? first : k.let('in', max(first, from));
      accumulate(blockedSums(k, v, { start: first, from: inside, to: end, most: size }, count, terms));
    },
    { step: size },
  );
  return totals.map(({ value }) => value);
}

/** The largest power of the block's terms below a number of terms. */
function blockSize(terms: number): number {
  let size = 1;
  while (size * blockTerms < terms) size *= blockTerms;
  return size;
}
