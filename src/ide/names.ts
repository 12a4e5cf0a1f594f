// Names across analyses. Each analysis has sources and definitions of its own, so that the same name of two of them is known
// by its file and its place.

import { useAt } from '../../compiler/frontend/names/bindings.ts';
import type { Definition, Named, Use } from '../../compiler/frontend/names/bindings.ts';
import type { Span } from '../../grammar/source.ts';
import type { Analysis } from './analysis.ts';

/** The name at an offset of the analysed text, the end of the name included. */
export function nameAt({ bindings, source }: Analysis, offset: number): Use | undefined {
  return useAt(bindings, source, offset);
}

/** Whether the text defines it, and not the language. */
export function isNamed(definition: Definition): definition is Named {
  return 'span' in definition;
}

/** Whether other files may say it: what a file defines as a whole, parameters by which it is called, and the language's own names. */
export function isSeenElsewhere(definition: Definition): boolean {
  if (!isNamed(definition) || definition.kind === 'parameter') return true;
  const { start, end, source } = definition.scope;
  return start === 0 && end === source.text.length;
}

/** What an alias of an import stands for; any other name is itself. */
export function originalOf(definition: Definition): Definition {
  return isNamed(definition) && definition.original ? originalOf(definition.original) : definition;
}

/** The same text for the same definition, in whichever analysis it is met. */
export function keyOf(definition: Definition): string {
  if (isNamed(definition)) return placeOf(definition.span);
  const owner = definition.kind === 'attribute' ? `${definition.operator.name}.` : '';
  return `${definition.kind} ${owner}${definition.name}`;
}

/** The same text for the same place of a file. */
export function placeOf({ source, start }: Span): string {
  return `${start} ${source.path}`;
}

/** The uses of all analyses that fit, each place once, in the order of files and texts. */
export function usesWhere(analyses: readonly Analysis[], fits: (definition: Definition) => boolean): readonly Use[] {
  const found = new Map<string, Use>();
  const known = new Map<Definition, boolean>();
  for (const { bindings } of analyses) {
    for (const use of [...bindings.uses.values()].flat()) {
      let isOne = known.get(use.definition);
      if (isOne === undefined) known.set(use.definition, (isOne = fits(use.definition)));
      const place = placeOf(use.span);
      if (isOne && !found.has(place)) found.set(place, use);
    }
  }
  return [...found.values()];
}
