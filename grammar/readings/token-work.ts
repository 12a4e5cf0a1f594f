// Tokens that stand in the place of others.

import type { IToken, TokenType } from 'chevrotain';

/** A token of another type, and perhaps with another text, in the same place. */
export function as(token: IToken, type: TokenType, image = token.image): IToken {
  return { ...token, tokenType: type, tokenTypeIdx: type.tokenTypeIdx!, image };
}

/** A token without width directly behind another. */
export function behind(token: IToken, type: TokenType, image: string): IToken {
  const { endOffset, endColumn, endLine } = token;
  const start = { startOffset: endOffset! + 1, startColumn: endColumn! + 1, startLine: endLine! };
  return { ...as(token, type, image), ...start, endOffset: endOffset!, endColumn: endColumn!, endLine: endLine! };
}

/** A token without width directly before another. */
export function before(token: IToken, type: TokenType, image: string): IToken {
  const { startOffset, startColumn, startLine } = token;
  return { ...as(token, type, image), endOffset: startOffset - 1, endColumn: startColumn! - 1, endLine: startLine! };
}

/** Whether nothing stands between two tokens. */
export const touch = (left: IToken | undefined, right: IToken | undefined): boolean =>
  left !== undefined && right !== undefined && left.endOffset! + 1 === right.startOffset;
