// Texts that the compiler refuses to read at all: too long, or with brackets nested too deeply.

import type { Analysis } from './analysis.ts';

const refusals: ReadonlySet<string> = new Set(['limit/source', 'limit/nesting']);

/** Whether there is a tree of the text. Of one without, nothing is known but this: no feature reads its tokens. */
export function isReadable({ source, diagnostics }: Pick<Analysis, 'source' | 'diagnostics'>): boolean {
  return !diagnostics.some(({ code, span }) => refusals.has(code) && span?.source.path === source.path);
}
