// Pairs the brackets before parsing: missing ones are inserted, stray ones taken out, each with one error at the bracket
// that is to blame. So the parser always sees a balanced text, and after a mistake it knows where the statement ends.

import { createTokenInstance, type IToken, type TokenType } from 'chevrotain';
import type { Diagnostic, Sink } from './diagnostic.ts';
import { repair } from './diagnostic.ts';
import { spanOf } from './lex.ts';
import type { Source } from './source.ts';
import {
  Arrow,
  Block,
  Colon,
  Comma,
  Expect,
  False,
  Identifier,
  Import,
  LeftBrace,
  LeftBracket,
  LeftParen,
  Network,
  NumberLiteral,
  Parallel,
  RightBrace,
  RightBracket,
  RightParen,
  SizeLiteral,
  StringLiteral,
  Train,
  True,
  UnclosedString,
} from './tokens.ts';

export const NESTING_LIMIT = 64;

/** What the parser needs to know of a token's place; in `token.payload`. */
export interface Place {
  /** Brackets open around it; a bracket counts itself on neither side. */
  readonly depth: number;
  readonly startsLine: boolean;
  /** Present on a brace that was reported as never closed: what is in it may not belong there. */
  readonly unclosed?: true;
}

export interface Balanced {
  readonly tokens: IToken[];
  /** Offsets of the repairs, in order. */
  readonly damage: readonly number[];
  /** True when brackets are nested too deeply to parse. */
  readonly tooDeep: boolean;
}

const closerOf: ReadonlyMap<TokenType, TokenType> = new Map([
  [LeftParen, RightParen],
  [LeftBracket, RightBracket],
  [LeftBrace, RightBrace],
]);
const closers: ReadonlySet<TokenType> = new Set(closerOf.values());
const definitions: ReadonlySet<TokenType> = new Set([Import, Block, Network, Train, Expect]);
/** A line that ends with one of these goes on in the next. */
const goesOn: ReadonlySet<TokenType> = new Set([Comma, Colon, Arrow, ...closerOf.keys()]);
const literals: ReadonlySet<TokenType> = new Set([NumberLiteral, SizeLiteral, StringLiteral, True, False]);
const text = (type: TokenType): string => type.name.slice(1, -1);

interface Open {
  readonly token: IToken;
  readonly index: number;
  /** Column of the first token of its line. */
  readonly indent: number;
}

/** The brackets of `tokens` in pairs, every token with its `Place`. Linear in the number of tokens. */
export function balance(source: Source, tokens: readonly IToken[], sink: Sink): Balanced {
  const stack: Open[] = [];
  const removed = new Set<number>();
  const inserted = new Map<number, TokenType[]>();
  const damage: number[] = [];
  const unclosedBraces = new Set<number>();
  /** A `{` whose `}` is indented less than its line: most likely it took the `}` of an outer one. */
  let suspect: Open | undefined;
  let indent = 1;

  const insert = (at: number, type: TokenType): void => {
    const list = inserted.get(at);
    if (list) list.push(type);
    else inserted.set(at, [type]);
    damage.push(tokens[at - 1]!.endOffset!);
  };
  const report = (diagnostic: Diagnostic, index: number): void => {
    damage.push(tokens[index]!.startOffset);
    sink.report(diagnostic);
  };
  /** Whether a text without an end, which is reported already, holds the bracket that is missing. */
  const swallowed = (open: Open, end: number): boolean => {
    const closer = text(closerOf.get(open.token.tokenType)!);
    const within = tokens.slice(open.index, end);
    return within.some((token) => token.tokenType === UnclosedString && token.image.includes(closer));
  };
  /** Moves one brace that was inserted at `from`, where the brackets from `first` on stay paired. */
  const moveBrace = (from: number, to: number, first: number): boolean => {
    const moved = unplace(inserted, from);
    if (!moved) return false;
    inserted.set(to, [...(inserted.get(to) ?? []), RightBrace]);
    if (isPaired(tokens, first, from, removed, inserted)) {
      damage.push(tokens[to - 1]!.endOffset!);
      return true;
    }
    unplace(inserted, to);
    inserted.get(from)!.push(RightBrace);
    return false;
  };
  /** Closes everything above `height` before token `at`, with one error for all braces and one for each other bracket. */
  const closeDownTo = (height: number, at: number): void => {
    let missingBraces = 0;
    let outermost: Open | undefined;
    while (stack.length > height) {
      const open = stack.pop()!;
      if (open.token.tokenType === LeftBrace) {
        missingBraces++;
        outermost = open;
        insert(at, RightBrace);
      } else {
        const end = endOfBracket(tokens, open.index, at, removed, inserted);
        insert(end, closerOf.get(open.token.tokenType)!);
        if (!swallowed(open, end)) report(unclosed(source, open.token, tokens[end - 1]!), open.index);
      }
    }
    if (outermost && !swallowed(outermost, at)) {
      const blamed = suspect ?? outermost;
      unclosedBraces.add(blamed.index);
      // The indentation says where it belongs: one of those at the end moves there, unless it would close across a bracket.
      const indented = suspect ? dedent(tokens, suspect) : undefined;
      const end = indented !== undefined && moveBrace(at, indented, outermost.index) ? indented : undefined;
      const last = tokens[(end ?? at) - 1]!;
      report(unclosedBrace(source, blamed, missingBraces, last), blamed.index);
      suspect = undefined;
    }
  };

  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const type = token.tokenType;
    const startsLine = i === 0 || token.startLine! > tokens[i - 1]!.endLine!;
    if (startsLine) {
      indent = token.startColumn!;
      // Indented, it is more likely a definition in the wrong place.
      if (definitions.has(type) && isDefinition(tokens[i + 1]) && indent <= (stack[0]?.indent ?? Infinity)) {
        if (stack.length > 0) closeDownTo(0, i);
        suspect = undefined;
      }
    }
    if (closerOf.has(type)) {
      stack.push({ token, index: i, indent });
      if (stack.length > NESTING_LIMIT) {
        sink.report(tooDeep(source, token));
        return { tokens: [], damage, tooDeep: true };
      }
    } else if (closers.has(type)) {
      const height = matching(stack, type);
      const top = stack.at(-1);
      if (height !== undefined) {
        if (stack.length > height + 1) closeDownTo(height + 1, i);
        const open = stack.pop()!;
        if (type === RightBrace && startsLine && indent < open.indent) suspect ??= open;
      } else if (top && type !== RightBrace && top.token.tokenType !== LeftBrace) {
        const right = closerOf.get(top.token.tokenType)!;
        report(mismatched(source, top.token, token, right), i);
        removed.add(i);
        insert(i, right);
        stack.pop();
      } else {
        if (!removed.has(i - 1)) report(stray(source, token), i);
        removed.add(i);
      }
    }
  }
  closeDownTo(0, tokens.length);
  return {
    tokens: place(tokens, removed, inserted, unclosedBraces),
    damage: damage.toSorted((a, b) => a - b),
    tooDeep: false,
  };
}

