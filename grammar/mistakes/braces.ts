// A word before braces or brackets: misspelt, begun only, of another language, or a step whose arguments stand in the wrong
// ones.

import { NAME_LIMIT, spanOf } from '../token-text.ts';
import { textOf, type Source, type Span } from '../source.ts';
import { suggest } from '../suggest.ts';
import * as t from '../tokens.ts';
import { replace, type Context, type Explanation, type Habit } from './habit.ts';
import { lineOf, LONGEST, place, type Line } from './line.ts';

/** What has a body in braces. */
const withBody = ['parallel', 'repeat', 'for', 'if', 'else', 'path', 'block', 'network'];
const words: ReadonlySet<string> = new Set([...withBody, 'input', 'output', 'const', 'train', 'expect', 'import']);

const withBraces = [...withBody, 'input', 'output'];
/** What other languages write before the name of a number. */
const types: ReadonlySet<string> = new Set(['int', 'float', 'double', 'number', 'auto', 'val', 'final']);

interface Other {
  readonly word: string;
  readonly advice: string;
}
const repeated: Other = { word: 'repeat', advice: 'how often is known when compiling: repeat 3 { … }' };
const chosen: Other = { word: 'if', advice: 'what is known when compiling can decide: if deep { … } else { … }' };
const plain: Other = {
  word: 'the steps without braces around them',
  advice: 'write the steps without braces: they only describe the network, and nothing fails or is opened when it runs',
};
const reused: Other = {
  word: 'the steps themselves, or the name of a block',
  advice: 'steps that are used more than once are a block: block NAME { … } at the top level of the file',
};
/** Words of other languages that have a body. */
const otherWords: ReadonlyMap<string, Other> = new Map([
  ...['while', 'until', 'loop', 'do', 'times'].map((word) => [word, repeated] as const),
  ...['switch', 'match', 'case', 'unless', 'when'].map((word) => [word, chosen] as const),
  ['layer', { word: 'a step', advice: 'a layer is one step with its arguments in parentheses: conv(20, kernel: 5)' }],
  [
    'layers',
    { word: 'the steps', advice: 'a layer is one step with its arguments in parentheses: conv(20, kernel: 5)' },
  ],
  ['foreach', { word: 'for', advice: 'a loop over a list is written for i in 0..3 { … }' }],
  ...['try', 'catch', 'except', 'finally', 'with', 'using'].map((word) => [word, plain] as const),
  ...['class', 'def', 'fn', 'func', 'function', 'module'].map((word) => [word, reused] as const),
]);

