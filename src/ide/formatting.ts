// Formatting as edits. The formatter moves white space, so that the words of both texts are the same, one after the other: only
// the gaps between them that differ are replaced, and the caret and folded parts stay where they are.

import { hasErrors } from '../../grammar/diagnostic.ts';
import type { Edit } from '../../grammar/diagnostic.ts';
import { format as formatted, formatTree } from '../../grammar/format.ts';
import type { Source } from '../../grammar/source.ts';
import type { Analysis } from './analysis.ts';
import type { Range } from './types.ts';

/** What `cnnc fmt` would change; nothing where a syntax error keeps it from doing so. */
export function format({ source, file, diagnostics }: Analysis): readonly Edit[] {
  // Without errors, the tree of the analysis is whole.
  const result = hasErrors(diagnostics) ? formatted(source) : { text: formatTree(file) };
  if (!('text' in result) || result.text === source.text) return [];
  return changedGaps(source, result.text) ?? [changedPart(source, result.text)];
}

/** The same within a range. */
export function formatRange(analysis: Analysis, { start, end }: Range): readonly Edit[] {
  return format(analysis).filter(({ span }) => span.start <= end && start <= span.end);
}

/** The gaps of white space, empty ones among them, in which the texts differ; undefined where a comment has moved, too. */
function changedGaps(source: Source, after: string): readonly Edit[] | undefined {
  const before = source.text;
  const edits: Edit[] = [];
  let [start, from] = [0, 0];
  while (start <= before.length) {
    const [end, to] = [gapEnd(before, start), gapEnd(after, from)];
    if (before[end] !== after[to]) return undefined;
    const text = after.slice(from, to);
    if (before.slice(start, end) !== text) edits.push({ span: { source, start, end }, text });
    [start, from] = [end + 1, to + 1];
  }
  return edits;
}

function gapEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && /\s/.test(text[end]!)) end += 1;
  return end;
}

/** From the first to the last difference. */
function changedPart(source: Source, after: string): Edit {
  const before = source.text;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let same = 0;
  while (same < shorter - start && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  return { span: { source, start, end: before.length - same }, text: after.slice(start, after.length - same) };
}
