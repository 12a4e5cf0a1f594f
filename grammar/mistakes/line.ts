// The line on which a mistake was found.

import { lineText, positionOf, type Span } from '../source.ts';
import type { Context } from './habit.ts';

/** The whole line, and its parts around the token that does not fit. */
export interface Line {
  readonly text: string;
  /** Offset of its first character, and of the first that is no space. */
  readonly start: number;
  readonly begin: number;
  /** What stands before and behind the beginning of the token. */
  readonly before: string;
  readonly rest: string;
}

/** Longer lines are not looked at. */
export const LONGEST = 1000;

/** The line of the token that does not fit. */
export function lineOf({ source, span }: Context): Line {
  const { line, column } = positionOf(source, span.start);
  const text = lineText(source, line);
  if (text.length > LONGEST) return { text: '', start: span.start, begin: span.start, before: '', rest: '' };
  const start = span.start - (column - 1);
  const begin = start + text.length - text.trimStart().length;
  return { text, start, begin, before: text.slice(0, column - 1), rest: text.slice(column - 1) };
}

/** A place in the same file. */
export const place = ({ source }: Context, start: number, end: number): Span => ({ source, start, end });
