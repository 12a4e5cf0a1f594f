// The standard library of blocks: `import { bottleneck } from "cnnc:blocks"`. It is written in the language, a family of blocks
// in each file of this folder; the compiler has the files as text, because it runs where there are none.

import type { File } from '../../grammar/ast.ts';
import { parse } from '../../grammar/parse.ts';
import { blockTexts } from './block-text.ts';

/** What an import says in place of a path. Its files lie below, where no path of a project leads: those have no colon. */
export const LIBRARY = 'cnnc:blocks';

/** The blocks that a file offers, which are those with a `///`. */
const offeredIn = (text: string): readonly string[] =>
  [...text.matchAll(/^\/\/\/.*\nblock (\w+)/gm)].map(([, name]) => name!);

/** Block → file. */
const files: ReadonlyMap<string, string> = new Map(
  Object.entries(blockTexts).flatMap(([file, text]) =>
    offeredIn(text).map((block) => [block, `${LIBRARY}/${file}`] as const),
  ),
);

/** In the order of the reference. */
export const blockNames: readonly string[] = [...files.keys()];

/** Whether a file's path is that of one of them. */
export const isOfLibrary = (path: string): boolean => path.startsWith(`${LIBRARY}/`);

/** The path of the file that defines the block; undefined where no file offers it. */
export const fileOfBlock = (name: string): string | undefined => files.get(name);

const parsed = new Map<string, File>();

/** The syntax tree of a file of the library, which is read once; throws RangeError where there is none. */
export function libraryFile(path: string): File {
  const known = parsed.get(path);
  if (known) return known;
  const { file } = parse({ path, text: libraryText(path) });
  parsed.set(path, file);
  return file;
}

/** The text of a file of the library; throws RangeError where there is none. */
export function libraryText(path: string): string {
  const name = path.slice(LIBRARY.length + 1);
  if (!Object.hasOwn(blockTexts, name)) throw new RangeError(`the library has no file ${name}`);
  return blockTexts[name as keyof typeof blockTexts];
}
