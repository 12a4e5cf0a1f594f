// The syntax trees of imported files, which change less often than what imports them.

import { parse } from '../../grammar/parse.ts';
import type { Parsed } from '../../grammar/parse.ts';
import type { Source } from '../../grammar/source.ts';

/** Files that are kept; those read longest ago make room. */
const MOST = 64;

/** As `parse`, but a file that has the same text as when it was read last is not read again. */
export function parseOnce(): typeof parse {
  const files = new Map<
    string,
    { readonly text: string; readonly limit: number | undefined; readonly parsed: Parsed }
  >();
  return (source: Source, limit?: number): Parsed => {
    const { path, text } = source;
    const known = files.get(path);
    const parsed = known?.text === text && known.limit === limit ? known.parsed : parse(source, limit);
    files.delete(path);
    files.set(path, { text, limit, parsed });
    if (files.size > MOST) files.delete(files.keys().next().value!);
    return parsed;
  };
}
