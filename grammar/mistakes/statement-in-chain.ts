// Loops and conditions that are joined to steps like a step: `x -> repeat 2 { relu } -> tanh`, `y = if deep { … }`.

import type { Fix } from '../diagnostic.ts';
import { repair } from '../diagnostic.ts';
import type { Source } from '../source.ts';
import { spanOf } from '../token-text.ts';
import * as t from '../tokens.ts';
import type { Habit } from './habit.ts';
import { lineOf, LONGEST, place } from './line.ts';
import type { Line } from './line.ts';

const statements: ReadonlySet<unknown> = new Set([t.If, t.For, t.Repeat]);

export const statementInChain: readonly Habit[] = [
  function begunInChain(context) {
    const { token, previous, sameLine, span, source } = context;
    if (!statements.has(token.tokenType) || !previous) return undefined;
    const joins = previous.tokenType === t.Arrow || previous.tokenType === t.Equals;
    const line = lineOf(context);
    if (!joins || /^\s*(const|share|path)\b/.test(line.before)) return undefined;
    const word = token.image;
    const named = /^\s*\w+\s*=(?!=)/.exec(line.before) !== null;
    const joint = spanOf(source, previous);
    const gap = place(context, joint.start - spacesBefore(source, joint.start), span.start);
    const fix: Fix = named
      ? {
          message: `write ${word} … { … } on a line without =, and below it y = identity, which names what flows behind it`,
        }
      : repair(gap, newLine(line), `begin a new line with ${word}`);
    return {
      code: 'syntax/statement-in-chain',
      message: `${word} is no step: it takes what flows from the line before, and its result flows on behind the braces`,
      span: sameLine ? { ...joint, end: span.end } : span,
      found: `${previous.image} ${word}`,
      expected: `${word} on a line of its own`,
      fixes: [fix],
    };
  },

  function goneOnBehind(context) {
    const { rule, token, previous, span, source } = context;
    if (rule !== 'statement' || token.tokenType !== t.Arrow || previous?.tokenType !== t.RightBrace) return undefined;
    const line = lineOf(context);
    const spaces = /^[ \t]*/.exec(line.rest.slice(2))![0].length;
    const gap = { source, start: previous.endOffset! + 1, end: span.end + spaces };
    return {
      code: 'syntax/statement-in-chain',
      message:
        'a chain does not go on behind the braces of repeat, for or if: what flows there goes into the next line',
      span,
      found: '->',
      expected: 'a new line',
      fixes: [repair(gap, newLine(line), 'begin a new line without ->')],
    };
  },
];

/** A line break, and as many spaces as the line begins with. */
function newLine({ text }: Line): string {
  return `\n${/^\s*/.exec(text)![0]}`;
}

function spacesBefore({ text }: Source, end: number): number {
  const line = text
    .slice(Math.max(0, end - LONGEST), end)
    .split('\n')
    .at(-1)!;
  return line.length - line.trimEnd().length;
}
