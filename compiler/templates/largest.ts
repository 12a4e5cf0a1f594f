// Maxima of many terms.

import type { BlockBuilder } from '../kernel/builder.ts';
import { fmax } from '../kernel/builder.ts';
import type { Expression } from '../kernel/ir.ts';
import type { Numbers } from './numbers.ts';

/** The largest of `extent` terms, of `count` kinds, as `Math.max` has it. */
export function largestOf(
  k: BlockBuilder,
  v: Numbers,
  extent: number,
  count: number,
  terms: (at: Expression) => readonly Expression[],
): readonly Expression[] {
  const largest = Array.from({ length: count }, () => k.cell('m', v.constant(-Infinity)));
  k.for('i', 0, extent, (at) =>
    terms(at).forEach((term, kind) => k.set(largest[kind]!, fmax(largest[kind]!.value, term))),
  );
  return largest.map(({ value }) => value);
}
