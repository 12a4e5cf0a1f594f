// A program with the files that it imports, and that those import.

import { resolvePath } from '../../compiler/frontend/names/project.ts';
import { parse } from '../../grammar/parse.ts';
import { programPath } from './program.ts';
import type { Program } from './program.ts';

/** `read` gives the text of a file by its path relative to the program's folder; what it does not find is left out. */
export function withImports(text: string, read: (path: string) => string | undefined): Program {
  const files = new Map<string, string>();
  const visit = (path: string, source: string): void => {
    for (const { path: imported } of parse({ path, text: source }).file.imports) {
      const target = imported.value.startsWith('.') ? resolvePath(path, imported.value) : undefined;
      if (target === undefined || target === programPath || files.has(target)) continue;
      const found = read(target);
      if (found === undefined) continue;
      files.set(target, found);
      visit(target, found);
    }
  };
  visit(programPath, text);
  return files.size === 0 ? { text } : { text, files: Object.fromEntries(files) };
}
