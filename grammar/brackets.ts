// Which tokens are brackets, and which close which.

import type { TokenType } from 'chevrotain';
import * as t from './tokens.ts';

/** Opening → closing bracket. */
export const closerOf: ReadonlyMap<TokenType, TokenType> = new Map([
  [t.LeftParen, t.RightParen],
  [t.LeftBracket, t.RightBracket],
  [t.LeftBrace, t.RightBrace],
]);

/** The closing brackets. */
export const closers: ReadonlySet<TokenType> = new Set(closerOf.values());

/** How much deeper it is behind a token: 1 behind an opening bracket, −1 behind a closing one. */
export const deeper = (type: TokenType): number => (closerOf.has(type) ? 1 : closers.has(type) ? -1 : 0);
