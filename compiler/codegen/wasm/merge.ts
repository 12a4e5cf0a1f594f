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
  /** What a function is → its new index. */
  const known = new Map<string, number>();
  const redirected = (one: Instruction): Instruction =>
    one.operation === 'call' ? instruction('call', moved.get(one.immediates[0]!) ?? one.immediates[0]!) : one;
  for (const [at, one] of functions.entries()) {
    const { parameters, results, locals } = one;
    const body = one.body.map(redirected);
    const key = one.exported ? undefined : [parameters, results, locals, ...body.map(textOf)].join(';');
    const same = key === undefined ? undefined : known.get(key);
    moved.set(first + at, same ?? first + kept.length);
    if (same !== undefined) continue;
    if (key !== undefined) known.set(key, first + kept.length);
    kept.push({ ...one, body });
  }
  return kept;
}

/** Different for different instructions: as a text, −0 would be 0. */
const textOf = ({ operation, immediates }: Instruction): string =>
  `${operation} ${immediates.map((value) => (Object.is(value, -0) ? '-0' : value)).join()}`;
