// Loops and conditions that are joined to steps like a step: `x -> repeat 2 { relu } -> tanh`, `y = if deep { … }`.

import type { Fix } from '../diagnostic.ts';
import { repair } from '../diagnostic.ts';
import type { Source, Span } from '../source.ts';
import { spanOf } from '../token-text.ts';
import * as t from '../tokens.ts';
import type { Context, Habit } from './habit.ts';
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

  function namedInChain(context) {
    const { token, needed, span } = context;
    const line = lineOf(context);
    const at = Math.max(0, line.before.lastIndexOf('->'));
    const [named, name] = /^->\s*(\w+)\s*:\s*$/.exec(line.before.slice(at)) ?? [];
    if (needed !== "'['" || token.tokenType !== t.Identifier || name === undefined) return undefined;
    const start = span.start - named!.length;
    const gap = place(context, start - spacesBefore(context.source, start), span.start);
    return {
      code: 'syntax/several-names',
      message: 'a result is named with =, where a line begins',
      span: { ...span, start },
      found: `${named!.trim()} ${token.image}`,
      expected: `${name} = ${token.image}`,
      fixes: [repair(gap, `${newLine(line)}${name} = `, `begin a new line with ${name} =`)],
    };
  },

  function goneOnBehind(context) {
    const { token } = context;
    if (token.tokenType !== t.Arrow || !isBehindBody(context)) return undefined;
    return {
      code: 'syntax/statement-in-chain',
      message:
        'a chain does not go on behind the braces of repeat, for or if: what flows there goes into the next line',
      found: '->',
      expected: 'a new line',
      fixes: [repair(gapAround(context), newLine(lineOf(context)), 'begin a new line without ->')],
    };
  },

  function shapeBehind(context) {
    const { token } = context;
    if (token.tokenType !== t.Colon || !isBehindBody(context)) return undefined;
    return {
      code: 'syntax/statement-in-chain',
      message: 'a shape stands behind a chain, and not behind the braces of repeat, for or if',
      found: ':',
      expected: 'a new line',
      fixes: [
        repair(
          gapAround(context),
          `${newLine(lineOf(context))}identity : `,
          'begin a new line with a step that changes nothing: identity : […]',
        ),
      ],
    };
  },
];

function isBehindBody({ rule, previous }: Context): boolean {
  return rule === 'statement' && previous?.tokenType === t.RightBrace;
}

/** From the brace before the token to what stands behind it. */
function gapAround(context: Context): Span {
  const { previous, span, source } = context;
  const spaces = /^[ \t]*/.exec(lineOf(context).rest.slice(span.end - span.start))![0].length;
  return { source, start: previous!.endOffset! + 1, end: span.end + spaces };
}

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
