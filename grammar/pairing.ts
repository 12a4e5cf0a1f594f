// The state in which brackets are paired, and its repairs: brackets that are put in or taken out, each with its report.

import type { IToken, TokenType } from 'chevrotain';
import { closerOf, closers } from './brackets.ts';
import { endOfBracket, dedent, type Repairs } from './bracket-ends.ts';
import { signOf, unclosed, unclosedBrace, type Open } from './bracket-errors.ts';
import type { Diagnostic, Sink } from './diagnostic.ts';
import type { Source } from './source.ts';
import { LeftBrace, RightBrace, UnclosedString } from './tokens.ts';

/** What is known while the tokens are read. */
export interface Pairing {
  readonly source: Source;
  readonly tokens: readonly IToken[];
  readonly sink: Sink;
  readonly stack: Open[];
  readonly repairs: Repairs;
  readonly damage: number[];
  readonly unclosedBraces: Set<number>;
  /** Nothing is wrong with the brackets, however the text is indented. */
  readonly paired: boolean;
  /** The last word before a body in a line of each indentation, by its index. */
  readonly headers: Map<number, number>;
  /** The last line of each indentation, by its first token. */
  readonly lines: Map<number, number>;
  /** A `{` whose `}` is indented less than its line: most likely it took the `}` of an outer one. */
  suspect: Open | undefined;
  /** The `}` that closed the last definition, by its index, and the `{` of that; until the next definition begins. */
  closed: { readonly at: number; readonly open: Open } | undefined;
}

/** Closes everything above `height` before token `at`, with one error for all braces and one for each other bracket. */
export function closeDownTo(pairing: Pairing, height: number, at: number): void {
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
      const end = endOfBracket(tokens, open, at, repairs);
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

/** Puts a bracket in before token `at`. */
export function insert({ repairs: { inserted }, tokens, damage }: Pairing, at: number, type: TokenType): void {
  const list = inserted.get(at);
  if (list) list.push(type);
  else inserted.set(at, [type]);
  damage.push(tokens[at - 1]!.endOffset!);
}

/** Reports what is wrong with the bracket of that index. */
export function report({ tokens, damage, sink }: Pairing, diagnostic: Diagnostic, index: number): void {
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
  const [here, there] = [inserted.get(from) ?? [], inserted.get(to) ?? []];
  const brace = here.lastIndexOf(RightBrace);
  if (brace < 0) return false;
  inserted.set(from, here.toSpliced(brace, 1));
  inserted.set(to, [...(inserted.get(to) ?? []), RightBrace]);
  if (isPaired(tokens, first, from, repairs)) {
    damage.push(tokens[to - 1]!.endOffset!);
    return true;
  }
  inserted.set(to, there);
  inserted.set(from, here);
  return false;
}

/** Whether the brackets of the tokens from `first` to `end` close each other, repairs included. */
export function isPaired(
  tokens: readonly IToken[],
  first: number,
  end: number,
  { removed, inserted }: Repairs,
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
