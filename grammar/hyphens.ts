// Names with hyphens, as file names and other languages have them: where such a name is given, it is read as one name, there and
// everywhere else, so that it is one mistake.

import type { IToken, TokenType } from 'chevrotain';
import type { Diagnostic } from './diagnostic.ts';
import { repair } from './diagnostic.ts';
import type { Source } from './source.ts';
import { shorten, spanOf } from './token-text.ts';
import * as t from './tokens.ts';

/** Behind these stands a name, and no difference. */
const naming: ReadonlySet<TokenType> = new Set([
  ...[t.Block, t.Network, t.Const, t.Train, t.Expect, t.Input, t.Output, t.As, t.For],
]);
/** In their own places, so are these. */
const softNaming: ReadonlySet<string> = new Set(['share', 'learned', 'collect']);
const headers: ReadonlySet<TokenType> = new Set([t.Block, t.Network]);
const headerEnds: ReadonlySet<TokenType> = new Set([t.LeftBrace, t.RightBrace]);

/** The tokens with one name for `conv-block` wherever that name is given; the others are as they were. */
export function withoutHyphens(
  tokens: readonly IToken[],
  found?: (places: readonly IToken[], isTaken: boolean) => void,
): readonly IToken[] {
  if (!tokens.some(({ tokenType }) => tokenType === t.Minus)) return tokens;
  const given = namesGiven(tokens);
  if (given.size === 0) return tokens;
  const places = new Map<string, IToken[]>();
  const read: IToken[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const end = hyphenatedUntil(tokens, at);
    const whole = end > at + 1 && joined(tokens.slice(at, end));
    if (whole && given.has(whole.image)) {
      places.set(whole.image, [...(places.get(whole.image) ?? []), whole]);
      read.push(whole);
      at = end - 1;
    } else read.push(tokens[at]!);
  }
  const plain = new Set(tokens.map(({ image }) => image));
  for (const [name, all] of places) found?.(all, plain.has(withUnderlines(name)));
  return read;
}

/** The error of a name with hyphens; its fix is safe unless the plain name is taken. */
export function hyphenInName(source: Source, places: readonly IToken[], isTaken: boolean): Diagnostic {
  const [first] = places;
  const span = spanOf(source, first!);
  const name = withUnderlines(first!.image);
  const count = places.length > 2 ? ` in all ${places.length} places` : places.length === 2 ? ' in both places' : '';
  const fix = repair(span, name, `write ${shorten(name)}${count}`);
  const edits = places.map((place) => ({ span: spanOf(source, place), text: name }));
  return {
    code: 'syntax/definition',
    severity: 'error',
    message: 'a name has letters, digits and _',
    span,
    found: shorten(first!.image),
    expected: shorten(name),
    fixes: [isTaken ? { message: fix.message, edits } : { ...fix, edits }],
  };
}

/** The names with hyphens that are given somewhere, as they are read. */
function namesGiven(tokens: readonly IToken[]): ReadonlySet<string> {
  const given = new Set<string>();
  let inHeader = false;
  let inImport = false;
  for (const [at, { tokenType }] of tokens.entries()) {
    if (headers.has(tokenType)) inHeader = true;
    else if (headerEnds.has(tokenType)) inHeader = false;
    if (tokenType === t.Import) inImport = true;
    else if (tokenType === t.From) inImport = false;
    const end = hyphenatedUntil(tokens, at);
    if (end > at + 1 && (inImport || isGiven(tokens, at, end, inHeader)))
      given.add(joined(tokens.slice(at, end)).image);
  }
  return given;
}

/** Whether the words from `at` to `end` stand where only a name may. */
function isGiven(tokens: readonly IToken[], at: number, end: number, inHeader: boolean): boolean {
  const [before, next] = [tokens[at - 1], tokens[end]?.tokenType];
  if (before && (naming.has(before.tokenType) || softNaming.has(before.image)))
    return before.endLine === tokens[at]!.startLine;
  if (before?.tokenType === t.Path) return next === t.Equals || next === t.LeftBrace;
  const opens = before?.tokenType === t.LeftParen || before?.tokenType === t.Comma;
  if (inHeader && opens) return next === t.Colon || next === t.Equals;
  return next === t.Equals && (!before || before.endLine !== tokens[at]!.startLine);
}

/** Behind the words that hyphens without blanks join to the word at `at`; the place behind itself where there are none. */
function hyphenatedUntil(tokens: readonly IToken[], at: number): number {
  let end = at + 1;
  if (!/^[a-z_]\w*$/i.test(tokens[at]!.image) || touches(tokens, at - 1)) return end;
  while (
    tokens[end]?.tokenType === t.Minus &&
    touches(tokens, end - 1) &&
    touches(tokens, end) &&
    /^\w+$/.test(tokens[end + 1]!.image)
  )
    end += 2;
  return end;
}

/** Whether a hyphen is among the token and the next one, with no blank between them. */
function touches(tokens: readonly IToken[], at: number): boolean {
  const [one, next] = [tokens[at], tokens[at + 1]];
  if (!one || !next || (one.tokenType !== t.Minus && next.tokenType !== t.Minus)) return false;
  return one.endOffset! + 1 === next.startOffset;
}

const withUnderlines = (name: string): string => name.replaceAll('-', '_');

/** One name, with its hyphens. */
function joined(words: readonly IToken[]): IToken {
  const { endOffset, endLine, endColumn } = words.at(-1)!;
  const image = words.map((word) => word.image).join('');
  return {
    ...{ ...words[0]!, tokenType: t.Identifier, tokenTypeIdx: t.Identifier.tokenTypeIdx!, image },
    ...{ endOffset: endOffset!, endLine: endLine!, endColumn: endColumn! },
  };
}