/** Height in the stack of the bracket that `type` closes; a parenthesis never closes across a brace. */
function matching(stack: readonly Open[], type: TokenType): number | undefined {
  for (let height = stack.length - 1; height >= 0; height--) {
    const open = stack[height]!.token.tokenType;
    if (closerOf.get(open) === type) return height;
    if (open === LeftBrace) return undefined;
  }
  return undefined;
}

function isDefinition(next: IToken | undefined): boolean {
  return next?.tokenType === Identifier || next?.tokenType === LeftBrace;
}

/**
 * Where the closing bracket most likely belongs: before what cannot stand in it (an arrow behind a literal, a brace), or
 * at the end of the first line that does not ask for another one.
 */
function endOfBracket(
  tokens: readonly IToken[],
  open: number,
  limit: number,
  removed: ReadonlySet<number>,
  inserted: ReadonlyMap<number, readonly TokenType[]>,
): number {
  let depth = 0;
  let parallel = false;
  for (let i = open + 1; i < limit; i++) {
    const before = tokens[i - 1]!;
    depth -= inserted.get(i)?.length ?? 0;
    const { tokenType } = tokens[i]!;
    if (depth === 0 && tokenType === Arrow && literals.has(before.tokenType)) return i;
    if (depth === 0 && tokenType === LeftBrace && !parallel) return i;
    if (tokenType === Parallel) parallel = true;
    if (depth === 0 && tokens[i]!.startLine! > before.endLine! && !goesOn.has(before.tokenType)) return i;
    if (removed.has(i)) continue;
    if (closerOf.has(tokenType)) depth++;
    else if (closers.has(tokenType)) depth--;
  }
  return limit;
}

/** Whether the brackets of the tokens from `first` to `end` close each other, repairs included. */
function isPaired(
  tokens: readonly IToken[],
  first: number,
  end: number,
  removed: ReadonlySet<number>,
  inserted: ReadonlyMap<number, readonly TokenType[]>,
): boolean {
  const open: TokenType[] = [];
  for (let i = first; i <= end; i++) {
    const here = i > first ? (inserted.get(i) ?? []) : [];
    for (const type of i < end && !removed.has(i) ? [...here, tokens[i]!.tokenType] : here) {
      if (closerOf.has(type)) open.push(type);
      else if (closers.has(type) && closerOf.get(open.pop()!) !== type) return false;
    }
  }
  return open.length === 0;
}

