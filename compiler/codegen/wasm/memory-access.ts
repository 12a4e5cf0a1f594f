// How elements are reached: the constant part of an index, which the instructions add by themselves, and the instructions that
// load or store fewer lanes than four.

import type { Expression, LaneCount } from '../../kernel/ir.ts';

export const wholeLoads = { 1: 'v128.load32_zero', 2: 'v128.load64_zero', 4: 'v128.load' } as const;

interface PartialStore {
  readonly operation: 'v128.store32_lane' | 'v128.store64_lane';
  readonly lane: number;
  /** From the first one. */
  readonly element: number;
}

export const partialStores: Readonly<Record<Exclude<LaneCount, 4>, readonly PartialStore[]>> = {
  1: [{ operation: 'v128.store32_lane', lane: 0, element: 0 }],
  2: [{ operation: 'v128.store64_lane', lane: 0, element: 0 }],
  3: [
    { operation: 'v128.store64_lane', lane: 0, element: 0 },
    { operation: 'v128.store32_lane', lane: 2, element: 2 },
  ],
};

/**
 * Adds the terms of a sum to `terms`; returns its constant. The terms of an index must not be negative together: an
 * instruction adds the constant without wrapping around.
 */
export function linear(index: Expression, terms: Expression[]): number {
  if (index.kind === 'constant') return index.value;
  if (index.kind === 'binary' && index.operation === 'add')
    return linear(index.left, terms) + linear(index.right, terms);
  if (index.kind === 'binary' && index.operation === 'sub' && index.right.kind === 'constant')
    return linear(index.left, terms) - index.right.value;
  terms.push(index);
  return 0;
}
