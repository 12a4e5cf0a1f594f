// Go to definition: from a name to the identifier that defines it, from the path of an import to its file.

import { resolvePath } from '../../compiler/frontend/names/project.ts';
import type { Analysis } from './analysis.ts';
import { isNamed, nameAt, originalOf } from './names.ts';
import type { Location } from './types.ts';

/**
 * Where the name at an offset is defined, in any file: an alias of an import leads to what it stands for, a block of the library
 * into the library's text. The path of an import leads to the beginning of its file. Undefined for what the language defines.
 */
export function definition(analysis: Analysis, offset: number): Location | undefined {
  const use = nameAt(analysis, offset);
  if (!use) return fileAt(analysis, offset);
  const named = originalOf(use.definition);
  return isNamed(named) && named.kind !== 'missing' ? named.span : undefined;
}

/** The file that an import's path names. */
function fileAt({ file, source, bindings }: Analysis, offset: number): Location | undefined {
  const path = file.imports.find(({ path: { span } }) => span.start <= offset && offset <= span.end)?.path.value;
  const resolved = path === undefined ? undefined : resolvePath(source.path, path);
  const target = [...bindings.uses.keys()].find((other) => other.path === resolved);
  return target && { source: target, start: 0, end: 0 };
}