function place(
  tokens: readonly IToken[],
  removed: ReadonlySet<number>,
  inserted: ReadonlyMap<number, readonly TokenType[]>,
  unclosedBraces: ReadonlySet<number>,
): IToken[] {
  const placed: IToken[] = [];
  let depth = 0;
  for (let i = 0; i <= tokens.length; i++) {
    for (const type of inserted.get(i) ?? []) {
      const token = virtual(type, tokens[i - 1]!);
      token.payload = placeAt(--depth, false);
      placed.push(token);
    }
    const token = tokens[i];
    if (!token || removed.has(i)) continue;
    if (closers.has(token.tokenType)) depth--;
    const startsLine = i === 0 || token.startLine! > tokens[i - 1]!.endLine!;
    token.payload = unclosedBraces.has(i) ? { depth, startsLine, unclosed: true } : placeAt(depth, startsLine);
    if (closerOf.has(token.tokenType)) depth++;
    placed.push(token);
  }
  return placed;
}

/** Tokens share their places: there are few. */
function placeAt(depth: number, startsLine: boolean): Place {
  const row = startsLine ? lineStarts : insideLines;
  return (row[depth] ??= { depth, startsLine });
}

const lineStarts: Place[] = [];
const insideLines: Place[] = [];

/** A bracket of no width behind `previous`. */
function virtual(type: TokenType, previous: IToken): IToken {
  const end = previous.endOffset!;
  const line = previous.endLine!;
  const column = previous.endColumn!;
  return createTokenInstance(type, '', end + 1, end, line, line, column + 1, column);
}

function unclosed(source: Source, open: IToken, last: IToken): Diagnostic {
  const closer = text(closerOf.get(open.tokenType)!);
  const end = last.endOffset! + 1;
  return {
    code: 'syntax/unclosed-bracket',
    severity: 'error',
    message: `this ${open.image} is never closed`,
    span: spanOf(source, open),
    found: open.image,
    expected: `${closer} behind it`,
    fixes: [{ message: `add ${closer}`, edits: [{ span: { source, start: end, end }, text: closer }] }],
  };
}

/** The first token behind an open brace on a line that is indented no more than the brace's own; undefined at the end. */
function dedent(tokens: readonly IToken[], { index, indent }: Open): number | undefined {
  for (let i = index + 1; i < tokens.length; i++) {
    if (tokens[i]!.startLine! > tokens[i - 1]!.endLine! && tokens[i]!.startColumn! <= indent) return i;
  }
  return undefined;
}

/** Takes back one brace that was inserted at a place. */
function unplace(inserted: Map<number, TokenType[]>, at: number): boolean {
  const list = inserted.get(at);
  const index = list?.lastIndexOf(RightBrace) ?? -1;
  if (index < 0) return false;
  list!.splice(index, 1);
  return true;
}

function unclosedBrace(source: Source, { token, indent }: Open, count: number, last: IToken): Diagnostic {
  const end = last.endOffset! + 1;
  const text = `\n${' '.repeat(indent - 1)}}`.repeat(count);
  const line = last.endLine!;
  return {
    code: 'syntax/unclosed-block',
    severity: 'error',
    message: 'this { is never closed',
    span: spanOf(source, token),
    found: '{',
    expected: '} behind it',
    fixes: [
      {
        message: `${count === 1 ? 'add }' : `add ${count} closing braces`} behind line ${line}`,
        edits: [{ span: { source, start: end, end }, text }],
      },
    ],
  };
}

function mismatched(source: Source, open: IToken, token: IToken, right: TokenType): Diagnostic {
  const span = spanOf(source, token);
  return {
    code: 'syntax/mismatched-bracket',
    severity: 'error',
    message: `${token.image} does not close ${open.image}`,
    span,
    found: token.image,
    expected: text(right),
    fixes: [repair(span, text(right))],
  };
}

function stray(source: Source, token: IToken): Diagnostic {
  const span = spanOf(source, token);
  return {
    code: 'syntax/stray-bracket',
    severity: 'error',
    message: `this ${token.image} closes nothing`,
    span,
    found: token.image,
    expected: `an open ${openerOf(token)} before it`,
    fixes: [{ message: 'remove it', edits: [{ span, text: '' }] }],
  };
}

function openerOf({ image }: IToken): string {
  return image === ')' ? '(' : image === ']' ? '[' : '{';
}

function tooDeep(source: Source, token: IToken): Diagnostic {
  return {
    code: 'limit/nesting',
    severity: 'error',
    limit: true,
    message: `brackets are nested more than ${NESTING_LIMIT} deep`,
    found: `${NESTING_LIMIT + 1} open brackets`,
    expected: `at most ${NESTING_LIMIT}`,
    span: spanOf(source, token),
    fixes: [{ message: 'give inner parts names of their own: blocks or constants' }],
  };
}
