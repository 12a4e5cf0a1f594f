// Keywords that are given as names: `input repeat: [8]`, `path = relu`, `learned if: [8]`.

import { shorten } from '../token-text.ts';
import { allTokens, Keyword } from '../tokens.ts';
import type { Context, Habit } from './habit.ts';
import { replace } from './habit.ts';
import { lineOf, place } from './line.ts';

const keywords: ReadonlySet<string> = new Set(
  allTokens.filter(({ CATEGORIES }) => CATEGORIES?.includes(Keyword)).map(({ name }) => name.replaceAll("'", '')),
);

/** The text of a line up to a place where a name is given, and the word there. */
const places: readonly RegExp[] = [
  /^(\s*input\s+)(\w+)\s*(?:[:[{]|$)/,
  /^(\s*output\s+(?:\w+\s*,\s*)*)(\w+)\s*(?:,|$)/,
  /^(\s*share\s+)(\w+)\s*=/,
  /^(\s*learned\s+)(\w+)\s*:/,
  /^(.*\bcollect\s+)(\w+)\s*\{/,
  /^(.*\bpath\s+)(\w+)\s*=(?!=)/,
  // `output = x` and `const = 3` have explanations of their own.
  /^(\s*)(?!(?:output|const)\b)(\w+)\s*=(?!=)/,
  /^(\s*)(\w+)\s*,[\w\s,]*=/,
];

export const keywordNames: Habit = (context) => {
  const line = lineOf(context);
  for (const pattern of places) {
    const [, before, word] = pattern.exec(line.text) ?? [];
    if (before === undefined || word === undefined || !keywords.has(word)) continue;
    const start = line.start + before.length;
    if (!isAt(context, start, start + word.length)) continue;
    const span = place(context, start, start + word.length);
    return {
      code: 'syntax/reserved-word',
      message: `${shorten(word)} is a keyword and cannot be a name`,
      span,
      found: word,
      expected: 'a name',
      fixes: [replace(span, `${word}_`, `choose another name, such as ${word}_`)],
    };
  }
  return undefined;
};

/** Rules that begin with a keyword, behind which a name may be missing. */
const named: ReadonlySet<string> = new Set(['path', 'network', 'block']);

/** Whether it is this word that does not fit, or what follows it. */
function isAt({ source, span, rule }: Context, start: number, end: number): boolean {
  if (span.start === start) return true;
  return !named.has(rule) && span.start >= end && source.text.slice(end, span.start).trim() === '';
}
