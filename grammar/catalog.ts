// Every code that the grammar and the front end can report, with an explanation and a snippet before and after, for
// `cnnc explain CODE`, editors and the documentation. Operators' constraints (`conv/C3`) are explained by the operators.

import type { CatalogEntry } from './catalog/entry.ts';
import { flowEntries } from './catalog/flow.ts';
import { expansionLimitEntries, limitEntries } from './catalog/limits.ts';
import { nameEntries } from './catalog/names.ts';
import { operationEntries } from './catalog/operations.ts';
import { settingEntries } from './catalog/settings.ts';
import { shapeEntries } from './catalog/shapes.ts';
import { syntaxEntries } from './catalog/syntax.ts';
import { typeEntries } from './catalog/types.ts';
import { valueEntries } from './catalog/values.ts';

export type { CatalogEntry } from './catalog/entry.ts';

/** All entries by their code; a code that stands twice is a mistake of this program and throws when it is loaded. */
export const catalog: ReadonlyMap<string, CatalogEntry> = byCode([
  ...syntaxEntries,
  ...operationEntries,
  ...nameEntries,
  ...typeEntries,
  ...flowEntries,
  ...shapeEntries,
  ...settingEntries,
  ...expansionLimitEntries,
  ...valueEntries,
  ...limitEntries,
]);

function byCode(entries: readonly CatalogEntry[]): ReadonlyMap<string, CatalogEntry> {
  const map = new Map<string, CatalogEntry>();
  for (const entry of entries) {
    if (map.has(entry.code)) throw new Error(`the catalogue has ${entry.code} twice`);
    map.set(entry.code, entry);
  }
  return map;
}
