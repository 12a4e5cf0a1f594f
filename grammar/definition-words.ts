// The words that begin definitions, and what is written in their place: words of other languages, a beginning that is being typed, a
// slip. Before a header such a word is read as the keyword that is meant, so that what follows keeps its meaning.

import type { IToken, TokenType } from 'chevrotain';
import { repair, type Diagnostic } from './diagnostic.ts';
import type { Span } from './source.ts';
import { suggest } from './suggest.ts';
import * as t from './tokens.ts';

/** Keyword → its token. */
const keywords: ReadonlyMap<string, TokenType> = new Map([
  ['import', t.Import],
  ['block', t.Block],
  ['network', t.Network],
  ['const', t.Const],
  ['train', t.Train],
  ['expect', t.Expect],
]);

const foreign: ReadonlyMap<string, string> = new Map([
  ['def', 'block'],
  ['fn', 'block'],
  ['func', 'block'],
  ['function', 'block'],
  ['layer', 'block'],
  ['module', 'block'],
  ['class', 'network'],
  ['model', 'network'],
  ['net', 'network'],
  ['let', 'const'],
  ['var', 'const'],
]);

const opening: ReadonlySet<TokenType> = new Set([t.LeftParen, t.LeftBracket, t.LeftBrace]);
const closing: ReadonlySet<TokenType> = new Set([t.RightParen, t.RightBracket, t.RightBrace]);
/** A definition may end with one of these. Behind all others, a word goes on with what stands before it. */
const ends: ReadonlySet<TokenType> = new Set([
  ...[t.Identifier, t.NumberLiteral, t.SizeLiteral, t.StringLiteral, t.True, t.False, ...closing],
]);

export const someDefinition = 'import, block, network, const, train or expect';

/** The keyword that a word in its place is meant to be, if one is near. */
export function meantDefinition(word: string): string | undefined {
  return foreign.get(word) ?? suggest(word, keywords.keys());
}

/** `word` where a definition should begin. A word of another language has one meaning; a slip is for the user to decide. */
export function misspeltDefinition(span: Span, word: string, keyword: string): Diagnostic {
  const fix = foreign.has(word)
    ? repair(span, keyword)
    : { message: `write ${keyword}`, edits: [{ span, text: keyword }] };
  return {
    code: 'syntax/definition',
    severity: 'error',
    message: `a definition does not begin with ${word}`,
    span,
    found: word,
    expected: someDefinition,
    fixes: [fix],
  };
}

/**
 * The tokens with keywords for words that are meant so, before headers at the top level: `netw Net {`. Each is given to `found`. A
 * correct text has none.
 */
export function withDefinitionWords(
  tokens: readonly IToken[],
  found: (word: IToken, keyword: string) => void = () => {},
): readonly IToken[] {
  let mended: IToken[] | undefined;
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    if (opening.has(token.tokenType)) depth += 1;
    else if (closing.has(token.tokenType)) depth = Math.max(0, depth - 1);
    else if (depth === 0 && token.tokenType === t.Identifier && mayBegin(tokens, at)) {
      const keyword = keywordBeforeHeader(tokens, at);
      if (keyword === undefined) continue;
      found(token, keyword);
      const tokenType = keywords.get(keyword)!;
      mended ??= [...tokens];
      mended[at] = { ...token, tokenType, tokenTypeIdx: tokenType.tokenTypeIdx! };
    }
  }
  return mended ?? tokens;
}

function mayBegin(tokens: readonly IToken[], at: number): boolean {
  const before = tokens[at - 1];
  return !before || (before.endLine! < tokens[at]!.startLine! && ends.has(before.tokenType));
}

function keywordBeforeHeader(tokens: readonly IToken[], at: number): string | undefined {
  const { image, endLine } = tokens[at]!;
  const next = tokens[at + 1];
  if (!next || next.startLine !== endLine) return undefined;
  // `Net {` is rather a name without its keyword.
  const word = next.tokenType === t.LeftBrace ? image : image.toLowerCase();
  const keyword = [...keywords.keys()].find((one) => one.startsWith(word)) ?? meantDefinition(word);
  return keyword !== undefined && isHeader(keyword, tokens, at + 1) ? keyword : undefined;
}

/** Whether what stands from `at` on can follow the keyword, up to the brace or sign behind its names. */
function isHeader(keyword: string, tokens: readonly IToken[], at: number): boolean {
  const typeAt = (index: number): TokenType | undefined => tokens[index]?.tokenType;
  if (keyword === 'import') return typeAt(at) === t.LeftBrace || typeAt(at) === t.StringLiteral;
  const named = typeAt(at) === t.Identifier;
  let next = named ? at + 1 : at;
  if (keyword === 'const') return named && (typeAt(next) === t.Equals || typeAt(next) === t.Colon);
  if (keyword === 'network' && named && typeAt(next) === t.Equals) return true;
  if (typeAt(next) === t.LeftParen) next = behindBracket(tokens, next);
  return typeAt(next) === t.LeftBrace;
}

/** The token behind the bracket that the one at `at` opens. */
function behindBracket(tokens: readonly IToken[], at: number): number {
  let depth = 0;
  for (let i = at; i < tokens.length; i += 1) {
    if (opening.has(tokens[i]!.tokenType)) depth += 1;
    else if (closing.has(tokens[i]!.tokenType) && --depth === 0) return i + 1;
  }
  return tokens.length;
}
