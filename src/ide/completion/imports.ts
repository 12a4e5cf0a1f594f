// Imports: the names that a file offers, the paths there are, and the edit that imports a block of the library.

import { blockNames, fileOfBlock, LIBRARY } from '../../../compiler/blocks/library.ts';
import type { Edit } from '../../../grammar/diagnostic.ts';
import type { Offer, Site } from './offer.ts';
import { definedSignature, importedNames, libraryBlock, signatureText } from './signatures.ts';

/** Adds a block of the library to the import that there is, or writes one at the front of the file. */
export function importEdit({ analysis, caret }: Pick<Site, 'analysis' | 'caret'>, name: string): Edit {
  const { source } = caret;
  const known = analysis.file.imports.find(
    ({ path, span }) => path.value === LIBRARY && span.end <= source.text.length,
  );
  const last = known?.names.at(-1);
  if (last) {
    const { end } = (last.alias ?? last.name).span;
    return { span: { source, start: end, end }, text: `, ${name}` };
  }
  const text = `import { ${name} } from "${LIBRARY}"\n`;
  const after = analysis.file.imports.at(-1);
  if (after && after.span.end <= source.text.length) {
    const { end } = after.span;
    return { span: { source, start: end, end }, text: `\n${text.trimEnd()}` };
  }
  // A comment at the front of the file stays there; a `///` belongs to what it stands before.
  const start = /^(?:\/\/(?!\/)[^\n]*\n)*\n*/.exec(source.text)![0].length;
  return { span: { source, start, end: start }, text: `${text}\n` };
}

/** Names between the braces of an import: those of the file behind `from`, or of the library. */
export function importNameOffers(site: Site): readonly Offer[] {
  const { frame, analysis, caret } = site;
  const taken = new Set(frame.items.map(([name]) => name?.text));
  const path = /^[^{}"]*\}?\s*from\s*"([^"\n]*)"/.exec(caret.source.text.slice(caret.offset, caret.offset + 2000))?.[1];
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

/** A block whose name the file uses already is likelier. */
function fromLibrary(name: string, rank: number, used: ReadonlySet<string>, family: string | undefined): Offer {
  const block = libraryBlock(name)!;
  const weight =
    (used.has(name) ? 20 : 0) +
    (family !== undefined && fileOfBlock(name) === family ? 3 : 0) +
    1 / (rank + 4) +
    (Object.hasOwn(popular, name) ? popular[name]! : 0);
  const doc = block.doc === undefined ? {} : { markdown: block.doc };
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

/** Paths behind `from`. */
export function importPathOffers({ analysis }: Site): readonly Offer[] {
  const paths = new Set(analysis.file.imports.map(({ path }) => path.value).filter((path) => path !== LIBRARY));
  const offer = (path: string, weight: number): Offer => ({ text: `"${path}"`, kind: 'file', weight });
  return [offer(LIBRARY, 1), ...[...paths].map((path) => offer(path, 0.5)), offer('./blocks.cnn', 0.2)];
}
