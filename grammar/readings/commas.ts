// Commas behind statements, `relu,` at the end of a line, as lists of layers have them: one mistake for all of a file.

import type { IToken, TokenType } from 'chevrotain';
import type { Diagnostic } from '../diagnostic.ts';
import type { Source } from '../source.ts';
import { spanOf } from '../token-text.ts';
import * as t from '../tokens.ts';
import { certain } from './rewrite.ts';
import { closerOf, closers } from '../brackets.ts';
import { bodies, holders } from './bodies.ts';

/** The commas that end a line of steps in braces; names of several results, `a,` and in the next line `b = split(2)`, keep theirs. */
export function commasBehindSteps(tokens: readonly IToken[]): ReadonlySet<IToken> {
  const found: IToken[] = [];
  let certain = false;
  const open: { readonly closer: TokenType; readonly steps: boolean }[] = [];
  let holdsSteps = false;
  for (const [at, token] of tokens.entries()) {
    const type = token.tokenType;
    if (bodies.has(type)) holdsSteps = true;
    else if (holders.has(type)) holdsSteps = false;
    const closer = closerOf.get(type);
    if (closer) open.push({ closer, steps: type === t.LeftBrace && holdsSteps });
    // Where brackets are missing, what holds a comma is not known.
    else if (closers.has(type) && open.pop()?.closer !== type) return new Set();
    const [before, next] = [tokens[at - 1], tokens[at + 1]];
    if (type !== t.Comma || !open.at(-1)?.steps || !next || next.startLine === token.endLine) continue;
    // Behind settings or a shape, something else may be meant.
    if (before?.tokenType !== t.RightParen && before?.tokenType !== t.Identifier) continue;
    if (before.tokenType === t.RightParen) certain = true;
    if (before.tokenType !== t.Identifier || !namesResults(tokens, at)) found.push(token);
  }
  return new Set(certain ? found : []);
}

/** More names are no results of one step. */
const MOST_NAMES = 50;

/** Whether names and commas follow up to `=`. */
function namesResults(tokens: readonly IToken[], comma: number): boolean {
  let at = comma;
  while (at < comma + 2 * MOST_NAMES && tokens[at]?.tokenType === t.Comma && tokens[at + 1]?.tokenType === t.Identifier)
    at += 2;
  return tokens[at]?.tokenType === t.Equals;
}

/** One report for all of them. */
export function noCommas(source: Source, commas: ReadonlySet<IToken>): Diagnostic {
  const edits = [...commas].map((comma) => ({ span: spanOf(source, comma), text: '' }));
  const fix = edits.length === 1 ? 'remove it' : `remove all ${edits.length} of them`;
  const message = 'statements are not separated by commas';
  return certain('syntax/comma', message, edits[0]!.span, 'the end of the line', edits, fix);
}
