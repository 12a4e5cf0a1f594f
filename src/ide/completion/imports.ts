// Imports: the names that a file offers, the paths there are, and the edit that imports a block of the library.

import { blockNames, fileOfBlock, LIBRARY } from '../../../compiler/blocks/library.ts';
import { libraryImport } from '../../../compiler/frontend/names/library-import.ts';
import type { Edit } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Analysis } from '../analysis.ts';
import type { Offer, Site } from './offer.ts';
import type { VisibleName } from './sibling.ts';
import { importedNames, libraryBlock } from './known.ts';
import { definedSignature, signatureText } from './signatures.ts';

/** Adds a block of the library to the import that there is, or writes one at the front of the file. */
export function importEdit({ analysis, caret }: Pick<Site, 'analysis' | 'caret'>, name: string): Edit {
  return libraryImport({ ...analysis.file, source: caret.source }, name);
}

/** The names with what those of imports stand for in their files: the text of this file does not say it. */
export function withImportedKinds(
  { bindings, source, file }: Analysis,
  names: readonly VisibleName[],
): readonly VisibleName[] {
  const starts = new Set(
    file.imports.flatMap((item) => item.names.map(({ name, alias }) => (alias ?? name).span.start)),
  );
  if (starts.size === 0) return names;
  const kinds = new Map<string, VisibleName['kind']>();
  for (const { span, definition } of bindings.uses.get(source) ?? [])
    if (starts.has(span.start) && (definition.kind === 'network' || definition.kind === 'constant'))
      kinds.set(textOf(span), definition.kind);
  return names.map((name) => ({ ...name, kind: (name.kind === 'block' && kinds.get(name.name)) || name.kind }));
}

/** Names between the braces of an import: those of the file behind `from`, or of the library. */
export function importNameOffers(site: Site): readonly Offer[] {
  const { frame, analysis, caret } = site;
  const taken = new Set(frame.items.map(([name]) => name?.text));
  const path = pathBehind(caret.source.text.slice(caret.offset, caret.offset + 2000));
  const own = path === undefined || path === LIBRARY ? [] : importedNames(analysis, path);
  const offers = own.map((text): Offer => ({ text, kind: 'block', weight: 1, detail: path! }));
  const library = path === undefined || path === LIBRARY ? blockNames : [];
  const used = usedNames(site);
  const last = frame.items.at(-1)?.[0]?.text;
  const family = last === undefined ? undefined : fileOfBlock(last);
  return [...offers, ...library.map((name, rank) => fromLibrary(name, rank, used, family))].filter(
    ({ text }) => !taken.has(text),
  );
}

/** The path of the import that goes on with this text, where it has one: `b } from "./c.cnn"`. */
function pathBehind(text: string): string | undefined {
  const quote = text.indexOf('"');
  const before = text.slice(0, quote);
  if (quote < 0 || before.includes('{') || !before.trimEnd().endsWith('from')) return undefined;
  return text.slice(quote + 1, text.indexOf('"', quote + 1));
}

/** A block whose name the file uses already is likelier. */
function fromLibrary(name: string, rank: number, used: ReadonlySet<string>, family: string | undefined): Offer {
  const block = libraryBlock(name)!;
  const weight =
    (used.has(name) ? 20 : 0) +
    (family !== undefined && fileOfBlock(name) === family ? 3 : 0) +
    1 / (rank + 4) +
    (Object.hasOwn(popular, name) ? popular[name]! : 0);
  const doc = block.doc === undefined ? {} : { doc: block.doc };
  return { text: name, kind: 'block', weight, detail: signatureText(definedSignature(block, name)), ...doc };
}

/** Blocks that many networks are made of. */
const popular: Readonly<Record<string, number>> = {
  ...{ conv_norm: 3, bottleneck: 1, residual: 1, squeeze_excite: 1, inverted_residual: 1, mbconv: 0.5, encoder: 0.5 },
};

function usedNames({ caret }: Site): ReadonlySet<string> {
  const words = caret.source.text.slice(caret.offset).match(/\b[a-z_]\w*/g) ?? [];
  return new Set(words);
}

/** Paths behind `from`: those of the other imports, and usual ones. */
export function importPathOffers({ analysis, caret }: Site): readonly Offer[] {
  const others = analysis.file.imports.filter(
    ({ path: { span } }) => caret.offset < span.start || span.end < caret.offset,
  );
  const paths = new Set(others.map(({ path }) => path.value));
  paths.delete(LIBRARY);
  const usual = ['./blocks.cnn'].filter((path) => !paths.has(path));
  const offer = (path: string, weight: number): Offer => ({ text: `"${path}"`, kind: 'file', weight });
  return [offer(LIBRARY, 1), ...[...paths].map((path) => offer(path, 0.5)), ...usual.map((path) => offer(path, 0.2))];
}
