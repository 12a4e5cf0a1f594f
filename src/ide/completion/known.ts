// Definitions by the names that they have in a file: its own, those that it imports, those of the library.

import { fileOfBlock, LIBRARY, libraryFile } from '../../../compiler/blocks/library.ts';
import type { BlockDefinition, File, NetworkDefinition } from '../../../grammar/ast.ts';
import { parse } from '../../../grammar/parse.ts';
import type { Source } from '../../../grammar/source.ts';
import type { Analysis } from '../analysis.ts';

/** More aliases of aliases than that are not followed: they may form a circle. */
const MAX_HOPS = 16;

/** The block that a name of the file stands for: one of its own, or an imported one. */
export function blockNamed(analysis: Analysis, name: string): BlockDefinition | undefined {
  const own = blockIn(analysis.file, name);
  if (own) return own;
  const imported = importOf(analysis, name);
  return imported && blockIn(imported.file, imported.name);
}

/** The network that a name of the file stands for; that of an alias is the network which it names. */
export function networkNamed(analysis: Analysis, name: string): NetworkDefinition | undefined {
  const own = networkIn(analysis.file, name);
  if (typeof own !== 'string') return own;
  const imported = importOf(analysis, own);
  const found = imported && networkIn(imported.file, imported.name);
  return typeof found === 'string' ? undefined : found;
}

/** A block of the library, under the name it has there. */
export function libraryBlock(name: string): BlockDefinition | undefined {
  const path = fileOfBlock(name);
  return path === undefined ? undefined : blockIn(libraryFile(path), name);
}

/** What a file that is imported already defines; nothing where it is not known. */
export function importedNames(analysis: Analysis, path: string): readonly string[] {
  for (const item of analysis.file.imports)
    for (const { name } of item.path.value === path ? item.names : []) {
      const file = fileOf(analysis, path, name.name, name.span.start);
      if (file) return file.definitions.flatMap((one) => ('name' in one ? [one.name.name] : []));
    }
  return [];
}

/** The file that defines an imported name, and the name it has there. */
function importOf(analysis: Analysis, local: string): { readonly file: File; readonly name: string } | undefined {
  for (const { path, names } of analysis.file.imports)
    for (const { name, alias } of names) {
      if ((alias ?? name).name !== local) continue;
      const file = fileOf(analysis, path.value, name.name, name.span.start);
      return file && { file, name: name.name };
    }
  return undefined;
}

/** The file of a name in an import, which begins at an offset: that of the text in which the name is defined. */
function fileOf({ bindings, source }: Analysis, path: string, name: string, at: number): File | undefined {
  if (path === LIBRARY) {
    const file = fileOfBlock(name);
    return file === undefined ? undefined : libraryFile(file);
  }
  const definition = bindings.uses.get(source)?.find(({ span }) => span.start === at)?.definition;
  if (!definition || !('span' in definition)) return undefined;
  const from = (definition.original ?? definition).span.source;
  return from === source ? undefined : parsed(from);
}

const parsedFiles = new WeakMap<Source, File>();

/** The syntax tree of another file, kept as long as its text. */
function parsed(source: Source): File {
  const known = parsedFiles.get(source);
  if (known) return known;
  const { file } = parse(source);
  parsedFiles.set(source, file);
  return file;
}

function blockIn({ definitions }: File, name: string): BlockDefinition | undefined {
  const found = definitions.find((one) => one.kind === 'block' && one.name.name === name);
  return found?.kind === 'block' ? found : undefined;
}

/** The network, or the name at the end of the aliases, where this file does not define it. */
function networkIn({ definitions }: File, name: string): NetworkDefinition | string | undefined {
  let wanted = name;
  for (let hops = 0; hops < MAX_HOPS; hops += 1) {
    const found = definitions.find(
      (one) => (one.kind === 'network' || one.kind === 'alias') && one.name.name === wanted,
    );
    if (found?.kind === 'network') return found;
    if (found?.kind !== 'alias') return wanted;
    wanted = found.target.name;
  }
  return undefined;
}
