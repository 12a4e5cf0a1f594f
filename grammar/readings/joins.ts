// Joins without `parallel` before them: `concat {`.

import type { IToken, TokenType } from 'chevrotain';
import type { Source } from '../source.ts';
import { spanOf } from '../token-text.ts';
import * as t from '../tokens.ts';
import { certain, type Rewrite } from './rewrite.ts';
import { before } from './token-work.ts';

const joins: ReadonlySet<string> = new Set(['concat', 'add', 'mul']);
const beforeJoins: ReadonlySet<TokenType | undefined> = new Set([t.Arrow, t.Equals]);

/** `concat {` where a step may stand, once for all of a file. */
export function* joinsAlone(source: Source, tokens: readonly IToken[], starts: readonly number[]): Generator<Rewrite> {
  const lines = new Set(starts);
  const found = tokens.filter((join, at) => {
    const brace = tokens[at + 1];
    if (join.tokenType !== t.Identifier || brace?.tokenType !== t.LeftBrace || brace.startLine !== join.startLine)
      return false;
    const previous = tokens[at - 1]?.tokenType;
    const mayStand = beforeJoins.has(previous) || (lines.has(at) && previous !== t.Parallel);
    return mayStand && (joins.has(join.image) || tokens[at + 2]?.tokenType === t.Path);
  });
  if (!found[0]) return;
  yield {
    replaced: new Map(found.map((join) => [join, [before(join, t.Parallel, 'parallel'), join]])),
    diagnostic: certain(
      'syntax/join',
      'paths belong inside the braces of parallel',
      spanOf(source, found[0]),
      `parallel ${found[0].image}`,
      found.map(({ startOffset: start }) => ({ span: { source, start, end: start }, text: 'parallel ' })),
    ),
  };
}
