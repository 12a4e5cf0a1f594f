// Pairs the brackets before parsing: missing ones are inserted, stray ones taken out, each with one error at the bracket
// that is to blame. So the parser always sees a balanced text, and after a mistake it knows where the statement ends.

import { closerOf, closers } from './brackets.ts';
import { createTokenInstance, type IToken, type TokenType } from 'chevrotain';
import { beginsLine, isClosedLater, type Repairs } from './bracket-ends.ts';
import { mismatched, NESTING_LIMIT, stray, tooDeep, type Open } from './bracket-errors.ts';
import { closesAgain, opensBody, opensList } from './bracket-openings.ts';
import type { Sink } from './diagnostic.ts';
import { closeDownTo, insert, isPaired, report, type Pairing } from './pairing.ts';
import type { Source } from './source.ts';
import {
  Block,
  Const,
  Else,
  Expect,
  For,
  Identifier,
  If,
  Import,
  Input,
  LeftBrace,
  Network,
  Output,
  Parallel,
  Path,
  Repeat,
  RightBrace,
  Train,
} from './tokens.ts';

/** What the parser needs to know of a token's place; in `token.payload`. */
export interface Place {
  /** Brackets open around it; a bracket counts itself on neither side. */
  readonly depth: number;
  readonly startsLine: boolean;
  /** The innermost of them is a brace. */
  readonly inBraces: boolean;
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

const definitions: ReadonlySet<TokenType> = new Set([Import, Block, Network, Train, Expect]);
/** At the beginning of a line, these have braces behind them. */
const begins: ReadonlySet<TokenType> = new Set([Block, Network, Train, Expect, Input, Output, Repeat, For, If, Path]);
/** So have these anywhere in it. */
const inLine: ReadonlySet<TokenType> = new Set([Else, Parallel]);

/**
 * The brackets of `tokens` in pairs, every token with its `Place`. Linear in the number of tokens. What is open where the text was
 * `cut` off is no mistake.
 */
export function balance(source: Source, tokens: readonly IToken[], sink: Sink, cut = false): Balanced {
  const repairs: Repairs = { removed: new Set(), inserted: new Map() };
  const pairing: Pairing = {
    ...{ source, tokens, sink, repairs, stack: [], damage: [] },
    paired: isPaired(tokens, 0, tokens.length, repairs),
    ...{ unclosedBraces: new Set(), suspect: undefined, headers: new Map(), lines: new Map(), closed: undefined },
  };
  const { stack, damage } = pairing;
  let indent = 1;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const type = token.tokenType;
    const startsLine = beginsLine(tokens, i);
    if (startsLine) {
      indent = token.startColumn!;
      if (!closers.has(type)) pairing.lines.set(indent, i);
      // Indented, it is more likely a definition in the wrong place.
      if (definitions.has(type) && isDefinition(tokens[i + 1]) && indent <= (stack[0]?.indent ?? Infinity)) {
        if (stack.length > 0) closeDownTo(pairing, 0, i);
        pairing.suspect = undefined;
      }
      if ((definitions.has(type) || type === Const) && indent <= (pairing.closed?.open.indent ?? 0))
        pairing.closed = undefined;
    }
    if (inLine.has(type) || (startsLine && begins.has(type))) pairing.headers.set(indent, i);
    if (closerOf.has(type)) {
      stack.push({ token, index: i, indent });
      if (stack.length > NESTING_LIMIT) {
        sink.report(tooDeep(source, token));
        return { tokens: [], damage, tooDeep: true };
      }
    } else if (closers.has(type)) {
      const opened = close(pairing, i);
      if (opened && type === RightBrace && startsLine && indent < opened.indent) pairing.suspect ??= opened;
    }
  }
  closeDownTo(cut ? { ...pairing, sink: { report: () => {} } } : pairing, 0, tokens.length);
  return { tokens: place(pairing), damage: damage.toSorted((a, b) => a - b), tooDeep: false };
}

/** Pairs the closing bracket `at` with the one that it closes, if there is one. */
function close(pairing: Pairing, at: number): Open | undefined {
  const { source, tokens, stack, repairs } = pairing;
  const token = tokens[at]!;
  const type = token.tokenType;
  if (!pairing.paired && type === RightBrace && beginsLine(tokens, at) && opensBody(pairing, at)) return undefined;
  const height = matching(stack, type);
  const top = stack.at(-1);
  if (height !== stack.length - 1 && top && isClosedLater(tokens, at, top.token.tokenType)) {
    report(pairing, stray(source, token), at);
    repairs.removed.add(at);
    return undefined;
  }
  if (height !== undefined) {
    if (stack.length > height + 1) closeDownTo(pairing, height + 1, at);
    const open = stack.pop()!;
    if (stack.length === 0 && type === RightBrace) pairing.closed = { at, open };
    return open;
  }
  if (top && type !== RightBrace && top.token.tokenType !== LeftBrace) {
    const right = closerOf.get(top.token.tokenType)!;
    report(pairing, mismatched(source, top.token, token, right), at);
    repairs.removed.add(at);
    insert(pairing, at, right);
    stack.pop();
  } else if (!closesAgain(pairing, at) && !opensList(pairing, at)) {
    if (!repairs.removed.has(at - 1)) report(pairing, stray(source, token), at);
    repairs.removed.add(at);
  }
  return undefined;
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

/** The tokens with the repairs made, each with its place. */
function place({ tokens, repairs: { removed, inserted }, unclosedBraces }: Pairing): IToken[] {
  const placed: IToken[] = [];
  const open: TokenType[] = [];
  for (let i = 0; i <= tokens.length; i++) {
    for (const type of inserted.get(i) ?? []) {
      const token = virtual(type, tokens[i - 1]!);
      if (closers.has(type)) open.pop();
      token.payload = placeAt(open, false);
      if (closerOf.has(type)) open.push(type);
      placed.push(token);
    }
    const token = tokens[i];
    if (!token || removed.has(i)) continue;
    if (closers.has(token.tokenType)) open.pop();
    const at = placeAt(open, beginsLine(tokens, i));
    token.payload = unclosedBraces.has(i) ? { ...at, unclosed: true } : at;
    if (closerOf.has(token.tokenType)) open.push(token.tokenType);
    placed.push(token);
  }
  return placed;
}

/** Tokens share their places: there are few. */
function placeAt(open: readonly TokenType[], startsLine: boolean): Place {
  const depth = open.length;
  const inBraces = open.at(-1) === LeftBrace;
  const row = inBraces ? (startsLine ? braceLines : insideBraces) : startsLine ? lineStarts : insideLines;
  return (row[depth] ??= { depth, startsLine, inBraces });
}

const lineStarts: Place[] = [];
const insideLines: Place[] = [];
const braceLines: Place[] = [];
const insideBraces: Place[] = [];

/** A bracket of no width behind `previous`. */
function virtual(type: TokenType, previous: IToken): IToken {
  const end = previous.endOffset!;
  const line = previous.endLine!;
  const column = previous.endColumn!;
  return createTokenInstance(type, '', end + 1, end, line, line, column + 1, column);
}