export const braces: readonly Habit[] = [
  function pathOfNothing({ rule, token, previous, source }) {
    const ends = token.tokenType === t.Path || token.tokenType === t.RightBrace;
    if (rule !== 'path' || previous?.tokenType !== t.Path || !ends) return undefined;
    const span = spanOf(source, previous);
    return {
      code: 'syntax/unexpected',
      message: 'a path that passes the value on has empty braces',
      span,
      found: 'path',
      expected: 'path {}, or path and its steps',
      fixes: [replace({ ...span, start: span.end }, ' {}', 'write path {}')],
    };
  },

  function misspeltWord(context) {
    const { token, atEnd } = context;
    const line = lineOf(context);
    const [, word = '', behind = ''] = /^\s*([A-Za-z_]+)([^\w].*)$/.exec(line.text) ?? [];
    const named = /^\s+\w+\s*=[^=]/.test(behind);
    if (atEnd || words.has(word) || /^el(if|sif|seif)$/.test(word) || token.startOffset === line.begin)
      return undefined;
    if (!named && !behind.includes('{')) return undefined;
    const span = place(context, line.begin, line.begin + word.length);
    const other = named ? undefined : otherWords.get(word);
    const constant = types.has(word) || suggest(word, ['const']) !== undefined;
    const nearest = named ? (constant ? 'const' : undefined) : nearestWord(context, line, word);
    if (other === undefined && nearest === undefined) return undefined;
    return {
      code: 'syntax/misspelt',
      message: named ? 'a number is named with const' : `no statement with braces begins with ${word}`,
      span,
      found: word,
      expected: other?.word ?? nearest!,
      fixes: [
        other ? { message: other.advice } : { message: `did you mean ${nearest}?`, edits: [{ span, text: nearest! }] },
      ],
    };
  },

  function unknownBraces(context) {
    const { rule, token, previous, sameLine, span, source } = context;
    if (rule !== 'statement' || token.tokenType !== t.LeftBrace || !sameLine || !previous) return undefined;
    const line = lineOf(context);
    const [, word] = /^\s*([A-Za-z_]\w*)(?:\s+\w+|\s*\([^(){}]*\))*\s*$/.exec(line.before) ?? [];
    if (word === undefined || words.has(word)) return undefined;
    const name = place(context, line.begin, line.begin + word.length);
    const given = previous.image === word ? argumentsIn(source, span, '{', '}') : undefined;
    if (given !== undefined) return inParentheses(context, name, given, span.start);
    return {
      code: 'syntax/misspelt',
      message: `no statement with braces begins with ${word}`,
      span: name,
      found: `${word} … {`.replace(previous.image === word ? ' …' : '', ''),
      expected: 'parallel, repeat, for or if before braces',
      fixes: [{ message: `a step has no braces: its arguments go in parentheses, ${word}(…)` }],
    };
  },

  function brackets(context) {
    const { rule, token, previous, span, source } = context;
    if (token.tokenType === t.LeftBracket && rule === 'statement' && previous?.tokenType === t.Identifier) {
      // With a space before it, it is more likely a shape.
      if (previous.endOffset! + 1 !== token.startOffset) return undefined;
      const given = argumentsIn(source, span, '[', ']');
      return given === undefined || /(^|,)\s*_\s*(,|$)/.test(given)
        ? undefined
        : inParentheses(context, spanOf(source, previous), given, span.start);
    }
    if (rule !== 'postfix' || (token.tokenType !== t.Comma && token.tokenType !== t.Colon)) return undefined;
    const line = lineOf(context);
    const at = line.before.lastIndexOf('[');
    const word = /(?<!\w)[A-Za-z_]\w*$/.exec(line.before.slice(Math.max(0, at - NAME_LIMIT), Math.max(0, at)))?.[0];
    if (word === undefined) return undefined;
    const open = line.start + at;
    const given = argumentsIn(source, place(context, open, open + 1), '[', ']');
    return given === undefined
      ? undefined
      : inParentheses(context, place(context, open - word.length, open), given, open);
  },
];

/** The word of the language that was meant before braces: misspelt, or only begun. */
function nearestWord(context: Context, line: Line, word: string): string | undefined {
  const nearest = suggest(word, withBraces);
  if (nearest !== undefined) return nearest;
  const joins = /^\s*\w+[ \t]+\w+\s*(?:\([^(){}]*\)\s*)?$/.test(line.before);
  if (context.token.tokenType === t.LeftBrace && joins && holdsPaths(context)) return 'parallel';
  const begun = withBraces.filter((known) => word.length >= 3 && known.startsWith(word));
  return begun.length === 1 ? begun[0] : undefined;
}

/** Whether the first word behind an open brace is `path`. */
function holdsPaths({ source, span }: Context): boolean {
  const behind = source.text.slice(span.end, span.end + 400).replaceAll(/\/\/[^\n]*/g, '');
  return /^path\b/.test(behind.trimStart());
}

/** What stands between a bracket and the one on its line that closes it; nothing where other brackets are in it. */
function argumentsIn(source: Source, { end }: Span, open: string, close: string): string | undefined {
  const rest = source.text.slice(end, end + LONGEST);
  const given = rest.slice(0, Math.max(0, rest.indexOf(close)));
  return given.trim() === '' || /[\n\r{}]|->|\/\//.test(given) || given.includes(open) ? undefined : given;
}

/** `conv[8, 3]` and `conv{8, 3}`: the place of the name, what is in the brackets, and where these open. */
function inParentheses(context: Context, name: Span, given: string, open: number): Explanation {
  const word = textOf(name);
  const end = open + given.length + 2;
  const written = `${word}(${given.trim().replaceAll(/(\w) ?=(?!=) ?/g, '$1: ')})`;
  return {
    code: 'syntax/missing-parentheses',
    message: `the arguments of ${word} go in parentheses`,
    span: place(context, open, end),
    found: context.source.text.slice(name.start, end),
    expected: written,
    fixes: [replace(place(context, name.start, end), written)],
  };
}
