// What habits of other tools leave in a text, read as what is meant, before brackets are paired and the text is parsed: so each is
// one mistake, and what stands behind it keeps its meaning.

import type { IToken, TokenType } from 'chevrotain';
import type { Diagnostic, Sink } from '../diagnostic.ts';
import type { Source } from '../source.ts';
import { spanOf } from '../token-text.ts';
import * as t from '../tokens.ts';
import { statementStarts } from './bodies.ts';
import { commasBehindSteps, noCommas } from './commas.ts';
import { foreignComments } from './comments.ts';
import { readInput, type Reading } from './inputs.ts';
import { joinsAlone } from './joins.ts';
import { labels, namesInBrackets } from './labels.ts';
import { layers } from './layers.ts';
import { readLoop } from './loops.ts';
import { readPercent, readPower, readThousands } from './numbers.ts';
import { certain, type Rewrite } from './rewrite.ts';
import { noSelves, selves } from './self.ts';
import { touch } from './token-work.ts';

/** `{{` and `}}`, as templates have them: the second of each. */
function doubled(tokens: readonly IToken[]): readonly IToken[] {
  const twice = (type: TokenType): readonly number[] =>
    tokens.flatMap(({ tokenType }, at) =>
      tokenType === type && tokens[at + 1]?.tokenType === type && touch(tokens[at], tokens[at + 1]) ? [at + 1] : [],
    );
  const opened = twice(t.LeftBrace);
  const closed = opened.length > 0 ? twice(t.RightBrace) : [];
  return opened.length === closed.length ? [...opened, ...closed].map((at) => tokens[at]!) : [];
}

function noDoubles(source: Source, places: readonly IToken[]): Diagnostic {
  const edits = places.map((token) => ({ span: spanOf(source, token), text: '' }));
  const { span } = edits[0]!;
  const both = { ...span, start: span.start - 1 };
  return certain('syntax/stray-bracket', 'these braces are doubled', both, '{', edits, 'write { and }');
}

/** Longest piece that is looked at, in tokens. */
const LONGEST = 60;

/**
 * The tokens as they are meant. What was reported and cannot be read is put into `damage`, and what was found into `habits`;
 * without those, a correct text keeps its own.
 */
export function asMeant(
  source: Source,
  tokens: readonly IToken[],
  sink: Sink,
  damage: number[],
  habits?: Rewrite[],
): readonly IToken[] {
  const commas = commasBehindSteps(tokens);
  if (commas.size > 0) sink.report(noCommas(source, commas));
  const twice = doubled(tokens);
  if (twice.length > 0) sink.report(noDoubles(source, twice));
  const members = selves(tokens);
  if (members.length > 0) sink.report(noSelves(source, members));
  const left = new Set([...commas, ...twice, ...members]);
  const replaced = new Map<IToken, readonly IToken[]>([...left].map((token) => [token, []]));
  for (const rewrite of habits ? rewrites(source, tokens) : []) {
    habits!.push(rewrite);
    sink.report(rewrite.diagnostic);
    for (const [token, instead] of rewrite.replaced) replaced.set(token, instead);
    damage.push(...(rewrite.damage ?? []));
  }
  const read: IToken[] = [];
  let changed = replaced.size > 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]!;
    const instead = replaced.get(token);
    if (instead) {
      read.push(...instead);
      continue;
    }
    const reading = readingAt(source, tokens, at);
    if (!reading) read.push(token);
    else {
      sink.report(reading.diagnostic);
      read.push(...reading.tokens);
      at += reading.length - 1;
      changed = true;
    }
  }
  return changed ? read : tokens;
}

function* rewrites(source: Source, tokens: readonly IToken[]): Generator<Rewrite> {
  let text = tokens;
  let starts = statementStarts(text);
  const comments = foreignComments(source, tokens, starts);
  if (comments) {
    yield comments;
    text = tokens.filter((token) => !comments.replaced.has(token));
    starts = statementStarts(text);
  }
  for (const read of [layers, labels, namesInBrackets, joinsAlone]) yield* read(source, text, starts);
}

function readingAt(source: Source, tokens: readonly IToken[], at: number): Reading | undefined {
  const { tokenType, startLine } = tokens[at]!;
  const piece = (): readonly IToken[] => tokens.slice(at, at + LONGEST);
  if (tokenType === t.For) return readLoop(source, piece());
  if (
    tokenType === t.Input &&
    (at === 0 || tokens[at - 1]!.endLine !== startLine || tokens[at - 1]!.tokenType === t.LeftBrace)
  )
    return readInput(source, piece());
  if (tokenType !== t.NumberLiteral) return undefined;
  const next = tokens[at + 1]?.tokenType;
  const number = (): readonly IToken[] => tokens.slice(at, at + 5);
  if (next === t.Comma) return readThousands(source, number());
  if (next === t.Percent) return readPercent(source, number());
  return next === t.Star || next === t.Unknown ? readPower(source, number()) : undefined;
}
