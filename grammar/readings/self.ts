// Layers as members of a class, `self.conv1 = nn.Conv2d(1, 6, 5)`: read as the name alone, everywhere, so that they are one mistake.

import type { IToken } from 'chevrotain';
import type { Diagnostic } from '../diagnostic.ts';
import type { Source } from '../source.ts';
import { shorten } from '../token-text.ts';
import * as t from '../tokens.ts';
import { touch } from './token-work.ts';

/** The tokens `self` and `.` before a name that is given so. */
export function selves(tokens: readonly IToken[]): readonly IToken[] {
  const places = tokens.flatMap(({ image }, at) => (isMember(tokens, at, image) ? [at] : []));
  const given = new Set(
    places.flatMap((at) => (tokens[at + 3]?.tokenType === t.Equals ? [tokens[at + 2]!.image] : [])),
  );
  return places.filter((at) => given.has(tokens[at + 2]!.image)).flatMap((at) => tokens.slice(at, at + 2));
}

function isMember(tokens: readonly IToken[], at: number, image: string): boolean {
  if (image !== 'self' && image !== 'this') return false;
  const [word, dot, name] = tokens.slice(at, at + 3);
  return dot?.tokenType === t.Dot && name?.tokenType === t.Identifier && touch(word, dot) && touch(dot, name);
}

/** One report for all of them. */
export function noSelves(source: Source, places: readonly IToken[]): Diagnostic {
  const edits = places
    .filter(({ tokenType }) => tokenType !== t.Dot)
    .map(({ startOffset, endOffset }) => ({ span: { source, start: startOffset, end: endOffset! + 2 }, text: '' }));
  const { span } = edits[0]!;
  const name = /^\w+/.exec(source.text.slice(span.end, span.end + 100))?.[0] ?? '';
  return {
    code: 'syntax/member',
    severity: 'error',
    message: 'a network has no members: what is named has its name alone',
    span,
    found: `${source.text.slice(span.start, span.end)}${shorten(name)}`,
    expected: shorten(name),
    fixes: [
      {
        message:
          edits.length === 1
            ? `write ${shorten(name)}`
            : `leave out ${source.text.slice(span.start, span.end)} everywhere`,
        edits,
      },
    ],
  };
}
