// Blocks of the library that a file uses and has not imported: which one is meant, and the edit that imports it.

import { blockNames, LIBRARY } from '../../blocks/library.ts';
import type { File, Identifier } from '../../../grammar/ast.ts';
import type { Edit, Fix } from '../../../grammar/diagnostic.ts';

/** What papers and programs call a block besides its name in the library. */
const others: ReadonlyMap<string, string> = new Map([
  ['basic', 'residual'],
  ['res', 'residual'],
  ['resnet', 'residual'],
  ['se', 'squeeze_excite'],
  ['squeezeandexcitation', 'squeeze_excite'],
  ['invertedbottleneck', 'inverted_residual'],
]);

const byFolded: ReadonlyMap<string, string> = new Map([
  ...others,
  ...blockNames.map((name) => [folded(name), name] as const),
]);

/** The fix that imports the block of the library which a name stands for: `residual`, `ResidualBlock`; undefined where none does. */
export function libraryFix(file: File, { name, span }: Pick<Identifier, 'name' | 'span'>): Fix | undefined {
  const plain = folded(name);
  const block = byFolded.get(plain) ?? byFolded.get(plain.replace(/(block|module|layer)$/, ''));
  // The name is taken by what it is imported into.
  if (block === undefined || file.definitions.some((one) => 'name' in one && one.name.name === block)) return undefined;
  const renamed = block === name ? [] : [{ span, text: block }];
  const also = block === name ? '' : `, and write ${block}`;
  return {
    message: `import the library's block: import { ${block} } from "${LIBRARY}"${also}`,
    edits: [libraryImport(file, block), ...renamed],
  };
}

/** Adds a block of the library to the import that there is, or writes one at the front of the file. */
export function libraryImport({ source, imports }: File, name: string): Edit {
  const known = imports.find(({ path, span }) => path.value === LIBRARY && span.end <= source.text.length);
  const last = known?.names.at(-1);
  if (last) {
    const { end } = (last.alias ?? last.name).span;
    return { span: { source, start: end, end }, text: `, ${name}` };
  }
  const text = `import { ${name} } from "${LIBRARY}"\n`;
  const after = imports.at(-1);
  if (after && after.span.end <= source.text.length) {
    const { end } = after.span;
    return { span: { source, start: end, end }, text: `\n${text.trimEnd()}` };
  }
  // A comment at the front of the file stays there; a `///` belongs to what it stands before.
  const start = /^(?:\/\/(?!\/)[^\n]*\n)*\n*/.exec(source.text)![0].length;
  return { span: { source, start, end: start }, text: `${text}\n` };
}

function folded(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}
