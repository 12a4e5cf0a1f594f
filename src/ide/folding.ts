// What can be folded: bodies and lists over several lines, comments, the imports. It reads the tokens alone, so that a text
// with mistakes folds as well.

import { lexAll } from '../../grammar/lex.ts';
import type { Token } from '../../grammar/lex.ts';
import { lineText, positionOf } from '../../grammar/source.ts';
import type { Source } from '../../grammar/source.ts';
import {
  BlockComment,
  DocComment,
  LeftBrace,
  LeftBracket,
  LeftParen,
  LineComment,
  RightBrace,
  RightBracket,
  RightParen,
} from '../../grammar/tokens.ts';
import type { Analysis } from './analysis.ts';
import { isReadable } from './readable.ts';
import type { FoldingRange } from './types.ts';

const opens = new Map([
  [LeftBrace, RightBrace],
  [LeftBracket, RightBracket],
  [LeftParen, RightParen],
]);
const closes: ReadonlySet<unknown> = new Set(opens.values());

/** In the order of the text; each ends on a later line than it begins, and the line of a closing bracket stays visible. */
export function folding(analysis: Analysis): readonly FoldingRange[] {
  const { source, file } = analysis;
  if (!isReadable(analysis)) return [];
  const tokens = lexAll(source);
  const found = [...brackets(source, tokens), ...comments(source, tokens)];
  const [first] = file.imports;
  const last = file.imports.at(-1);
  if (first && last) found.push({ start: first.span.start, end: last.span.end, kind: 'imports' });
  const byStart = found.toSorted((a, b) => a.start - b.start || b.end - a.end);
  const begun = new Set<number>();
  return byStart.filter(({ start, end }) => {
    const line = positionOf(source, start).line;
    if (begun.has(line) || positionOf(source, end).line <= line) return false;
    // An editor has one mark for each line.
    begun.add(line);
    return true;
  });
}

function brackets(source: Source, tokens: readonly Token[]): readonly FoldingRange[] {
  const found: FoldingRange[] = [];
  const open: Token[] = [];
  for (const token of tokens) {
    if (opens.has(token.tokenType)) open.push(token);
    if (!closes.has(token.tokenType)) continue;
    // A bracket that closes none is a mistake, and so is one that is never closed.
    const at = open.findLastIndex(({ tokenType }) => opens.get(tokenType) === token.tokenType);
    if (at < 0) continue;
    const { startOffset } = open[at]!;
    open.length = at;
    found.push({ start: startOffset + 1, end: endOfLineBefore(source, token.startOffset) });
  }
  return found;
}

/** Where the line before the one of an offset ends. */
function endOfLineBefore(source: Source, offset: number): number {
  const { line, column } = positionOf(source, offset);
  if (line === 1) return 0;
  const before = lineText(source, line - 1);
  const start = offset - (column - 1);
  return start - (source.text.slice(0, start).endsWith('\r\n') ? 2 : 1) - (before.length - before.trimEnd().length);
}

/** Comments over several lines, and lines of comments that follow one another. */
function comments(source: Source, tokens: readonly Token[]): readonly FoldingRange[] {
  const found: FoldingRange[] = [];
  let group: { readonly type: unknown; readonly start: number; end: number; line: number } | undefined;
  for (const { tokenType: type, startOffset: start, endOffset, image } of tokens) {
    const end = endOffset! + 1;
    if (type === BlockComment) found.push({ start, end, kind: 'comment' });
    if (type !== LineComment && type !== DocComment) continue;
    const { line, column } = positionOf(source, start);
    // One behind a step is about that step.
    const isAlone =
      lineText(source, line)
        .slice(0, column - 1)
        .trim() === '';
    if (isAlone && group?.type === type && group.line === line - 1)
      Object.assign(group, { end: start + image.length, line });
    else {
      if (group) found.push({ start: group.start, end: group.end, kind: 'comment' });
      group = isAlone ? { type, start, end, line } : undefined;
    }
  }
  if (group) found.push({ start: group.start, end: group.end, kind: 'comment' });
  return found;
}
