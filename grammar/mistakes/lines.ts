// Habits of other languages that show in a whole line: Python's colons, PyTorch's sums of values, Darknet's sections. Each
// finds the mistake where it was made, and says how the same is written here.

import { repair } from '../diagnostic.ts';
import * as t from '../tokens.ts';
import { replace, type Habit } from './habit.ts';
import { lineOf, place } from './line.ts';

export const lines: readonly Habit[] = [
  function colonForBraces(context) {
    const { token } = context;
    const line = lineOf(context);
    const [, word] = /^\s*(?:\}\s*)?(if|else|for|repeat|while|block|network|path|parallel)\b/.exec(line.before) ?? [];
    if (token.tokenType !== t.Colon || word === undefined) return undefined;
    const { span } = context;
    const behind = withoutComment(line.rest.slice(1)).trim();
    const single = behind !== '' && !/[{}]/.test(behind);
    const end = span.end + line.rest.slice(1).indexOf(behind) + behind.length;
    return {
      code: 'syntax/colon',
      message: `the body of ${word} goes in braces`,
      span,
      found: ':',
      expected: '{ … }',
      fixes: [
        single
          ? {
              message: `write { ${behind} }`,
              edits: [
                { span, text: ' {' },
                { span: place(context, end, end), text: ' }' },
              ],
              safe: true,
            }
          : behind === '{'
            ? repair(span, '', 'remove the colon')
            : { message: 'write { before the statements and } after them' },
      ],
    };
  },

  function outputOfChain(context) {
    const { token, span, rule } = context;
    const line = lineOf(context);
    const [whole] = /^\s*output\s+\w+\s*$/.exec(line.before) ?? [];
    const goesOn = continues.has(token.tokenType);
    const colon = rule === 'output' && context.previous?.tokenType === t.Output;
    if (!colon && !(whole !== undefined && goesOn)) return undefined;
    const chain = line.text.slice(line.begin - line.start).replace(/^output\s*[:=]?\s*/, '');
    const word = place(context, line.begin, line.start + line.text.length - chain.length);
    const nothing = chain.trim() === '' || chain.startsWith('}');
    const named = token.tokenType !== t.Equals && /^\w+(\s*,\s*\w+)*\s*$/.test(chain);
    const result = /^(\w+)\s*=/.exec(chain)?.[1];
    return {
      code: 'syntax/output',
      message: 'output takes the names of values; without it the last value is the output',
      span: colon ? span : place(context, line.begin, span.start),
      found: colon ? context.found : line.text.trim(),
      expected: 'output and the names of values',
      fixes: [
        named
          ? repair(word, 'output ', `write output ${chain.trim()}`)
          : nothing
            ? { message: 'write output and the name of a value' }
            : {
                message: result === undefined ? `write ${chain}` : `write ${chain}, and output ${result} below it`,
                edits: [{ span: word, text: '' }],
              },
      ],
    };
  },

  function outputInChain(context) {
    const { token, previous, span } = context;
    if (token.tokenType !== t.Output || previous?.tokenType !== t.Arrow) return undefined;
    const name = /^output\s+(\w+)/.exec(lineOf(context).rest)?.[1] ?? 'y';
    return {
      code: 'syntax/output',
      message: 'output is not a step: the last value is the output by itself',
      span,
      found: 'output',
      expected: 'a step, or the end of the chain',
      fixes: [{ message: `leave it out; or write ${name} = … and, in the last line, output ${name}` }],
    };
  },

  function inputAsValue({ token, rule, span }) {
    if (token.tokenType !== t.Input || !['step', 'head', 'atom', 'argument', 'argumentValue', 'primary'].includes(rule))
      return undefined;
    return {
      code: 'syntax/input-value',
      message: 'input declares what a network takes; it is not a value',
      span,
      found: 'input',
      expected: 'a step, or the name of a value',
      fixes: [
        {
          message: 'begin with a step; to use what flows in again, name it: x = identity',
          edits: [{ span, text: 'identity' }],
        },
      ],
    };
  },

  function unnamedVariable({ rule, token, span }) {
    if (rule !== 'pattern' || token.tokenType !== t.Wildcard) return undefined;
    return {
      code: 'syntax/pattern',
      message: 'a loop variable has a name; one that begins with _ may be unused',
      span,
      found: '_',
      expected: 'a name',
      fixes: [repair(span, '_i')],
    };
  },

  function unnamedResult(context) {
    const { token, span, source } = context;
    if (token.tokenType !== t.Wildcard) return undefined;
    const { text, before, rest } = lineOf(context);
    if (!/^\s*(\w+\s*,\s*)*$/.test(before) || !/^_\s*(,[\w\s,]*)?=(?!=)/.test(rest)) return undefined;
    const above = source.text.slice(0, span.start).matchAll(/(?<!\w)_(?=\s*[,=])/g);
    const number = [...above].length + 1;
    return {
      code: 'syntax/pattern',
      message: 'a result has a name; one that begins with _ may be unused',
      span,
      found: '_',
      expected: 'a name',
      fixes: [
        text.includes(`_${number}`) ? { message: 'write a name that begins with _' } : repair(span, `_${number}`),
      ],
    };
  },

  function colonOrComma({ needed, rule, token, previous, span, found, source }) {
    if (needed !== "','" || rule !== 'arguments' || previous?.tokenType !== t.Identifier) return undefined;
    if (!values.has(token.tokenType)) return undefined;
    const end = previous.endOffset! + 1;
    const at = { source, start: end, end };
    return {
      code: 'syntax/argument',
      message: 'a colon separates the name of an argument from its value, a comma separates arguments',
      span: { ...span, start: previous.startOffset },
      found: `${previous.image} ${found}`,
      expected: `${previous.image}: ${found}`,
      fixes: [
        { message: `write ${previous.image}: ${found}`, edits: [{ span: at, text: ':' }] },
        {
          message: `write ${previous.image}, ${found}, if ${previous.image} is a value of its own`,
          edits: [{ span: at, text: ',' }],
        },
      ],
    };
  },

  function bareArguments(context) {
    const { rule, token, previous, sameLine, span } = context;
    if (rule !== 'statement' || !sameLine || previous?.tokenType !== t.Identifier || !values.has(token.tokenType))
      return undefined;
    const given = withoutComment(lineOf(context).rest)
      .replace(/(?:[(){}]|->).*/s, '')
      .trimEnd();
    const pairs = /^[\w.]+(?:[ ,]+\w+ ?[=:] ?[\w.]+)+$/.test(given);
    if (!given.includes(',') && !pairs) return undefined;
    const pieces = pairs ? given.replaceAll(/ ?[=:] ?/g, ': ').split(/[ ,]{1,9}(?=\w{1,99}: )/) : [given];
    const expected = `(${pieces.join(', ')})`;
    const written = `${previous.image}${expected}`;
    const end = span.start + given.length;
    return {
      code: 'syntax/missing-parentheses',
      message: `the arguments of ${previous.image} go in parentheses`,
      span: place(context, span.start, end),
      found: given,
      expected,
      fixes: [replace(place(context, previous.startOffset, end), written, `write ${written}`)],
    };
  },
];

const continues: ReadonlySet<unknown> = new Set([
  ...[t.LeftParen, t.Arrow, t.Equals, t.Plus, t.Minus, t.Star, t.Slash],
]);
const values: ReadonlySet<unknown> = new Set([
  t.NumberLiteral,
  t.StringLiteral,
  t.SizeLiteral,
  t.True,
  t.False,
  t.LeftParen,
]);

/** The part of a line before a comment. */
const withoutComment = (line: string): string => line.replace(/\/\/.*/s, '');
