// Find references: all places that say a name, in the file, its imports and its importers.

import type { Analysis } from './analysis.ts';
import { keyOf, nameAt, originalOf, usesWhere } from './names.ts';
import type { Location } from './types.ts';

export interface ReferenceOptions {
  /** Whether the identifier that defines the name is one of them, and those that give it an alias. */
  readonly declaration?: boolean;
  /** Further files that may say it: the importers. */
  readonly others?: readonly Analysis[];
}

/**
 * Every place that refers to what the name at an offset stands for. What is imported under an alias is found by either name.
 * Operators, attributes and words of the language have references, too, and no declaration.
 */
export function references(
  analysis: Analysis,
  offset: number,
  { declaration = true, others = [] }: ReferenceOptions = {},
): readonly Location[] {
  const use = nameAt(analysis, offset);
  if (!use) return [];
  const wanted = keyOf(originalOf(use.definition));
  const uses = usesWhere([analysis, ...others], (definition) => keyOf(originalOf(definition)) === wanted);
  return uses.filter(({ defines }) => declaration || !defines).map(({ span }) => span);
}
