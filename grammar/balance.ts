// Pairs the brackets before parsing: missing ones are inserted, stray ones taken out, each with one error at the bracket
// that is to blame. So the parser always sees a balanced text, and after a mistake it knows where the statement ends.

import { createTokenInstance, type IToken, type TokenType } from 'chevrotain';
import {
  closerOf,
  mismatched,
  NESTING_LIMIT,
  signOf,
  stray,
  tooDeep,
  unclosed,
  unclosedBrace,
  unopened,
  type Open,
} from './bracket-errors.ts';
import { beginsLine, closers, dedent, endOfBracket, endOfHeader, type Repairs } from './bracket-ends.ts';
import type { Diagnostic, Sink } from './diagnostic.ts';
import type { Source } from './source.ts';
import {
  Block,
  Colon,
  Else,
  Expect,
  For,
  Identifier,
  If,
  Import,
  LeftBrace,
  Network,
  Parallel,
  Path,
  Repeat,
  RightBrace,
  Train,
  UnclosedString,
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
const begins: ReadonlySet<TokenType> = new Set([Block, Network, Train, Expect, Repeat, For, If, Path]);
/** So have these anywhere in it. */
const inLine: ReadonlySet<TokenType> = new Set([Else, Parallel]);
/** What is known while the tokens are read. */
interface Pairing {
  readonly source: Source;
  readonly tokens: readonly IToken[];
  readonly sink: Sink;
  readonly stack: Open[];
  readonly repairs: Repairs;
  readonly damage: number[];
  readonly unclosedBraces: Set<number>;
  /** The last word before a body in a line of each indentation, by its index. */
  readonly headers: Map<number, number>;
  /** A `{` whose `}` is indented less than its line: most likely it took the `}` of an outer one. */
  suspect: Open | undefined;
}

/** The brackets of `tokens` in pairs, every token with its `Place`. Linear in the number of tokens. */
export function balance(source: Source, tokens: readonly IToken[], sink: Sink): Balanced {
  const repairs: Repairs = { removed: new Set(), inserted: new Map() };
  const pairing: Pairing = {
    ...{ source, tokens, sink, repairs, stack: [], damage: [] },
    ...{ unclosedBraces: new Set(), suspect: undefined, headers: new Map() },
  };
  const { stack, damage } = pairing;
  let indent = 1;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const type = token.tokenType;
    const startsLine = beginsLine(tokens, i);
    if (startsLine) {
      indent = token.startColumn!;
      // Indented, it is more likely a definition in the wrong place.
      if (definitions.has(type) && isDefinition(tokens[i + 1]) && indent <= (stack[0]?.indent ?? Infinity)) {
        if (stack.length > 0) closeDownTo(pairing, 0, i);
        pairing.suspect = undefined;
      }
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
  closeDownTo(pairing, 0, tokens.length);
  return { tokens: place(pairing), damage: damage.toSorted((a, b) => a - b), tooDeep: false };
}

/** Pairs the closing bracket `at` with the one that it closes, if there is one. */
function close(pairing: Pairing, at: number): Open | undefined {
  const { source, tokens, stack, repairs } = pairing;
  const token = tokens[at]!;
  const type = token.tokenType;
  if (type === RightBrace && beginsLine(tokens, at) && opensBody(pairing, at)) return undefined;
  const height = matching(stack, type);
  const top = stack.at(-1);
  if (height !== undefined) {
    if (stack.length > height + 1) closeDownTo(pairing, height + 1, at);
    return stack.pop()!;
  }
  if (top && type !== RightBrace && top.token.tokenType !== LeftBrace) {
    const right = closerOf.get(top.token.tokenType)!;
    report(pairing, mismatched(source, top.token, token, right), at);
    repairs.removed.add(at);
    insert(pairing, at, right);
    stack.pop();
  } else {
    if (!repairs.removed.has(at - 1)) report(pairing, stray(source, token), at);
    repairs.removed.add(at);
  }
  return undefined;
}

/** Opens the body that the `}` ends, where a header that is indented as the `}` has no braces: `network Net(`, `repeat 3`. */
function opensBody(pairing: Pairing, at: number): boolean {
  const { source, tokens, headers, stack, repairs } = pairing;
  const indent = tokens[at]!.startColumn!;
  const header = headers.get(indent);
  const inner = stack.findLast(({ token }) => token.tokenType === LeftBrace);
  if (header === undefined || (inner && (inner.index > header || inner.indent >= indent))) return false;
  // Each header is looked at once.
  headers.delete(indent);
  const word = tokens[header]!;
  closeDownTo(pairing, inner ? stack.indexOf(inner) + 1 : 0, at);
  const end = endOfHeader(tokens, header, at, repairs);
  if (end === undefined || tokens[end]!.startColumn! <= indent) return false;
  // A path may be a chain.
  if (word.tokenType === Path && end > header + 2) return false;
  const colon = tokens[end - 1]!.tokenType === Colon;
  if (colon) repairs.removed.add(end - 1);
  insert(pairing, end, LeftBrace);
  report(pairing, unopened(source, word, tokens[end - 1]!, colon), header);
  return true;
}

/** Closes everything above `height` before token `at`, with one error for all braces and one for each other bracket. */
function closeDownTo(pairing: Pairing, height: number, at: number): void {
  const { source, tokens, stack, repairs, suspect } = pairing;
  let missingBraces = 0;
  let outermost: Open | undefined;
  while (stack.length > height) {
    const open = stack.pop()!;
    if (open.token.tokenType === LeftBrace) {
      missingBraces++;
      outermost = open;
      insert(pairing, at, RightBrace);
    } else {
      const end = endOfBracket(tokens, open.index, at, repairs);
      insert(pairing, end, closerOf.get(open.token.tokenType)!);
      if (!swallowed(tokens, open, end)) report(pairing, unclosed(source, open.token, tokens[end - 1]!), open.index);
    }
  }
  if (!outermost || swallowed(tokens, outermost, at)) return;
  const blamed = suspect ?? outermost;
  pairing.unclosedBraces.add(blamed.index);
  // The indentation says where it belongs: one of those at the end moves there, unless it would close across a bracket.
  const indented = suspect ? dedent(tokens, suspect) : undefined;
  const end = indented !== undefined && moveBrace(pairing, at, indented, outermost.index) ? indented : undefined;
  const last = tokens[(end ?? at) - 1]!;
  report(pairing, unclosedBrace(source, blamed, missingBraces, last), blamed.index);
  pairing.suspect = undefined;
}

function insert({ repairs: { inserted }, tokens, damage }: Pairing, at: number, type: TokenType): void {
  const list = inserted.get(at);
  if (list) list.push(type);
  else inserted.set(at, [type]);
  damage.push(tokens[at - 1]!.endOffset!);
}

function report({ tokens, damage, sink }: Pairing, diagnostic: Diagnostic, index: number): void {
  damage.push(tokens[index]!.startOffset);
  sink.report(diagnostic);
}

/** Whether a text without an end, which is reported already, holds the bracket that is missing. */
function swallowed(tokens: readonly IToken[], open: Open, end: number): boolean {
  const closer = signOf(closerOf.get(open.token.tokenType)!);
  const within = tokens.slice(open.index, end);
  return within.some((token) => token.tokenType === UnclosedString && token.image.includes(closer));
}

/** Moves one brace that was inserted at `from`, where the brackets from `first` on stay paired. */
function moveBrace({ tokens, repairs, damage }: Pairing, from: number, to: number, first: number): boolean {
  const { inserted } = repairs;
  const moved = unplace(inserted, from);
  if (!moved) return false;
  inserted.set(to, [...(inserted.get(to) ?? []), RightBrace]);
  if (isPaired(tokens, first, from, repairs)) {
    damage.push(tokens[to - 1]!.endOffset!);
    return true;
  }
  unplace(inserted, to);
  inserted.get(from)!.push(RightBrace);
  return false;
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

/** Whether the brackets of the tokens from `first` to `end` close each other, repairs included. */
function isPaired(tokens: readonly IToken[], first: number, end: number, { removed, inserted }: Repairs): boolean {
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

/** Takes back one brace that was inserted at a place. */
function unplace(inserted: Map<number, TokenType[]>, at: number): boolean {
  const list = inserted.get(at);
  const index = list?.lastIndexOf(RightBrace) ?? -1;
  if (index < 0) return false;
  list!.splice(index, 1);
  return true;
}
