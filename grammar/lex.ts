// Source text → the tokens that the parser reads, the doc comments, and an error for everything that is not of the
// language. What can be understood all the same is kept, so that one slip costs one message.

import type { IToken, TokenType } from 'chevrotain';
import type { Diagnostic, Fix, Sink } from './diagnostic.ts';
import { repair } from './diagnostic.ts';
import { textOf, type Source, type Span } from './source.ts';
import {
  Arrow,
  As,
  Block,
  Const,
  Dot,
  Else,
  Expect,
  False,
  For,
  ForeignIdentifier,
  ForeignString,
  HashComment,
  Identifier,
  If,
  Import,
  Input,
  instead,
  LeftParen,
  MalformedNumber,
  Network,
  Not,
  NumberLiteral,
  Output,
  RightBrace,
  Semicolon,
  SizeLiteral,
  StringLiteral,
  tokenizer,
  Train,
  True,
  UnclosedComment,
  UnclosedString,
  Unknown,
} from './tokens.ts';

/** Longest name, in UTF-16 units. */
export const NAME_LIMIT = 128;

export interface Lexed {
  readonly tokens: readonly IToken[];
  /** The `///` comments, in order. */
  readonly docs: readonly IToken[];
  /** Offsets of what was reported and cannot be parsed, in order: a syntax error around them says nothing new. */
  readonly damage: readonly number[];
}

/** Comments, texts, words, runs of other letters and single signs: never more than three of them make a token. */
const PIECE =
  /\/\*[^]*?(?:\*\/|$)|(?:\/\/|#)[^\n\r]*|"[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*"?|'[^'\\\n\r]*(?:\\[^\n\r][^'\\\n\r]*)*'?|\w+(?:\.\w+)*|[^\0-\x7f]+|\S/g;

/** Whether a text has more than `limit` pieces, and so more than a third as many tokens. Stops counting there. */
export function morePiecesThan(limit: number, text: string): boolean {
  let count = 0;
  PIECE.lastIndex = 0;
  while (count <= limit && PIECE.test(text)) count++;
  return count > limit;
}

/** Never throws; every character of the text is in a token, a comment or a report. */
export function lex(source: Source, sink: Sink): Lexed {
  const { tokens: split, groups } = tokenizer.tokenize(source.text);
  const tokens = withModules(split);
  const kept: IToken[] = [];
  const damage: number[] = [];
  const semicolons: IToken[] = [];
  let long: IToken | undefined;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const type = token.tokenType;
    if (type === Semicolon) {
      semicolons.push(token);
    } else if (type === Unknown) {
      const first = token;
      while (tokens[i + 1]?.tokenType === Unknown && tokens[i + 1]!.startOffset === tokens[i]!.endOffset! + 1) i++;
      sink.report(unknownCharacters({ source, start: first.startOffset, end: tokens[i]!.endOffset! + 1 }));
      damage.push(first.startOffset);
    } else {
      const wrong = complain(source, tokens, i);
      if (wrong) sink.report(wrong);
      if (token.image.length > NAME_LIMIT && isName(type)) long ??= token;
      if (type === MalformedNumber || type === UnclosedString) damage.push(token.startOffset);
      kept.push(...insteadOf(token, wrong?.code));
    }
  }
  if (long) sink.report(longName(spanOf(source, long)));
  if (semicolons.length > 0) sink.report(noSemicolons(semicolons.map((token) => spanOf(source, token))));
  return { tokens: kept, docs: groups['docs'] ?? [], damage };
}

/** Modules of other frameworks, whose members are steps: `nn.Conv2d(1, 6, 5)` is one word. */
const modules: ReadonlySet<string> = new Set(['nn', 'F', 'torch', 'keras', 'layers', 'tf']);
/** A name that is defined stays what it is. */
const defines: ReadonlySet<TokenType> = new Set([Block, Network, Const, As, Input, Output, Train, Expect, For, Import]);

/** The tokens with `nn` `.` `Conv2d` as one identifier where a step may stand. */
function withModules(tokens: readonly IToken[]): readonly IToken[] {
  if (!tokens.some(({ tokenType }) => tokenType === Dot)) return tokens;
  const joined: IToken[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    let last = at;
    const previous = joined.at(-1);
    if (modules.has(tokens[at]!.image) && !(previous && defines.has(previous.tokenType))) {
      while (isMember(tokens, last)) last += 2;
    }
    const end = tokens[last]!;
    const next = tokens[last + 1];
    const step = last > at && (!next || endsStep.has(next.tokenType) || next.startLine !== end.startLine);
    if (!step) joined.push(tokens[at]!);
    else {
      const image = tokens
        .slice(at, last + 1)
        .map((token) => token.image)
        .join('');
      joined.push({
        ...tokens[at]!,
        image,
        endOffset: end.endOffset!,
        endLine: end.endLine!,
        endColumn: end.endColumn!,
      });
      at = last;
    }
  }
  return joined;
}

