// Source text → the tokens that the parser reads, the doc comments, and an error for everything that is not of the
// language. What can be understood all the same is kept, so that one slip costs one message.

import type { IToken, TokenType } from 'chevrotain';
import { closerOf, closers } from './brackets.ts';
import { withDefinitionWords } from './definition-words.ts';
import type { Sink } from './diagnostic.ts';
import { hyphenInName, withoutHyphens } from './hyphens.ts';
import { complain, longName, noSemicolons, unknownCharacters } from './lex-errors.ts';
import { isProperty } from './properties.ts';
import { asMeant } from './readings/readings.ts';
import type { Rewrite } from './readings/rewrite.ts';
import { as } from './readings/token-work.ts';
import { withSoftKeywords } from './soft-keywords.ts';
import type { Source } from './source.ts';
import { NAME_LIMIT, spanOf } from './token-text.ts';
import {
  Arrow,
  As,
  Block,
  Comma,
  Const,
  Dot,
  Else,
  Expect,
  For,
  ForeignIdentifier,
  Identifier,
  If,
  Import,
  Input,
  LeftBrace,
  LeftParen,
  MalformedNumber,
  Network,
  Output,
  RightBrace,
  Semicolon,
  tokenize,
  Train,
  UnclosedComment,
  UnclosedString,
  Unknown,
} from './tokens.ts';
import { withPlainSigns } from './wide-signs.ts';

/** A word or a sign of a text, or a comment, with its place. */
export type Token = IToken;

export interface Lexed {
  readonly tokens: readonly IToken[];
  /** The `///` comments, in order. */
  readonly docs: readonly IToken[];
  /** Offsets of what was reported and cannot be parsed, in order: a syntax error around them says nothing new. */
  readonly damage: readonly number[];
  /** A comment without an end took what is behind it. */
  readonly cut: boolean;
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

/**
 * Never throws; every character of the text is in a token, a comment or a report. Habits of other tools are put into `habits`;
 * without it, none is read that a correct text could seem to have.
 */
export function lex(source: Source, sink: Sink, habits?: Rewrite[]): Lexed {
  const { tokens: split, groups } = tokenized(source, sink);
  const named = withoutHyphens(withModules(split), (places) => sink.report(hyphenInName(source, places)));
  const damage: number[] = [];
  const tokens = asMeant(source, named, sink, damage, habits);
  const kept: IToken[] = [];
  const semicolons: IToken[] = [];
  const betweenArguments: IToken[] = [];
  const open: TokenType[] = [];
  let long: IToken | undefined;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const type = token.tokenType;
    if (closerOf.has(type)) open.push(type);
    else if (closers.has(type)) open.pop();
    if (type === Semicolon && (open.at(-1) ?? LeftBrace) !== LeftBrace) {
      betweenArguments.push(token);
      kept.push(as(token, Comma));
    } else if (type === Semicolon) {
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
      if (wrong) kept.push(...insteadOf(token, wrong.code));
      else kept.push(token);
    }
  }
  if (long) sink.report(longName(spanOf(source, long)));
  for (const [found, inArguments] of [[semicolons, false] as const, [betweenArguments, true] as const])
    if (found.length > 0)
      sink.report(
        noSemicolons(
          found.map((token) => spanOf(source, token)),
          inArguments,
        ),
      );
  const read = withDefinitionWords(withSoftKeywords(kept), (word, problem) => {
    sink.report(problem(source));
    damage.push(word.startOffset);
  });
  return { tokens: read, docs: groups['docs'] ?? [], damage, cut: tokens.at(-1)?.tokenType === UnclosedComment };
}

/** The tokens of a text, with plain signs for full-width ones, which are reported once. */
function tokenized(source: Source, sink: Sink): ReturnType<typeof tokenize> {
  const result = tokenize(source.text);
  const meant = withPlainSigns(source, result.tokens);
  if (!meant) return result;
  sink.report(meant.diagnostic);
  return tokenize(meant.text);
}

/** Modules of other frameworks, whose members are steps: `nn.Conv2d(1, 6, 5)` is one word. */
const modules: ReadonlySet<string> = new Set(['nn', 'F', 'torch', 'torchvision', 'keras', 'layers', 'tf']);
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

/** Whether `.` and a name follow directly; `layers.size` is a property. */
function isMember(tokens: readonly IToken[], at: number): boolean {
  const [word, dot, name] = tokens.slice(at, at + 3);
  if (dot?.tokenType !== Dot || name?.tokenType !== Identifier || isProperty(name.image)) return false;
  return dot.startOffset === word!.endOffset! + 1 && name.startOffset === dot.endOffset! + 1;
}

/** All tokens of a text that has no lexical errors, comments among them, in order. */
export function lexAll({ text }: Source): readonly IToken[] {
  const { tokens, groups } = tokenize(text);
  const all = [
    ...withSoftKeywords(withoutHyphens(withModules(tokens))),
    ...(groups['docs'] ?? []),
    ...(groups['comments'] ?? []),
  ];
  return all.toSorted((a, b) => a.startOffset - b.startOffset);
}

/** What the parser reads in place of a token that was reported. */
function insteadOf(token: IToken, code: string): readonly IToken[] {
  if (code === 'syntax/else-if') return [as(token, Else), as(token, If)];
  if (code === 'syntax/const') return [as(token, Const)];
  return code === 'syntax/let' || code === 'syntax/comment' || code === 'syntax/unclosed-comment' ? [] : [token];
}

function isName(type: TokenType): boolean {
  return type === Identifier || type === ForeignIdentifier;
}
