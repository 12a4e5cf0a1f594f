// The formatter: the text of a file in its one layout. It moves white space and nothing else: names, numbers and comments
// stay as they were written, and the syntax tree stays the same (Oppen, "Prettyprinting", 1980, decides line by line, too).

import type { File } from './ast.ts';
import type { Source } from './source.ts';
import { parse } from './parse.ts';
import { printAst } from './print-ast.ts';
import { hasErrors, type Diagnostic } from './diagnostic.ts';
import { layOut } from './format/layout.ts';
import { readElements } from './format/read.ts';

export type Formatted = { readonly text: string } | { readonly diagnostics: readonly Diagnostic[] };

/**
 * The formatted text, or the syntax errors of a text that has some. Formatting it again changes nothing. Lines are at most
 * 100 columns wide where that is possible, and end with \n.
 */
export function format(source: Source): Formatted {
  const { file, diagnostics } = parse(source);
  return hasErrors(diagnostics) ? { diagnostics } : { text: formatTree(file) };
}

/** The formatted text of a tree without syntax errors. */
export function formatTree(file: File): string {
  const { source } = file;
  const text = layOut(readElements(source, file));
  if (text === source.text) return text;
  const again = parse({ path: source.path, text });
  if (hasErrors(again.diagnostics) || printAst(again.file) !== printAst(file))
    throw new Error('formatting changed the meaning of the file');
  return text;
}
