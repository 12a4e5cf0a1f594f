// A place in the tokens and comments of a file, what stands around it, and how comments and spaces there are written. All
// functions take an index, or look at the cursor's own where none is given.

import type { IToken } from 'chevrotain';
import * as t from '../tokens.ts';
import type { Comment } from './elements.ts';
import type { Marks } from './marks.ts';

export interface Cursor {
  /** Comments among them. */
  readonly tokens: readonly IToken[];
  readonly marks: Marks;
  /** Index of the token that is read next. */
  at: number;
}

const comments: ReadonlySet<unknown> = new Set([t.DocComment, t.LineComment, t.BlockComment]);
/** Closing brackets. */
export const closers: ReadonlySet<unknown> = new Set([t.RightParen, t.RightBracket, t.RightBrace]);
/** Behind these a minus is a sign no longer. */
const operandEnds: ReadonlySet<unknown> = new Set([
  ...[t.Identifier, t.NumberLiteral, t.SizeLiteral, t.StringLiteral, t.TupleIndex, t.True, t.False],
  ...[t.RightParen, t.RightBracket],
]);
/** Behind these a bracket is an index. */
export const indexable: ReadonlySet<unknown> = new Set([t.Identifier, t.TupleIndex, t.RightParen, t.RightBracket]);

/** The type of a token or comment; undefined behind the last. */
export function typeAt(cursor: Cursor, index = cursor.at): unknown {
  return cursor.tokens[index]?.tokenType;
}

/** Whether it is a comment. */
export function isComment(cursor: Cursor, index = cursor.at): boolean {
  return comments.has(typeAt(cursor, index));
}

/** The first token from there on that is no comment. */
export function realFrom(cursor: Cursor, index = cursor.at): number {
  while (isComment(cursor, index)) index++;
  return index;
}

/** The last token before that is no comment. */
export function realBefore(cursor: Cursor, index = cursor.at): number {
  do index--;
  while (isComment(cursor, index));
  return index;
}

/** Line breaks between it and what stands before it. */
export function newlinesBefore(cursor: Cursor, index = cursor.at): number {
  const before = cursor.tokens[index - 1];
  return before ? cursor.tokens[index]!.startLine! - before.endLine! : 0;
}

/** Whether it is the first of its line. */
export function startsLine(cursor: Cursor, index = cursor.at): boolean {
  return index === 0 || newlinesBefore(cursor, index) > 0;
}

/** Whether it is the last of its line. */
export function endsLine(cursor: Cursor, index = cursor.at): boolean {
  return index + 1 >= cursor.tokens.length || newlinesBefore(cursor, index + 1) > 0;
}

/** At a closing bracket, or behind the last token. */
export function atEnd(cursor: Cursor, index = cursor.at): boolean {
  return index >= cursor.tokens.length || closers.has(typeAt(cursor, index));
}

/** A comma that stands between elements and not inside of one, as in `a, b = split(2)`. */
export function separates(cursor: Cursor, index = cursor.at): boolean {
  if (typeAt(cursor, index) !== t.Comma) return false;
  const next = realFrom(cursor, index + 1);
  return atEnd(cursor, next) || cursor.marks.starts.has(cursor.tokens[next]!.startOffset);
}

/** A comment as it is written. */
export function commentAt(cursor: Cursor, index = cursor.at): Comment {
  const lines = cursor.tokens[index]!.image.split(/\r\n|\n|\r/);
  const text = lines.map((line) => line.trimEnd()).join('\n');
  return { text, blankBefore: newlinesBefore(cursor, index) > 1 };
}

/** Inside of an element a doc comment documents nothing; it must not come to document what it is moved before. */
export function moved(cursor: Cursor, index = cursor.at): Comment {
  const { text } = commentAt(cursor, index);
  return { text: typeAt(cursor, index) === t.DocComment ? text.slice(1) : text, blankBefore: false };
}

/** A comment that may stand between two tokens of a line. */
export function isInline(cursor: Cursor, index = cursor.at): boolean {
  const { tokenType, startLine, endLine } = cursor.tokens[index]!;
  return tokenType === t.BlockComment && startLine === endLine;
}

/** Whether the comments from here on stand on the line of the token `next` behind them. */
export function leadsIn(cursor: Cursor, next: number): boolean {
  for (let comment = cursor.at; comment < next; comment++)
    if (!isInline(cursor, comment) || endsLine(cursor, comment)) return false;
  return true;
}

/** What separates a token from the one before it on its line. */
export function gapBefore(cursor: Cursor, index = cursor.at): string {
  const before = realBefore(cursor, index);
  const [previous, type] = [typeAt(cursor, before), typeAt(cursor, index)];
  // `0.1` would be a number.
  if (type === t.TupleIndex) return previous === t.NumberLiteral || previous === t.SizeLiteral ? ' ' : '';
  if (type === t.Comma || type === t.Colon || type === t.Dot || previous === t.Dot) return '';
  if (type === t.Range || previous === t.Range) return '';
  if (previous === t.Minus && !operandEnds.has(typeAt(cursor, realBefore(cursor, before)))) return '';
  if (type === t.LeftParen && previous === t.Identifier) return '';
  if (type === t.LeftBracket && indexable.has(previous)) return '';
  const numerator = type === t.Slash ? before : previous === t.Slash ? realBefore(cursor, before) : -1;
  return numerator >= 0 && cursor.marks.fractions.has(cursor.tokens[numerator]!.startOffset) ? '' : ' ';
}
