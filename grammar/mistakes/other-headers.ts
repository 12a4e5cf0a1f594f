// Headers of loops, conditions and definitions in the words of other languages: `for i in 0:3`, `repeat 3 times {`, `if a then`,
// `network N begin`.

import { repair, type Fix } from '../diagnostic.ts';
import { shorten, spanOf } from '../token-text.ts';
import * as t from '../tokens.ts';
import { replace, type Explanation, type Habit } from './habit.ts';
import { lineOf, place } from './line.ts';

const range =
  /^(\s*for\s+)(?:([A-Za-z_]\w*)\s*(?:in|=|from|of|over|<-|∈)\s*)((?:\[\s*)?(\d+|[A-Za-z_]\w*)\s*(:|to|until|upto|\.\.\.|\.\.=|\.\.<|\.\.)\s*([A-Za-z_]\w*|\d+)(?:\s*\])?)(?=\s*(?:[{:]|do\b|loop\b|collect\b|$))/;
/** The last number is one of those that they count. */
const inclusive: ReadonlySet<string> = new Set(['to', 'upto', '..=']);
const doubtful: ReadonlySet<string> = new Set([':', '...']);
/** Words before a body, and behind it. */
const beforeBody: ReadonlySet<string> = new Set(['do', 'then', 'begin', 'times', 'loop', 'is', 'end']);

export const otherHeaders: readonly Habit[] = [
  function otherRange(context) {
    const line = lineOf(context);
    const [, before = '', name = '', whole = '', from = '', sign = '', to = ''] = range.exec(line.text) ?? [];
    if (sign === '' || (sign === '..' && !/<-|∈/.test(line.text))) return undefined;
    const start = line.start + before.length;
    const head = line.text.slice(before.length, line.text.indexOf(whole, before.length) + whole.length);
    const behind = /^\d+$/.test(to) ? `${Number(to) + 1}` : `${to} + 1`;
    const span = place(context, start, start + head.length);
    const fix = (end: string, note = ''): Fix =>
      replace(span, `${name} in ${from}..${end}`, `write for ${name} in ${from}..${end}${note}`);
    return {
      code: 'syntax/header',
      message: 'a range is written 0..3, and its end is not part of it: 0, 1, 2',
      span,
      found: shorten(head),
      expected: `${name} in ${from}..${to}`,
      fixes: doubtful.has(sign)
        ? [fix(to, `, if ${to} does not belong to it`), fix(behind, ', if it does')]
        : [fix(inclusive.has(sign) ? behind : to)],
    };
  },

  function listOfPairs(context) {
    const line = lineOf(context);
    const [, from, name, what] =
      /^\s*for\s+(\w+\s*,\s*(\w+))\s+in\s+(?:enumerate|zip)\(\s*([A-Za-z_]\w*)/.exec(line.text) ?? [];
    if (what === undefined || name === undefined || context.token.tokenType !== t.Comma) return undefined;
    const index = from!.split(',')[0]!.trim();
    return {
      code: 'syntax/header',
      message: 'a loop that needs the index counts: for i in 0..len(xs) { … }',
      span: context.span,
      found: shorten(line.text.trim()),
      expected: `for ${index} in 0..len(${what})`,
      fixes: [{ message: `write for ${index} in 0..len(${what}) { … }, and ${what}[${index}] for ${name}` }],
    };
  },

  function wordForBrace(context) {
    const { needed, rule, token, start, span, source, sameLine } = context;
    const wants = needed === "'{'" || rule === 'network' || rule === 'block';
    if (!wants || !sameLine || !beforeBody.has(token.image)) return undefined;
    const braces = /^\w+\s*\{/.test(lineOf(context).rest);
    if (token.image === 'is' && start.tokenType === t.If)
      return { ...compares, span, found: 'is', fixes: [repair(span, '==')] };
    return {
      code: 'syntax/header',
      message: `what ${start.image} is about stands in braces`,
      span,
      found: token.image,
      expected: '{ … }',
      fixes: [
        braces
          ? repair({ source, start: span.start - 1, end: span.end }, '', `remove ${token.image}`)
          : { message: `write { for ${token.image}, and } where it ends` },
      ],
    };
  },

  function comparedByEquals(context) {
    const { token, span, needed } = context;
    const condition = /^\s*(?:\}\s*else\s+)?if\b[^{]*$/.test(lineOf(context).before);
    if (token.tokenType !== t.Equals || !condition || needed === "'{'") return undefined;
    return { ...compares, span, found: '=', fixes: [repair(span, '==')] };
  },

  function namedCount(context) {
    const { token, start, needed, span, source } = context;
    if (start.tokenType !== t.Repeat || needed !== "'{'") return undefined;
    const line = lineOf(context);
    const [whole, name, count] = /repeat\s+([A-Za-z_]\w*)\s*=\s*(\w+)/.exec(line.text) ?? [];
    const word = spanOf(source, start);
    const explained = {
      code: 'syntax/header',
      message: 'repeat is followed by how often, and as and a name where the loop counts',
      span,
      found: shorten(token.image),
    };
    if (token.tokenType === t.Equals && whole !== undefined) {
      const at = line.start + line.text.indexOf(whole);
      const text = `repeat ${count} as ${name}`;
      return { ...explained, expected: text, fixes: [replace(place(context, at, at + whole.length), text)] };
    }
    if (token.tokenType === t.In)
      return {
        ...explained,
        message: 'a loop over a list begins with for',
        expected: 'for',
        fixes: [replace(word, 'for')],
      };
    if (
      token.tokenType !== t.Identifier ||
      context.previous?.image === 'collect' ||
      !/^\w+\s*(\{|collect\b)/.test(line.rest)
    )
      return undefined;
    const text = `as ${token.image}`;
    return { ...explained, expected: text, fixes: [replace(span, text)] };
  },

  function headerWithoutBody({ rule, token, previous, start, span, source }) {
    if (rule === 'definition' && token.tokenType === t.LeftBrace)
      return {
        ...withoutBody('network'),
        message: 'no word says what these braces are for',
        span,
        found: '{',
        fixes: [replace(span, 'network Net {')],
      };
    const inside = rule === 'parameter' || rule === 'parameters';
    if (inside && token.tokenType === t.Input && previous)
      return {
        ...withoutBody('network'),
        span: spanOf(source, previous),
        found: previous.image,
        fixes: [{ message: 'write { for the bracket behind the name, and } where it ends' }],
      };
    if ((start.tokenType !== t.Network && start.tokenType !== t.Block) || !previous || token === start)
      return undefined;
    const word = start.image;
    if (previous === start && token.tokenType === t.LeftBrace)
      return {
        ...withoutBody(word),
        code: 'syntax/unexpected',
        message: `a ${word} has a name`,
        span,
        found: '{',
        fixes: [replace(span, 'Net {')],
      };
    if (previous === start && /^["'].*["']$/.test(token.image)) {
      const name = token.image.slice(1, -1).replaceAll(/\W/g, '_');
      const message = `the name of a ${word} has no quotes`;
      return {
        ...withoutBody(word),
        message,
        span,
        found: shorten(token.image),
        expected: name,
        fixes: [replace(span, name)],
      };
    }
    const input = token.tokenType === t.Input;
    if (!headers.has(rule) || !(input || token.tokenType === t.LeftBracket)) return undefined;
    const where = input ? `behind ${shorten(previous.image)}` : 'for the bracket behind the name';
    return {
      ...withoutBody(word),
      span: input ? spanOf(source, previous) : span,
      found: input ? `${shorten(previous.image)} and no {` : token.image,
      fixes: [{ message: `write { ${where}, and } where it ends` }],
    };
  },
];

const headers: ReadonlySet<string> = new Set(['network', 'block']);
const compares = { code: 'syntax/equality', message: '= gives a name; == compares', expected: '==' };

function withoutBody(word: string): Pick<Explanation, 'code' | 'message'> & { readonly expected: string } {
  return {
    code: 'syntax/header',
    message: `the body of a ${word} stands in braces`,
    expected: `${word} NAME { … }`,
  };
}
