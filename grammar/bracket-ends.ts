// Where a bracket that is missing most likely belongs.

import type { IToken, TokenType } from 'chevrotain';
import { closerOf, closers, deeper } from './brackets.ts';
import type { Open } from './bracket-errors.ts';
import {
  Arrow,
  Block,
  Colon,
  Comma,
  Equals,
  False,
  Identifier,
  LeftBrace,
  LeftBracket,
  LeftParen,
  Minus,
  Network,
  NumberLiteral,
  Parallel,
  Plus,
  RightBrace,
  RightParen,
  SizeLiteral,
  Slash,
  Star,
  StringLiteral,
  True,
} from './tokens.ts';

/** A line that ends with one of these goes on in the next. */
const goesOn: ReadonlySet<TokenType> = new Set([Comma, Colon, Arrow, Plus, Minus, Star, Slash, ...closerOf.keys()]);
/** A line that begins with one of these goes on with the one before, inside of brackets that are the last of their line. */
const continues: ReadonlySet<TokenType> = new Set([Arrow, Plus, Minus, Star, Slash]);
/** Behind these stands an argument, or nothing. */
const separates: ReadonlySet<TokenType> = new Set([Comma, LeftParen, LeftBracket]);
const names: ReadonlySet<TokenType | undefined> = new Set([Colon, Equals]);
const literals: ReadonlySet<TokenType> = new Set([NumberLiteral, SizeLiteral, StringLiteral, True, False]);

const headers: ReadonlySet<TokenType | undefined> = new Set([Block, Network]);

/** Indices of the tokens that are taken out, and what is put in before a token. */
export interface Repairs {
  readonly removed: Set<number>;
  readonly inserted: Map<number, TokenType[]>;
}

export function beginsLine(tokens: readonly IToken[], at: number): boolean {
  return at === 0 || tokens[at]!.startLine! > tokens[at - 1]!.endLine!;
}

/**
 * Where the closing bracket most likely belongs: before what cannot stand in it (an arrow behind a literal, a brace), or
 * at the end of the first line that does not ask for another one; that of a header, before the first line that begins with no
 * parameter.
 */
export function endOfBracket(
  tokens: readonly IToken[],
  { index: open, indent }: Open,
  limit: number,
  { removed, inserted }: Repairs,
): number {
  let depth = 0;
  let parallel = false;
  const overLines = open + 1 < limit && beginsLine(tokens, open + 1);
  const isList = tokens[open]!.tokenType === LeftBracket;
  const inHeader = headers.has(tokens[open - 1]?.tokenType) || headers.has(tokens[open - 2]?.tokenType);
  for (let i = open + 1; i < limit; i++) {
    const before = tokens[i - 1]!;
    depth += opened(inserted.get(i));
    const { tokenType } = tokens[i]!;
    if (depth === 0 && tokenType === Arrow && literals.has(before.tokenType)) return i;
    if (depth === 0 && tokenType === LeftBrace && !parallel) return i;
    if (depth === 0 && tokenType === Equals && isList) return i;
    if (tokenType === Parallel) parallel = true;
    if (depth === 0 && beginsNext(tokens, i, indent)) return i;
    const goesOver = inHeader
      ? tokenType === Identifier && tokens[i + 1]?.tokenType === Colon
      : goesOn.has(before.tokenType) || (overLines && continues.has(tokenType));
    if (depth === 0 && beginsLine(tokens, i) && !goesOver) return i;
    if (removed.has(i)) continue;
    depth += deeper(tokenType);
  }
  return limit;
}

/**
 * Whether a line behind an open bracket or a comma is the next setting or definition of a value, not an argument: it is named, and
 * indented no more than the line of the bracket.
 */
function beginsNext(tokens: readonly IToken[], at: number, indent: number): boolean {
  const { tokenType, startColumn } = tokens[at]!;
  if (tokenType !== Identifier || !names.has(tokens[at + 1]?.tokenType) || !beginsLine(tokens, at)) return false;
  return separates.has(tokens[at - 1]!.tokenType) && startColumn! <= indent;
}

/** How many more brackets are opened than closed. */
function opened(brackets: readonly TokenType[] = []): number {
  return brackets.reduce((sum, type) => sum + (closerOf.has(type) ? 1 : -1), 0);
}

/** Tokens behind a bracket in which the one that was meant is looked for. */
const NEAR = 200;

/** Whether what an open bracket needs stands behind the token at `at`, before the next brace. */
export function isClosedLater(tokens: readonly IToken[], at: number, open: TokenType): boolean {
  const closer = closerOf.get(open);
  let depth = 0;
  for (let i = at + 1; i < Math.min(tokens.length, at + NEAR) && closer !== RightBrace; i++) {
    const { tokenType } = tokens[i]!;
    if (tokenType === LeftBrace || tokenType === RightBrace) return false;
    if (closerOf.has(tokenType)) depth++;
    else if (closers.has(tokenType)) {
      if (depth === 0) return tokenType === closer;
      depth--;
    }
  }
  return false;
}

/** The first token of the first line behind a header; undefined where a brace or an equals sign stands before it. */
export function endOfHeader(
  tokens: readonly IToken[],
  header: number,
  limit: number,
  repairs: Repairs,
): number | undefined {
  let depth = 0;
  for (let i = header + 1; i < limit; i++) {
    const { tokenType } = tokens[i]!;
    depth += opened(repairs.inserted.get(i));
    if (depth === 0 && tokenType !== RightParen && beginsLine(tokens, i))
      return tokenType === LeftBrace ? undefined : i;
    if (depth === 0 && (tokenType === LeftBrace || tokenType === Equals)) return undefined;
    if (closerOf.has(tokenType)) depth++;
    else if (closers.has(tokenType) && !repairs.removed.has(i)) depth--;
  }
  return undefined;
}

/** The first token behind an open brace on a line that is indented no more than the brace's own; undefined at the end. */
export function dedent(tokens: readonly IToken[], { index, indent }: Open): number | undefined {
  for (let i = index + 1; i < tokens.length; i++) {
    if (beginsLine(tokens, i) && tokens[i]!.startColumn! <= indent) return i;
  }
  return undefined;
}
