// How long properties run: a fixed seed and few runs by default; CNNC_RUNS=20 runs twenty times as many, on a new
// seed, CNNC_RUNS=0.1 a tenth on the fixed one.

import type * as fc from 'fast-check';
import { operators } from '../../compiler/ops/index.ts';

/** The seed follows from `name`, so that two properties do not try the same cases. */
export function runs<T>(usual: number, name = ''): fc.Parameters<T> {
  return { numRuns: Math.ceil(usual * factor), ...(isExploring ? {} : { seed: seedOf(name) }) };
}

/** Random cases of an operator: 90 where a window meets the borders of an image, where most mistakes are made. */
export function casesOf(op: string): number {
  const { window, lowering } = operators.get(op)!;
  return Math.ceil((window && lowering?.kind !== 'view' ? 90 : 16) * factor);
}

const factor = Number(process.env['CNNC_RUNS'] ?? 1);

/** Whether seeds are new in every run. */
export const isExploring = factor > 1;

/** Milliseconds for `casesOf` cases, on a busy machine, too. */
export const timeout = 240_000 * Math.max(1, factor);

/** FNV-1a on 31 bits; without a name, the seed of all properties that need none of their own. */
function seedOf(name: string): number {
  let hash = 20_260_711;
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return hash & 0x7fffffff;
}
