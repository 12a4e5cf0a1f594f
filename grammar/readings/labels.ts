// Names as lists of layers have them, `c1: conv(6, kernel: 5)` and `(a, b) = split(2)`: read as names.

import type { IToken } from 'chevrotain';
import type { Source } from '../source.ts';
import { spanOf } from '../token-text.ts';
import * as t from '../tokens.ts';
import { closerOf } from '../brackets.ts';
import { certain, type Rewrite } from './rewrite.ts';
import { as } from './token-work.ts';

/** Settings of `train`, which are no names of steps. */
const settings: ReadonlySet<string> = new Set(['loss', 'optimizer', 'activation']);

/** `c1: conv(6)`, once for all of a file. */
export function* labels(source: Source, tokens: readonly IToken[], starts: readonly number[]): Generator<Rewrite> {
  const places = starts.map((at) => (tokens[at]!.tokenType === t.Path ? at + 1 : at));
  const found = places.filter((at) => {
    const [name, colon, step] = tokens.slice(at, at + 3);
    const isStep = step?.tokenType === t.Identifier || step?.tokenType === t.Parallel;
    const isName = name?.tokenType === t.Identifier && !settings.has(name.image);
    return isName && colon?.tokenType === t.Colon && isStep && step.startLine === name.startLine;
  });
  if (found.length === 0) return;
  const colons = found.map((at) => tokens[at + 1]!);
  const spans = found.map((at) => ({ ...spanOf(source, tokens[at + 1]!), start: tokens[at]!.endOffset! + 1 }));
  const { image, startOffset: start } = tokens[found[0]!]!;
  yield {
    replaced: new Map(colons.map((colon) => [colon, [as(colon, t.Equals, '=')]])),
    diagnostic: certain(
      'syntax/several-names',
      'a step is named with =',
      { ...spans[0]!, start },
      `${image} =`,
      spans.map((span) => ({ span, text: ' =' })),
    ),
  };
}

/** Longest list of names in brackets, in tokens. */
const LONGEST = 100;

/** `(a, b) = split(2)` and `[a, b] = …`, each. */
export function* namesInBrackets(
  source: Source,
  tokens: readonly IToken[],
  starts: readonly number[],
): Generator<Rewrite> {
  for (const at of starts) {
    const open = tokens[at]!;
    if (open.tokenType !== t.LeftParen && open.tokenType !== t.LeftBracket) continue;
    let end = at + 1;
    while (end < at + LONGEST && (tokens[end]?.tokenType === t.Identifier || tokens[end]?.tokenType === t.Comma))
      end += 1;
    const names = tokens.slice(at + 1, end).filter(({ tokenType }) => tokenType === t.Identifier);
    const close = tokens[end];
    if (close?.tokenType !== closerOf.get(open.tokenType) || tokens[end + 1]?.tokenType !== t.Equals || !names[0])
      continue;
    const span = { ...spanOf(source, close!), start: open.startOffset };
    const text = names.map(({ image }) => image).join(', ');
    yield {
      replaced: new Map([open, close!].map((bracket) => [bracket, []])),
      diagnostic: certain('syntax/several-names', 'several results are named without brackets', span, text, [
        { span, text },
      ]),
    };
  }
}
