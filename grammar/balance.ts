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
  type Open,
} from './bracket-errors.ts';
import type { Diagnostic, Sink } from './diagnostic.ts';
import type { Source } from './source.ts';
import {
  Arrow,
  Block,
  Colon,
  Comma,
  Equals,
  Expect,
  False,
  Identifier,
  Import,
  LeftBrace,
  LeftBracket,
  Minus,
  Network,
  NumberLiteral,
  Parallel,
  Plus,
  RightBrace,
  SizeLiteral,
  Slash,
  Star,
  StringLiteral,
  Train,
  True,
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

const closers: ReadonlySet<TokenType> = new Set(closerOf.values());
const definitions: ReadonlySet<TokenType> = new Set([Import, Block, Network, Train, Expect]);
/** A line that ends with one of these goes on in the next. */
const goesOn: ReadonlySet<TokenType> = new Set([Comma, Colon, Arrow, Plus, Minus, Star, Slash, ...closerOf.keys()]);
/** A line that begins with one of these goes on with the one before, inside of brackets that are the last of their line. */
const continues: ReadonlySet<TokenType> = new Set([Arrow, Plus, Minus, Star, Slash]);
const literals: ReadonlySet<TokenType> = new Set([NumberLiteral, SizeLiteral, StringLiteral, True, False]);

/** What is known while the tokens are read. */
interface Pairing {
  readonly source: Source;
  readonly tokens: readonly IToken[];
  readonly sink: Sink;
  readonly stack: Open[];
  readonly repairs: Repairs;
  readonly damage: number[];
  readonly unclosedBraces: Set<number>;
  /** A `{` whose `}` is indented less than its line: most likely it took the `}` of an outer one. */
  suspect: Open | undefined;
}

/** Indices of the tokens that are taken out, and what is put in before a token. */
interface Repairs {
  readonly removed: Set<number>;
  readonly inserted: Map<number, TokenType[]>;
}

/** The brackets of `tokens` in pairs, every token with its `Place`. Linear in the number of tokens. */
export function balance(source: Source, tokens: readonly IToken[], sink: Sink): Balanced {
  const repairs: Repairs = { removed: new Set(), inserted: new Map() };
  const pairing: Pairing = {
    ...{ source, tokens, sink, repairs, stack: [], damage: [] },
    ...{ unclosedBraces: new Set(), suspect: undefined },
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

function beginsLine(tokens: readonly IToken[], at: number): boolean {
  return at === 0 || tokens[at]!.startLine! > tokens[at - 1]!.endLine!;
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
function endOfBracket(tokens: readonly IToken[], open: number, limit: number, { removed, inserted }: Repairs): number {
  let depth = 0;
  let parallel = false;
  const overLines = open + 1 < limit && beginsLine(tokens, open + 1);
  const isList = tokens[open]!.tokenType === LeftBracket;
  for (let i = open + 1; i < limit; i++) {
    const before = tokens[i - 1]!;
    depth -= inserted.get(i)?.length ?? 0;
    const { tokenType } = tokens[i]!;
    if (depth === 0 && tokenType === Arrow && literals.has(before.tokenType)) return i;
    if (depth === 0 && tokenType === LeftBrace && !parallel) return i;
    if (depth === 0 && tokenType === Equals && isList) return i;
    if (tokenType === Parallel) parallel = true;
    const goesOver = goesOn.has(before.tokenType) || (overLines && continues.has(tokenType));
    if (depth === 0 && beginsLine(tokens, i) && !goesOver) return i;
    if (removed.has(i)) continue;
    if (closerOf.has(tokenType)) depth++;
    else if (closers.has(tokenType)) depth--;
  }
  return limit;
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
      open.pop();
      token.payload = placeAt(open, false);
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

/** The first token behind an open brace on a line that is indented no more than the brace's own; undefined at the end. */
function dedent(tokens: readonly IToken[], { index, indent }: Open): number | undefined {
  for (let i = index + 1; i < tokens.length; i++) {
    if (beginsLine(tokens, i) && tokens[i]!.startColumn! <= indent) return i;
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
