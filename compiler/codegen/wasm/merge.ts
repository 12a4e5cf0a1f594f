// Functions that are the same, but for their names, once: kernels of one geometry with different epilogues often share the bodies of their
// loops. An engine compiles such a body once, and what it learns in one kernel serves the others.

import type { WasmFunction } from './assembler.ts';
import type { Instruction } from './instructions.ts';
import { instruction } from './instructions.ts';

/**
 * Without functions that repeat an earlier one; exported ones all stay. Functions are called by later ones only, and have the indices from
 * `first` on.
 */
export function merged(functions: readonly WasmFunction[], first: number): readonly WasmFunction[] {
  const kept: WasmFunction[] = [];
  /** Index → the new one. */
  const moved = new Map<number, number>();
  /** What functions have outside their bodies, and how many instructions inside → those of which this is so. */
  const known = new Map<string, { readonly body: readonly Instruction[]; readonly index: number }[]>();
  const redirected = (one: Instruction): Instruction =>
    one.operation === 'call' ? instruction('call', moved.get(one.immediates[0]!) ?? one.immediates[0]!) : one;
  for (const [at, one] of functions.entries()) {
    const { parameters, results, locals } = one;
    const body = one.body.map(redirected);
    const key = [parameters, results, locals, body.length].join(';');
    const alike = known.get(key) ?? [];
    const same = one.exported ? undefined : alike.find((other) => isSame(other.body, body))?.index;
    moved.set(first + at, same ?? first + kept.length);
    if (same !== undefined) continue;
    if (!one.exported) known.set(key, [...alike, { body, index: first + kept.length }]);
    kept.push({ ...one, body });
  }
  return kept;
}

/** Of as many instructions, whether they are the same: 0 and −0 are not. */
const isSame = (left: readonly Instruction[], right: readonly Instruction[]): boolean =>
  left.every(({ operation, immediates }, at) => {
    const other = right[at]!;
    if (operation !== other.operation || immediates.length !== other.immediates.length) return false;
    return immediates.every((value, of) => Object.is(value, other.immediates[of]));
  });
