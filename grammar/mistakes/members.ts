// Mistakes behind a point, a bracket or a parenthesis that follows a value: members of other languages, slices, calls.

import { properties } from '../properties.ts';
import { shorten, spanOf } from '../token-text.ts';
import { suggest } from '../suggest.ts';
import * as t from '../tokens.ts';
import { replace, type Context, type Explanation, type Habit } from './habit.ts';
import { lineOf, place } from './line.ts';

const list = properties.map((name) => `.${name}`).join(', ');
/** What other frameworks call the properties. */
const foreign: ReadonlyMap<string, string> = new Map([
  ['shape', 'size'],
  ['c', 'channels'],
  ['h', 'height'],
  ['w', 'width'],
  ['depth', 'channels'],
  ['filters', 'channels'],
  ['dim', 'features'],
  ['len', 'length'],
]);

export const members: readonly Habit[] = [
  function memberOfSelf({ token, previous, span }) {
    if (token.tokenType !== t.Dot || (previous?.image !== 'self' && previous?.image !== 'this')) return undefined;
    return {
      code: 'syntax/member',
      message: 'a network has no members: a layer is written where it is used',
      span: { ...span, start: previous.startOffset },
      found: `${previous.image}.`,
      expected: 'a step such as conv(8, kernel: 3)',
      fixes: [{ message: 'write the layer itself in this place; what is used more than once is a block' }],
    };
  },

  function member(context) {
    const { token, previous, span, source } = context;
    if (token.tokenType !== t.Dot) return undefined;
    const name = nameBehind(context);
    const whole = name === undefined ? span : { ...span, end: span.end + name.length };
    const known = name === undefined ? undefined : (foreign.get(name) ?? suggest(name, properties));
    if (known !== undefined)
      return {
        code: 'syntax/member',
        message: `values have no .${shorten(name!)}`,
        span: whole,
        found: `.${shorten(name!)}`,
        expected: list,
        fixes: [replace(whole, `.${known}`)],
      };
    const isValue = previous && valueEnds.has(previous.tokenType);
    if (name !== undefined && isValue) {
      const value = previous.tokenType === t.Identifier ? shorten(previous.image) : 'x';
      return {
        code: 'syntax/member',
        message: 'values have only properties: steps are joined with ->',
        span: whole,
        found: `.${shorten(name)}`,
        expected: `-> and a step, or one of ${list}`,
        fixes: [{ message: methodInstead(value, shorten(name)) }],
      };
    }
    const range = source.text[span.start - 1] === ' ';
    return {
      code: 'syntax/member',
      message: `values have no members except their properties, and .0, .1 of tuples`,
      span,
      found: '.',
      expected: `.0, .1, ${list}`,
      fixes: [{ message: range ? 'a range is written 0..3' : 'number the part of a tuple: c.0' }],
    };
  },

  function calledProperty(context) {
    const { token, previous, sameLine, source, span } = context;
    if (token.tokenType !== t.LeftParen || !sameLine || !previous || !isKnown(previous.image)) return undefined;
    if (source.text[previous.startOffset - 1] !== '.') return undefined;
    const given = /^\([^()\n]*\)/.exec(source.text.slice(span.start, span.start + 80))?.[0];
    const name = previous.image;
    return {
      code: 'syntax/member',
      message: `.${name} is a property and is not called`,
      span: given === undefined ? span : { ...span, end: span.start + given.length },
      found: `.${name}${given ?? '('}`,
      expected: `.${name}`,
      fixes: [
        // `x.size(1)` is one of several extents.
        given === '()'
          ? replace({ ...span, end: span.start + given.length }, '', `write .${name}`)
          : { message: `write .${name}; the extents of a value are ${list}` },
      ],
    };
  },

  function calledValue({ rule, token, previous, sameLine, span }) {
    if (rule !== 'statement' || token.tokenType !== t.LeftParen || !sameLine || !previous) return undefined;
    if (previous.tokenType === t.Identifier || !valueEnds.has(previous.tokenType)) return undefined;
    return {
      code: 'syntax/values',
      message: 'only a name has arguments: what flows stands before a step, with ->',
      span,
      found: `${previous.image}(`,
      expected: '->, an operator or a new line',
      fixes: [{ message: 'write x -> step, or step(a, b) with the values as arguments' }],
    };
  },

  function slice(context) {
    const { rule, token, previous, span } = context;
    const line = lineOf(context);
    const inside = /\[([^[\]]*)$/.exec(line.before)?.[1];
    const empty = token.tokenType === t.RightBracket && previous?.tokenType === t.LeftBracket;
    if (!indexRules.has(rule) || inside === undefined) return undefined;
    // `conv[kernel: 3]` has its arguments in brackets.
    const isSlice = token.tokenType === t.Colon && /^-?\s?(?:\d\w*)?$/.test(inside.trim());
    if (!empty && !isSlice) return undefined;
    const start = line.start + line.before.lastIndexOf('[');
    return {
      code: 'syntax/slice',
      message: empty ? 'an index is missing in these brackets' : 'a list has items, and no slices',
      span: place(context, start, span.end),
      found: empty ? '[]' : `[${inside.trim()}:`,
      expected: 'an index: [0] is the first item, [-1] the last',
      fixes: [
        {
          message: empty
            ? 'write [0], or [-1] for the last one; the list itself is its name alone'
            : 'take its items one by one: for i in 1..len(xs) { xs[i] -> … }',
        },
      ],
    };
  },
];

/** Methods of tensors that compute something, as steps, and of models. */
const methods: ReadonlyMap<string, string> = new Map([
  ['view', 'flatten'],
  ['mean', 'global_avg_pool -> flatten'],
  ['T', 'permute'],
  ['transpose', 'permute'],
]);
const needless = /^(?:contiguous|detach|clone|cuda|cpu|to|float|half|double|numpy|item|eval|requires_grad_)$/;
const ofModels = /^(?:compile|fit|summary|build|train|evaluate|predict|backward|step)$/;

/** What `x.relu()` and `model.add(…)` are here. */
function methodInstead(value: string, name: string): string {
  if (/^(?:model|net|network|keras|np|numpy)$/.test(value))
    return ofModels.test(name)
      ? 'leave it out: how a network is trained stands in train NAME { … }'
      : 'write the step alone: every line of a network takes what the line before gives';
  if (needless.test(name)) return `leave out .${name}: it changes nothing that is computed here`;
  const step = methods.get(name);
  return `write ${value} -> ${step ?? name}${step === undefined || step === 'permute' ? ', if that is a step' : ''}`;
}

const indexRules: ReadonlySet<string> = new Set(['postfix', 'primary', 'conditional', 'expression', 'operand']);
const valueEnds: ReadonlySet<unknown> = new Set([t.Identifier, t.RightParen, t.RightBracket, t.TupleIndex]);

const isKnown = (name: string): boolean => properties.some((property) => property === name);

/** `first` of `.first` */
function nameBehind({ source, span }: Context): string | undefined {
  return /^([A-Za-z_]\w*)/.exec(source.text.slice(span.end, span.end + 100))?.[1];
}

/** `[x, x]` and `[]` where a value is named. */
export function listOfValues({ rule, token, previous, start, span, source }: Context): Explanation | undefined {
  if (rule !== 'head' || token.tokenType !== t.LeftBracket || previous?.tokenType !== t.Equals) return undefined;
  const written = /^\[[^[\]\n]*\]/.exec(source.text.slice(span.start, span.start + 200))?.[0];
  const named = start.tokenType === t.Identifier && written !== undefined && /^\[\s*(\]|[A-Za-z_])/.test(written);
  if (!named) return undefined;
  const whole = { ...spanOf(source, token), end: span.start + written.length };
  return {
    code: 'syntax/value',
    message: 'a list of values is collected by a loop; lists of numbers are named with const',
    span: whole,
    found: shorten(written),
    expected: `collect ${shorten(start.image)}`,
    fixes: [
      {
        message: `write repeat n collect ${shorten(start.image)} { … }, or for i in 0..n collect ${shorten(start.image)} { … }`,
      },
      { message: 'give the values to a step one by one: a -> concat(b)' },
    ],
  };
}
