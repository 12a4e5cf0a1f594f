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

/** Where the last operand begins: behind the last bracket that is open, or the last comma in it. */
export function operandStart(text: string): number {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    const character = text[at]!;
    if (')]}'.includes(character)) depth += 1;
    else if ('([{'.includes(character)) depth -= 1;
    if (depth < 0 || (depth === 0 && character === ',')) return at + 1;
  }
  return 0;
}
