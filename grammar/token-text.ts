// Where a token stands, and how it is shown in a message.

import type { IToken } from 'chevrotain';
import type { Source, Span } from './source.ts';

/** Longest name, in UTF-16 units. */
export const NAME_LIMIT = 128;

/** Text of the user for a message. */
export function shorten(image: string): string {
  return image.length > 40 ? `${image.slice(0, 40)}…` : image;
}

/** The place of a real token. */
export function spanOf(source: Source, token: IToken): Span {
  return { source, start: token.startOffset, end: token.endOffset! + 1 };
}
