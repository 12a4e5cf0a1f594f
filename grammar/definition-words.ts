// The words that begin definitions, and what is written in their place: words of other languages, a beginning that is being typed, a
// slip, any other word, or none. Before a header such a word is read as the keyword that is meant, so that what follows keeps its meaning.

import type { IToken, TokenType } from 'chevrotain';
import { closers, deeper } from './brackets.ts';
import { repair, type Diagnostic } from './diagnostic.ts';
import type { Source, Span } from './source.ts';
import { suggest } from './suggest.ts';
import { shorten, spanOf } from './token-text.ts';
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

const keywordOf: ReadonlyMap<TokenType, string> = new Map([...keywords].map(([word, type]) => [type, word]));

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

/** A definition may end with one of these. Behind all others, a word goes on with what stands before it. */
const ends: ReadonlySet<TokenType> = new Set([
  ...[t.Identifier, t.NumberLiteral, t.SizeLiteral, t.StringLiteral, t.True, t.False, ...closers],
]);

/** Their names may be missing. */
const statements: ReadonlySet<TokenType> = new Set([t.Input, t.Learned]);

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
    message: `a definition does not begin with ${shorten(word)}`,
    span,
    found: shorten(word),
    expected: someDefinition,
    fixes: [fix],
  };
}

/** A name with braces behind it and no keyword before it. */
function missingKeyword(span: Span, name: string, keyword: string): Diagnostic {
  const at = { ...span, end: span.start };
  return {
    code: 'syntax/definition',
    severity: 'error',
    message: `no keyword says what ${shorten(name)} is`,
    span,
    found: shorten(name),
    expected: someDefinition,
    fixes: [{ message: `write ${keyword} ${shorten(name)}`, edits: [{ span: at, text: `${keyword} ` }] }],
  };
}

/** A word before the keyword, as `export` is in other languages; `behind` is where the keyword begins. */
function needlessWord(span: Span, word: string, keyword: string, behind: number): Diagnostic {
  return {
    code: 'syntax/definition',
    severity: 'error',
    message: `${keyword} stands first on its line`,
    span,
    found: shorten(word),
    expected: keyword,
    fixes: [{ message: `remove ${shorten(word)}`, edits: [{ span: { ...span, end: behind }, text: '' }] }],
  };
}

/** A word that is read as something else at the beginning of a definition. */
interface Mended {
  /** What is read in its place. */
  readonly as: readonly IToken[];
  readonly problem: (source: Source) => Diagnostic;
}

/**
 * The tokens as they are meant before headers at the top level: with keywords for other words, `netw Net {`, where none stands, `Net {`,
 * and without words before them, `export network Net {`. Each mistake is given to `found`. A correct text has none.
 */
export function withDefinitionWords(
  tokens: readonly IToken[],
  found: (word: IToken, problem: (source: Source) => Diagnostic) => void = () => {},
): readonly IToken[] {
  let mended: IToken[] | undefined;
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    depth = Math.max(0, depth + deeper(token.tokenType));
    const mistake =
      depth === 0 && token.tokenType === t.Identifier && mayBegin(tokens, at) ? mistakeAt(tokens, at) : undefined;
    if (mistake) {
      mended ??= tokens.slice(0, at);
      mended.push(...mistake.as);
      found(token, mistake.problem);
    } else mended?.push(token);
  }
  return mended ?? tokens;
}

function mayBegin(tokens: readonly IToken[], at: number): boolean {
  const before = tokens[at - 1];
  return !before || (before.endLine! < tokens[at]!.startLine! && ends.has(before.tokenType));
}

function mistakeAt(tokens: readonly IToken[], at: number): Mended | undefined {
  const word = tokens[at]!;
  const next = tokens[at + 1];
  if (!next || next.startLine !== word.endLine) return undefined;
  const { image } = word;
  const meant = keywordInstead(tokens, at);
  if (meant !== undefined)
    return {
      as: [asKeyword(word, meant)],
      problem: (source) => misspeltDefinition(spanOf(source, word), image, meant),
    };
  const own = keywordOf.get(next.tokenType);
  if (own !== undefined && isHeader(own, tokens, at + 2))
    return { as: [], problem: (source) => needlessWord(spanOf(source, word), image, own, next.startOffset) };
  if (!isHeader('block', tokens, at)) return undefined;
  const missing = meantByBody(tokens, at);
  return {
    as: [keywordBefore(word, missing), word],
    problem: (source) => missingKeyword(spanOf(source, word), image, missing),
  };
}

/** The keyword that a word before a header stands for: one that is near, or what the braces hold. */
function keywordInstead(tokens: readonly IToken[], at: number): string | undefined {
  const { image } = tokens[at]!;
  const isNamed = tokens[at + 1]!.tokenType === t.Identifier;
  // `Net {` is rather a name without its keyword.
  const word = isNamed ? image.toLowerCase() : image;
  const near = [...keywords.keys()].find((one) => one.startsWith(word)) ?? meantDefinition(word);
  if (near !== undefined && isHeader(near, tokens, at + 1)) return near;
  return isNamed && isHeader('block', tokens, at + 1) ? meantByBody(tokens, at + 1) : undefined;
}

/** Of a header that begins with its name at `at`: a section by its first line, a network where something comes in, else a block. */
function meantByBody(tokens: readonly IToken[], at: number): string {
  const brace = tokens[at + 1]!.tokenType === t.LeftParen ? behindBracket(tokens, at + 1) : at + 1;
  const end = behindBracket(tokens, brace);
  const isOf = (from: number, ...types: readonly TokenType[]): boolean =>
    from + types.length <= end && types.every((type, k) => tokens[from + k]!.tokenType === type);
  if (tokens[brace + 2]?.tokenType.CATEGORIES?.includes(t.Comparison)) return 'expect';
  if (tokens[brace + 2]?.tokenType === t.Colon && !statements.has(tokens[brace + 1]!.tokenType)) return 'train';
  for (let from = brace + 1; from < end; from += 1) if (isOf(from, t.Input, t.Identifier, t.Colon)) return 'network';
  return end - brace > 2 ? 'block' : 'network';
}

function asKeyword(word: IToken, keyword: string): IToken {
  const tokenType = keywords.get(keyword)!;
  return { ...word, tokenType, tokenTypeIdx: tokenType.tokenTypeIdx! };
}

/** A keyword without letters, where `name` begins. */
const keywordBefore = (name: IToken, keyword: string): IToken => ({
  ...asKeyword(name, keyword),
  image: '',
  endOffset: name.startOffset - 1,
  endLine: name.startLine!,
  endColumn: name.startColumn! - 1,
});

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
    const change = deeper(tokens[i]!.tokenType);
    depth += change;
    if (change < 0 && depth === 0) return i + 1;
  }
  return tokens.length;
}
