// Sums of many f32 terms. One after the other, n of them lose up to n units in the last place; in blocks of blocks only some for each
// level (N. Higham, "The Accuracy of Floating Point Summation", 1993). Sums in f64 have room enough without.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, min } from '../kernel/builder.ts';
import type { Expression } from '../kernel/ir.ts';
import type { Numbers } from './numbers.ts';

/** Terms that are added one after the other. */
const blockTerms = 16;

/**
 * Σ term(i) over `from` ≤ i < `to`, at most `most` terms, whose number is known only when the kernel runs. The order depends on it
 * alone.
 */
export function blockedSum(
  k: BlockBuilder,
  v: Numbers,
  [from, to, most]: readonly [from: Operand, to: Operand, most: number],
  term: (index: Expression) => Expression,
): Expression {
  const total = k.cell('s', v.constant(0));
  const size = v.lanes === 1 ? 1 : blockSize(most);
  k.for(
    'i',
    from,
    to,
    (first) => {
      const end = (): Expression => k.let('end', min(add(first, size), to));
      k.accumulate(total, size === 1 ? term(first) : blockedSum(k, v, [first, end(), size], term));
    },
    { step: size },
  );
  return total.value;
}

/** The largest power of the block's terms below a number of terms. */
function blockSize(terms: number): number {
  let size = 1;
  while (size * blockTerms < terms) size *= blockTerms;
  return size;
}
