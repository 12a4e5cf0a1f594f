// Where the statements of a body may begin: bodies are told from settings and lists of names by the word before their braces.

import type { IToken, TokenType } from 'chevrotain';
import { closerOf, closers } from '../brackets.ts';
import * as t from '../tokens.ts';

/** Their braces hold settings or names. */
export const holders: ReadonlySet<TokenType> = new Set([t.Import, t.Train, t.Expect, t.Input, t.Output]);
export const bodies: ReadonlySet<TokenType> = new Set([
  ...[t.Block, t.Network, t.Repeat, t.For, t.If, t.Else, t.Path, t.Parallel],
]);

/** Behind these, a statement or the header of a body goes on in the next line. */
const goesOn: ReadonlySet<TokenType> = new Set([t.Equals, t.Arrow, t.In, t.If, t.And, t.Or]);

/** The places of tokens that begin a line, or stand behind `{`, directly in the braces of a body. */
export function statementStarts(tokens: readonly IToken[]): readonly number[] {
  const starts: number[] = [];
  const open: boolean[] = [];
  let holdsSteps = false;
  for (let at = 0; at < tokens.length; at += 1) {
    const { tokenType, startLine } = tokens[at]!;
    const before = tokens[at - 1];
    const begins =
      before && (before.tokenType === t.LeftBrace || (before.endLine! < startLine! && !goesOn.has(before.tokenType)));
    if (begins && open.at(-1)) starts.push(at);
    if (bodies.has(tokenType)) holdsSteps = true;
    else if (holders.has(tokenType)) holdsSteps = false;
    if (closerOf.has(tokenType)) open.push(tokenType === t.LeftBrace && holdsSteps);
    else if (closers.has(tokenType)) open.pop();
  }
  return starts;
}
