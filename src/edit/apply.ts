// Edits of a text, applied.

import type { Edit } from '../../grammar/diagnostic.ts';

/** The text with all edits made; undefined where two of them touch the same characters. */
export function applyEdits(text: string, edits: readonly Edit[]): string | undefined {
  let result = '';
  let end = 0;
  for (const { span, text: by } of edits.toSorted((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)) {
    if (span.start < end) return undefined;
    result += text.slice(end, span.start) + by;
    end = span.end;
  }
  return result + text.slice(end);
}
