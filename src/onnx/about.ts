// Values of a file that say something about numbers, and are none themselves: places of maxima, and whether numbers are above another one.
// The graph has no such values, so that only what makes numbers of them again may read them.

import type { Above, Operand, Places } from './flow.ts';
import { refuse } from './problem.ts';

/** Operators that read such values, and as which operand. */
const readers: Readonly<Record<string, { readonly operand: number; readonly says: string }>> = {
  MaxUnpool: { operand: 1, says: 'places' },
  Where: { operand: 0, says: 'above' },
};

/** Refuses such values where the operator takes numbers. */
export function requireNumbers(operator: string, given: readonly (Operand | undefined)[]): void {
  for (const [at, operand] of given.entries()) {
    const about = operand?.is === 'flow' ? operand.about : undefined;
    const reader = readers[operator];
    if (!about || (reader?.operand === at && reader.says === about.says)) continue;
    refuse(
      `it computes with ${aboutText(about)}`,
      'write this part of the network with other operators, or cut the model before it',
    );
  }
}

/** What the value is, in words. */
export const aboutText = ({ says }: Places | Above): string =>
  says === 'places' ? 'the places of maxima' : 'whether numbers are above another one';
