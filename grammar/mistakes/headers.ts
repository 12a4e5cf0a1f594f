// What stands between the words `repeat`, `for`, `if`, `else` and their braces: left out, out of place, or written as elsewhere.

import type { TokenType } from 'chevrotain';
import { repair } from '../diagnostic.ts';
import { spanOf } from '../token-text.ts';
import * as t from '../tokens.ts';
import type { Explanation, Habit } from './habit.ts';
import { replace } from './habit.ts';
import { lineOf, place } from './line.ts';

/** Where a value is missing behind a word: what the word takes, and an example. */
const missing: ReadonlyMap<TokenType, { readonly message: string; readonly example: string }> = new Map([
  [t.Repeat, { message: 'repeat is followed by how often', example: 'repeat 3 { … }' }],
  [t.If, { message: 'if is followed by a condition', example: 'if deep { … }' }],
  [t.In, { message: 'in is followed by a list', example: 'for i in 0..3 { … }' }],
]);

/** What other languages write for `in`. */
const insteadOfIn: ReadonlySet<string> = new Set(['of', 'from', '=', ':', 'over']);
const rules: ReadonlySet<string> = new Set(['for', 'pattern']);
const withBody: ReadonlySet<string> = new Set(['repeat', 'for', 'if', 'body', 'paths']);
const behindHeaders: ReadonlySet<TokenType> = new Set([t.LeftBrace, t.As, t.Collect]);

export const headers: readonly Habit[] = [
  function braceMissing({ source, needed, sameLine, previous, start, rule, atEnd }) {
    if (needed !== "'{'" || !withBody.has(rule) || sameLine || !previous || atEnd) return undefined;
    const end = previous.endOffset! + 1;
    const at = { source, start: end, end };
    return explained({
      message: `what ${start.image} is about stands in braces`,
      span: spanOf(source, start),
      found: 'the end of the line',
      expected: `${start.image} … { … }`,
      fixes: [replace(at, ' {', `add { after line ${previous.endLine!}, and } where it ends`)],
    });
  },

  function bracesMissing(context) {
    const { needed, rule, token, sameLine, start, previous, span } = context;
    const begins = token.tokenType === t.Identifier && token.image !== 'then' && token.image !== 'times';
    if (needed !== "'{'" || !withBody.has(rule) || !sameLine || !begins || !previous) return undefined;
    const line = lineOf(context);
    const steps = line.rest.split('//', 1)[0]!.trimEnd();
    // What follows a condition without braces may be the other branch, too.
    if (/[{}]|\belse\b/.test(steps) || !/^\w+(\(.*\))?(\s*->\s*\w+(\(.*\))?)*$/.test(steps)) return undefined;
    const end = span.start + steps.length;
    return explained({
      message: `what ${start.image} is about stands in braces`,
      span,
      found: steps,
      expected: `{ ${steps} }`,
      fixes: [
        {
          message: `write { ${steps} }`,
          edits: [
            { span: place(context, span.start, span.start), text: '{ ' },
            { span: place(context, end, end), text: ' }' },
          ],
          safe: true,
        },
      ],
    });
  },

  function valueMissing({ source, token, previous, needed }) {
    const word = previous && needed === '' ? missing.get(previous.tokenType) : undefined;
    if (!word || !behindHeaders.has(token.tokenType)) return undefined;
    return explained({
      message: word.message,
      span: spanOf(source, previous!),
      found: `${previous!.image} ${token.image}`,
      expected: word.example,
      fixes: [{ message: `for example ${word.example}` }],
    });
  },

  function formOfFor(context) {
    const { rule, needed, token, previous, span, found } = context;
    if (!rules.has(rule) || token.tokenType === t.Wildcard || needed === "')'") return undefined;
    // `for a, b in pairs {`, `for [a, b] in pairs {`
    const line = lineOf(context);
    const [, before, several, names] =
      /^(.{0,200}?\bfor )((?!\()[[]?(\w+, ?[\w, ]{0,200})\]?) in (?!enumerate|zip)/.exec(line.text) ?? [];
    if (before !== undefined) {
      const at = line.start + before.length;
      const whole = place(context, at, at + several!.length);
      return explained({
        message: 'the parts of an item have names in parentheses',
        span: whole,
        found: several!,
        expected: `(${names})`,
        fixes: [repair(whole, `(${names})`)],
      });
    }
    const close = previous !== undefined && previous.endOffset! + 1 === token.startOffset;
    return explained({
      message: 'a loop over a list is written for NAME in LIST { … }',
      span,
      found,
      expected: previous?.tokenType === t.For ? 'a name, and in' : 'in',
      fixes: [
        insteadOfIn.has(token.image)
          ? repair(span, close ? ' in ' : 'in', 'write in')
          : { message: 'for i in 0..3 { … }, or for (a, b) in pairs { … }' },
      ],
    });
  },

  function elseAlone({ rule, token, span }) {
    if (rule !== 'statement' || token.tokenType !== t.Else) return undefined;
    return explained({
      message: 'no if stands before this else',
      span,
      found: 'else',
      expected: 'if … { … } before it',
      fixes: [{ message: 'write it behind the } of its if, or write if and a condition' }],
    });
  },

  function bareBraces({ rule, token, start, span, sameLine, previous }) {
    const alone = !sameLine || previous?.tokenType === t.LeftBrace;
    if (rule !== 'statement' || token.tokenType !== t.LeftBrace || token !== start || !alone) return undefined;
    return explained({
      message: 'no word says what these braces are for',
      span,
      found: '{',
      expected: 'repeat 2 {, for …, if … or parallel add {',
      fixes: [{ message: 'write the word before them, or the steps without braces around them' }],
    });
  },
];

const explained = (explanation: Omit<Explanation, 'code'>): Explanation => ({ code: 'syntax/header', ...explanation });
