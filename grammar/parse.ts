// Text → syntax tree and all syntax errors: lexer, brackets, parser, tree builder. Nothing in the text makes it throw.

import type { IToken } from 'chevrotain';
import type { File } from './ast.ts';
import { balance } from './balance.ts';
import { buildFile } from './build-ast.ts';
import { bounded, type Diagnostic } from './diagnostic.ts';
import { foreignFile } from './foreign-file.ts';
import { lex, morePiecesThan } from './lex.ts';
import { describe } from './mistakes/describe.ts';
import { CnnParser } from './parser.ts';
import type { Rewrite } from './readings/rewrite.ts';
import { aboutWords } from './refusals/words.ts';
import { positionOf, type Source, type Span } from './source.ts';
import { Block, Else, Network } from './tokens.ts';

export interface Parsed {
  /** What could be parsed; definitions and statements with errors are left out and their places marked `incomplete`. */
  readonly file: File;
  /** In the order of the text; empty for a correct file. */
  readonly diagnostics: readonly Diagnostic[];
  /** Words and signs of the text; undefined where it was too long to be read. */
  readonly size: number | undefined;
}

/** Longest text that is read, in UTF-16 units. */
export const SOURCE_LIMIT = 1 << 20;
export const TOKEN_LIMIT = 50 << 10;
const DIAGNOSTIC_LIMIT = 100;

let made: CnnParser | undefined;

/** Made for the first text: what needs none starts without. */
const theParser = (): CnnParser => (made ??= new CnnParser());

/** `tokenLimit` is the room that is left where several files share it. */
export function parse(source: Source, tokenLimit = TOKEN_LIMIT): Parsed {
  if (source.text.length > SOURCE_LIMIT) return tooLong(source, `${source.text.length} characters`);
  // No token has more than three pieces: a text of so many has too many tokens, and none of them need be made.
  if (source.text.length > 3 * tokenLimit && morePiecesThan(3 * tokenLimit, source.text))
    return tooLong(source, `more than ${tokenLimit} tokens`);

  const foreign = foreignFile(source);
  if (foreign) return { file: emptyFile(source), diagnostics: [foreign], size: 0 };
  const habits: Rewrite[] = [];
  const meant = readText(source, tokenLimit, habits);
  if (habits.length === 0) return meant;
  // Habits of other tools are told by their looks: a text that is correct as it stands has none.
  const asWritten = readText(source, tokenLimit);
  return asWritten.diagnostics.length === 0 ? asWritten : meant;
}

function readText(source: Source, tokenLimit: number, habits?: Rewrite[]): Parsed {
  const diagnostics: Diagnostic[] = [];
  const sink = { report: (diagnostic: Diagnostic) => void diagnostics.push(bounded(diagnostic)) };
  const lexed = lex(source, sink, habits);
  const size = lexed.tokens.length;
  if (size > tokenLimit) return tooLong(source, `${size} tokens`);
  const balanced = balance(source, lexed.tokens, sink, lexed.cut);
  if (balanced.tooDeep) return { file: emptyFile(source), diagnostics: inOrder(diagnostics), size };

  const { damage } = balanced;
  const damaged = new Set([...lexed.damage, ...damage].map((offset) => positionOf(source, offset).line));
  const unlessDamaged = (diagnostic: Diagnostic, from = diagnostic.span!.start): void => {
    if (!touches(damaged, { ...diagnostic.span!, start: Math.min(from, diagnostic.span!.start) }))
      sink.report(diagnostic);
  };
  const parser = theParser();
  const { tree, mistakes } = parser.read(balanced.tokens);
  // Nothing in a definition without braces is where it belongs.
  let bodiless: number | undefined;
  let colons = false;
  for (const mistake of mistakes) {
    const { startOffset } = mistake.start;
    const diagnostic = describe(source, mistake);
    // Of a condition whose body is indented, `else:` is the rest.
    const rest = colons && mistake.start.tokenType === Else;
    if (isDefinition(mistake.start) && startOffset > (bodiless ?? Infinity)) bodiless = undefined;
    if (rest || bodiless !== undefined) continue;
    colons ||= diagnostic.code === 'syntax/colon';
    if (diagnostic.code === 'syntax/header' && diagnostic.message.startsWith('the body of a'))
      bodiless = diagnostic.span!.start;
    unlessDamaged(diagnostic, startOffset);
  }
  withoutQuotes(diagnostics);
  const explained = new Set(mistakes.map(({ error }) => lineOf(source, error.token.startOffset)));
  const built = {
    report(diagnostic: Diagnostic): void {
      // `share x {` is one mistake.
      if (aboutWords.has(diagnostic.code) && explained.has(lineOf(source, diagnostic.span!.start))) return;
      unlessDamaged(diagnostic);
    },
  };
  const file = buildFile(source, lexed.docs, tree, built, { begun: (skipped) => parser.begun(skipped), damage });
  return { file: lexed.cut ? { ...file, incomplete: true } : file, diagnostics: inOrder(diagnostics), size };
}

/** Of a text in the place of a step, or behind a member, which quotes it has is not said as well. */
function withoutQuotes(diagnostics: Diagnostic[]): void {
  const values = new Set(diagnostics.flatMap(({ code, span }) => (code === 'syntax/value' ? [span!.start] : [])));
  const members = new Set(
    diagnostics.flatMap(({ code, span }) => (code === 'syntax/member' ? [lineOf(span!.source, span!.start)] : [])),
  );
  if (values.size === 0 && members.size === 0) return;
  const rest = diagnostics.filter(
    ({ code, span }) =>
      code !== 'syntax/quotes' || !(values.has(span!.start) || members.has(lineOf(span!.source, span!.start))),
  );
  diagnostics.splice(0, diagnostics.length, ...rest);
}

const isDefinition = ({ tokenType }: IToken): boolean => tokenType === Network || tokenType === Block;

function lineOf(source: Source, offset: number): number {
  return Number.isFinite(offset) ? positionOf(source, offset).line : 0;
}

function touches(lines: ReadonlySet<number>, span: Span): boolean {
  if (lines.size === 0) return false;
  const last = positionOf(span.source, span.end).line;
  for (let line = positionOf(span.source, span.start).line; line <= last; line++) if (lines.has(line)) return true;
  return false;
}

function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = diagnostics.toSorted((a, b) => a.span!.start - b.span!.start);
  if (sorted.length <= DIAGNOSTIC_LIMIT) return sorted;
  const limits = sorted.slice(DIAGNOSTIC_LIMIT).filter((diagnostic) => diagnostic.limit);
  const shown = sorted.slice(0, DIAGNOSTIC_LIMIT);
  const more = sorted.length - DIAGNOSTIC_LIMIT - limits.length;
  if (more === 0) return [...shown, ...limits];
  const note: Diagnostic = {
    code: 'syntax/more',
    severity: 'note',
    message: `and ${more} more errors in ${sorted[0]!.span!.source.path}`,
    more,
  };
  return [...shown, ...limits, note];
}

function emptyFile(source: Source): File {
  return { source, imports: [], definitions: [], incomplete: true };
}

function tooLong(source: Source, found: string): Parsed {
  const diagnostic: Diagnostic = {
    code: 'limit/source',
    severity: 'error',
    limit: true,
    message: 'the file is too long',
    span: { source, start: 0, end: 0 },
    found,
    fixes: [{ message: 'put its blocks into several files, and import them' }],
    expected: `at most ${SOURCE_LIMIT} characters and ${TOKEN_LIMIT} tokens`,
  };
  return { file: emptyFile(source), diagnostics: [diagnostic], size: undefined };
}