const endsStep: ReadonlySet<TokenType> = new Set([LeftParen, RightBrace, Arrow]);

/** Whether `.` and a name follow directly. */
function isMember(tokens: readonly IToken[], at: number): boolean {
  const [word, dot, name] = tokens.slice(at, at + 3);
  if (dot?.tokenType !== Dot || name?.tokenType !== Identifier) return false;
  return dot.startOffset === word!.endOffset! + 1 && name.startOffset === dot.endOffset! + 1;
}

/** All tokens of a text that has no lexical errors, comments among them, in order. */
export function lexAll({ text }: Source): readonly IToken[] {
  const { tokens, groups } = tokenizer.tokenize(text);
  const all = [...withModules(tokens), ...(groups['docs'] ?? []), ...(groups['comments'] ?? [])];
  return all.toSorted((a, b) => a.startOffset - b.startOffset);
}

/** Text of the user for a message. */
export function shorten(image: string): string {
  return image.length > 40 ? `${image.slice(0, 40)}…` : image;
}

/** The place of a real token. */
export function spanOf(source: Source, token: IToken): Span {
  return { source, start: token.startOffset, end: token.endOffset! + 1 };
}

function complain(source: Source, tokens: readonly IToken[], at: number): Diagnostic | undefined {
  const token = tokens[at]!;
  const span = spanOf(source, token);
  const replace = (text: string, message?: string): Fix => repair(span, text, message);
  const meant = instead.get(token.tokenType);
  if (meant !== undefined) {
    const message = `the language writes ${meant} instead of ${token.image}`;
    return error('syntax/operator', message, span, replace(meant), { expected: meant });
  }
  switch (token.tokenType) {
    case UnclosedComment:
      return error(
        'syntax/unclosed-comment',
        'this comment is never closed',
        { ...span, end: span.start + 2 },
        'end it with */',
        { expected: '*/ behind it' },
      );
    case HashComment:
      return error(
        'syntax/comment',
        'comments begin with //',
        { ...span, end: span.start + 1 },
        repair({ ...span, end: span.start + 1 }, '//'),
        { expected: '//' },
      );
    case UnclosedString:
      return error(
        'syntax/unclosed-string',
        'this text has no closing quotation mark on its line',
        span,
        closingQuote(token.image, span),
        { expected: `a second ${token.image[0]!}` },
      );
    case ForeignString:
      return error(
        'syntax/quotes',
        'texts stand in straight double quotes',
        span,
        replace(requote(token.image), `write ${shorten(requote(token.image))}`),
        { expected: shorten(requote(token.image)) },
      );
    case ForeignIdentifier:
      return error(
        'syntax/identifier',
        'names are made of the letters a–z, A–Z, digits and _',
        span,
        'choose a plain name; texts in quotes may hold any character',
        { expected: 'a name such as size_1' },
      );
    case MalformedNumber:
      return error('syntax/number', `${shorten(token.image)} is not a number`, span, numberHint(token.image, span), {
        expected: 'a number such as 28, 0.9, 1e-5, 61_706, 420k or 64KiB, or a size such as 3x3',
      });
    case Identifier:
      return foreignWord(tokens, at, span);
    default:
      return undefined;
  }
}

function isName(type: TokenType): boolean {
  return type === Identifier || type === ForeignIdentifier;
}

function longName(span: Span): Diagnostic {
  return {
    code: 'limit/name',
    severity: 'error',
    limit: true,
    message: 'this name is too long',
    span: { ...span, end: span.start + NAME_LIMIT },
    found: `${span.end - span.start} characters`,
    expected: `at most ${NAME_LIMIT}`,
    fixes: [{ message: 'choose a shorter name' }],
  };
}

/** Words that begin a statement in other languages, where another name follows. */
function foreignWord(tokens: readonly IToken[], at: number, span: Span): Diagnostic | undefined {
  const word = tokens[at]!.image;
  const next = tokens[at + 1]?.tokenType;
  const replace = (text: string, message: string): Fix => repair(span, text, message);
  const condition = next === Identifier || next === LeftParen || next === Not || next === True || next === False;
  if (condition && /^el(if|sif|seif)$/.test(word)) {
    const fix = replace('else if', 'write else if');
    return error('syntax/else-if', 'a further branch begins with else if', span, fix, { expected: 'else if' });
  }
  if (next !== Identifier) return undefined;
  if (word === 'let' || word === 'var' || word === 'val') {
    const value = tokens[at + 3]?.tokenType;
    if (value === NumberLiteral || value === StringLiteral || value === SizeLiteral) {
      const fix = replace('const', 'write const');
      return error('syntax/const', 'a plain value is named with const', span, fix, { expected: 'const' });
    }
    const message = `a name is given without ${word}: name = conv(6)`;
    return error('syntax/let', message, span, replace('', `remove ${word}`), { expected: 'a name' });
  }
  return undefined;
}

