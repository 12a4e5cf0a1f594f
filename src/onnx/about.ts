// Values of a file that say something about numbers, and are none themselves: places of maxima, and conditions. The graph has no such
// values, so that only what makes numbers of them again may read them, what joins conditions, and what moves them.

import type { Above, Entry, Flow, Mask, Operand, Places } from './flow.ts';
import { refuse } from './problem.ts';

/** Operators that read conditions, and as which operand; all of them where none is named. */
const readers: ReadonlyMap<string, number | undefined> = new Map<string, number | undefined>([
  ...['And', 'Concat', 'Equal', 'Not', 'Or', 'Where', 'Xor'].map((name) => [name, undefined] as const),
  ...['Cast', 'CastLike'].map((name) => [name, 0] as const),
  ['Attention', 3],
]);
/** Operators that give elements of their first operand as they are. */
const moving: ReadonlySet<string> = new Set([
  ...['Expand', 'Flatten', 'Gather', 'Identity', 'Reshape', 'Slice', 'Split', 'Squeeze', 'Transpose', 'Unsqueeze'],
]);

/** Runs an importer on operands some of which may be such values; what moves conditions gives conditions. Refuses what takes numbers. */
export function knowingConditions(
  operator: string,
  given: readonly (Operand | undefined)[],
  run: () => readonly Entry[],
): readonly Entry[] {
  for (const [at, operand] of given.entries()) {
    const about = aboutOf(operand);
    if (!about) continue;
    const reads =
      about.says === 'places'
        ? operator === 'MaxUnpool' && at === 1
        : (readers.has(operator) && (readers.get(operator) ?? at) === at) || (moving.has(operator) && at === 0);
    if (reads) continue;
    refuse(
      `it computes with ${aboutText(about)}`,
      about.says === 'places'
        ? 'write this part of the network with other operators, or cut the model before it'
        : 'put a Cast to FLOAT before it, which makes 0 and 1 of it',
    );
  }
  const about = aboutOf(given[0]);
  if (!about || !moving.has(operator)) return run();
  return run().map((result) => (result.is === 'flow' ? { ...result, about } : result));
}

const aboutOf = (operand: Operand | undefined): Flow['about'] => (operand?.is === 'flow' ? operand.about : undefined);

/** What the value is, in words. */
export const aboutText = ({ says }: Places | Above | Mask): string =>
  says === 'places' ? 'the places of maxima' : 'whether something holds';
