// Loops over numbers as other languages write them, `for (i = 0; i < 3; i++) {`: read as the loop over a range that they are.

import type { IToken } from 'chevrotain';
import type { Source } from '../source.ts';
import { shorten } from '../token-text.ts';
import * as t from '../tokens.ts';
import type { Reading } from './inputs.ts';
import { as } from './token-work.ts';

/** Longest header that is looked at, in tokens. */
const LONGEST = 60;
const counting =
  /^\(\s*(?:\w+\s+)?(?<name>[A-Za-z_]\w*)\s*:?=\s*(?<from>\d+)\s*;\s*\k<name>\s*(?<sign><=?|!=)\s*(?<to>[\w.]+)\s*;\s*(?:\k<name>\s*(?:\+\+|\+=\s*1)|\+\+\s*\k<name>)\s*\)$/;

/** The header at the beginning of `tokens`, if semicolons stand in its parentheses. */
export function readLoop(source: Source, tokens: readonly IToken[]): Reading | undefined {
  if (tokens[1]?.tokenType !== t.LeftParen) return undefined;
  const body = tokens.slice(0, LONGEST).findIndex(({ tokenType }) => tokenType === t.LeftBrace);
  const header = tokens.slice(0, body < 0 ? LONGEST : body);
  const close = header.findLastIndex(({ tokenType }) => tokenType === t.RightParen);
  if (close < 0 || !header.some(({ tokenType }) => tokenType === t.Semicolon)) return undefined;
  const span = { source, start: header[1]!.startOffset, end: header[close]!.endOffset! + 1 };
  const text = source.text.slice(span.start, span.end);
  const {
    name = /(\w{1,60})\s{0,9}=/.exec(text)?.[1] ?? 'i',
    from = '0',
    sign,
    to = '1',
  } = counting.exec(text)?.groups ?? {};
  const end = sign === '<=' ? (/^\d+$/.test(to) ? `${Number(to) + 1}` : `${to} + 1`) : to;
  const written = `${name} in ${from}..${end}`;
  const [, first, second] = header;
  const bound = to.split('.');
  const ends = bound.flatMap((part, at) => [
    ...(at > 0 ? [as(first!, t.Dot, '.')] : []),
    as(first!, /^\d/.test(part) ? t.NumberLiteral : t.Identifier, part),
  ]);
  return {
    tokens: [
      ...[header[0]!, as(first!, t.Identifier, name), as(first!, t.In, 'in'), as(first!, t.NumberLiteral, from)],
      ...[as(second!, t.Range, '..'), ...ends],
    ],
    length: close + 1,
    diagnostic: {
      code: 'syntax/header',
      severity: 'error',
      message: 'a loop over numbers is written for i in 0..3 { … }: i is 0, 1, 2',
      span,
      found: shorten(text),
      expected: sign === undefined ? 'for NAME in LIST { … }' : `for ${written}`,
      fixes: [
        sign === undefined
          ? { message: 'write for i in 0..3 { … }' }
          : { message: `write for ${written}`, edits: [{ span, text: written }] },
      ],
    },
  };
}