/** What the parser reads in place of a token that was reported. */
function insteadOf(token: IToken, code: string | undefined): readonly IToken[] {
  const as = (type: TokenType): IToken => ({ ...token, tokenType: type, tokenTypeIdx: type.tokenTypeIdx! });
  if (code === 'syntax/else-if') return [as(Else), as(If)];
  if (code === 'syntax/const') return [as(Const)];
  return code === 'syntax/let' || code === 'syntax/comment' || code === 'syntax/unclosed-comment' ? [] : [token];
}

function error(
  code: string,
  message: string,
  span: Span,
  fix: Fix | string,
  { expected }: { readonly expected: string },
): Diagnostic {
  const found = shorten(textOf(span));
  return {
    code,
    severity: 'error',
    message,
    span,
    found,
    expected,
    fixes: [typeof fix === 'string' ? { message: fix } : fix],
  };
}

/** Behind the first word: paths and class names mostly are one. */
function closingQuote(image: string, span: Span): Fix {
  const [word = ''] = /^["'][^\s)}\],]*/.exec(image) ?? [];
  const end = span.start + word.length;
  const quote = image[0]!;
  return { message: `end it with ${quote}`, edits: [{ span: { ...span, start: end, end }, text: quote }] };
}

function requote(image: string): string {
  return `"${image
    .slice(1, -1)
    .replaceAll("\\'", "'")
    .replace(/(?<!\\)"/g, '\\"')}"`;
}

function numberHint(image: string, span: Span): Fix | string {
  const write = (text: string, note = ''): Fix => ({ message: `write ${text}${note}`, edits: [{ span, text }] });
  if (/^\d+\.$/.test(image)) return repair(span, `${image}0`);
  if (/^0[xX]/.test(image)) return 'numbers are decimal';
  if (/^[\d._]+[KMGkmg][Bb]$/.test(image))
    return write(`${image.slice(0, -2)}${image.at(-2)!.toUpperCase()}iB`, ' (1 KiB is 1024 bytes)');
  if (/^\d+(x\d+){2,}$/.test(image)) return 'a size has a height and a width: 3x3';
  return 'numbers look like 28, 0.9, 1e-5, 61_706, 420k, 1.2M or 64KiB; sizes like 3x3';
}

function unknownCharacters(span: Span): Diagnostic {
  const text = span.source.text.slice(span.start, span.end);
  const first = String.fromCodePoint(text.codePointAt(0)!);
  const codePoint = first.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  const what = text === first ? `${text} (U+${codePoint})` : shorten(text);
  return {
    code: 'syntax/character',
    severity: 'error',
    message: `the language has no ${what}`,
    span,
    found: shorten(text),
    expected: text === '?' ? 'a if condition else b' : 'letters, digits and the signs of the language',
    // 3×3
    fixes: [
      text === '?'
        ? ternary(span)
        : text === '×' && /\d/.test(span.source.text[span.end] ?? '')
          ? repair(span, 'x')
          : { message: 'remove it', edits: [{ span, text: '' }] },
    ],
  };
}

/** `a ? 8 : 16` */
function ternary(span: Span): Fix {
  const { text } = span.source;
  const [, condition] = /([\w.]{1,60})\s{0,9}$/.exec(text.slice(Math.max(0, span.start - 70), span.start)) ?? [];
  const [, then, otherwise] =
    /^\s{0,9}([\w.]{1,60})\s{0,9}:\s{0,9}([\w.]{1,60})/.exec(text.slice(span.end, span.end + 160)) ?? [];
  const message =
    condition !== undefined && then !== undefined
      ? `write ${then} if ${condition} else ${otherwise}`
      : 'write a if condition else b';
  return { message };
}

function noSemicolons(spans: readonly Span[]): Diagnostic {
  const message = spans.length === 1 ? 'remove it' : `remove all ${spans.length} of them`;
  return {
    code: 'syntax/semicolon',
    severity: 'error',
    message: 'statements end with their line; there are no semicolons',
    span: spans[0]!,
    found: ';',
    expected: 'the end of the line, or the next statement',
    fixes: [{ message, edits: spans.map((span) => ({ span, text: '' })), safe: true }],
  };
}
