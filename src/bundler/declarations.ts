// The types of imported networks, for `tsc` and editors. TypeScript finds those of `./net.cnn` in `net.d.cnn.ts` beside it
// (https://www.typescriptlang.org/tsconfig/#allowArbitraryExtensions). An import with a query has no such file on every system: its types are an ambient module
// whose name is a pattern, which is all that TypeScript allows in place of a relative path.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFiles } from '../cli/write-files.ts';
import type { Request } from './request.ts';

export interface DeclarationFile {
  readonly path: string;
  readonly text: string;
}

/** The file for an import; undefined where TypeScript cannot name it. */
export function declarationFile({ path, query }: Request, declaration: string): DeclarationFile | undefined {
  const stem = path.slice(0, -'.cnn'.length);
  if (query === '') return { path: `${stem}.d.cnn.ts`, text: declaration };
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/[*\n\r]/.test(name + query)) return undefined;
  const slug = query.replaceAll(/[^\w.]+/g, '-').slice(0, 60);
  const hash = createHash('sha256').update(query).digest('hex').slice(0, 6);
  return { path: `${stem}.cnn-${slug}-${hash}.d.ts`, text: ambient(`*/${name}?${query}`, declaration) };
}

/** What a module declares, as an ambient module of that name. */
function ambient(name: string, declaration: string): string {
  const lines = declaration.split('\n');
  const isHead = (line: string): boolean => line.startsWith('// ') || line.startsWith('/// <reference') || line === '';
  const start = lines.findIndex((line) => !isHead(line));
  const body = lines
    .slice(start)
    .map((line) => line.replace(/^export declare /, 'export '))
    .map((line) => (line === '' ? '' : `  ${line}`));
  return `${lines.slice(0, start).join('\n')}\ndeclare module ${JSON.stringify(name)} {\n${body.join('\n').trimEnd()}\n}\n`;
}

/** Writes it, complete, where it is not there already. Throws `InputError`. */
export function writeDeclaration({ path, text }: DeclarationFile): void {
  let before: string | undefined;
  try {
    before = readFileSync(path, 'utf8');
  } catch {
    // None yet, or none that can be read: writing says what is wrong.
  }
  if (before !== text) writeFiles([{ path, data: text }]);
}
