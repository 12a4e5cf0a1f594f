// Mistakes in `share`, `learned` and `collect`.

import { shorten, spanOf } from '../token-text.ts';
import { suggest } from '../suggest.ts';
import * as t from '../tokens.ts';
import { replace, type Context, type Explanation, type Habit } from './habit.ts';
import { lineOf, place } from './line.ts';

const literals: ReadonlySet<unknown> = new Set([
  ...[t.NumberLiteral, t.StringLiteral, t.SizeLiteral, t.Minus, t.Colon, t.LeftBrace],
]);

export const softKeywords: readonly Habit[] = [
  function shareWithColon({ rule, needed, token, previous, span }) {
    if (rule !== 'share' || needed !== "'='" || !previous) return undefined;
    return {
      code: 'syntax/share',
      message: 'share gives steps a name with =: share tower = conv(8, kernel: 3)',
      span,
      found: token.image,
      expected: '=',
      fixes: [replace({ ...span, start: previous.endOffset! + 1 }, ' =', 'write =')],
    };
  },

  function learnedForm(context) {
    const { rule, needed, token, previous, span, start } = context;
    const line = lineOf(context);
    const [, name] = /^\s*learned\s+(\w+)/.exec(line.before) ?? [];
    if (name === undefined) return undefined;
    const end = place(context, previous?.endOffset === undefined ? span.start : previous.endOffset + 1, span.start);
    const base = { code: 'syntax/learned', message: 'a learned tensor has a shape: learned gamma: [8] = 1', span };
    const isLearned = start.tokenType === t.Learned;
    if (isLearned && rule === 'learned' && needed === "':'")
      return {
        ...base,
        found: context.found,
        expected: ': and a shape',
        fixes: [{ message: `write learned ${shorten(name)}: [8] ${token.image} …, with its shape` }],
      };
    if (isLearned && rule === 'shape' && needed === "'['")
      return {
        ...base,
        found: context.found,
        expected: 'a shape in brackets',
        fixes: [
          token.tokenType === t.NumberLiteral
            ? replace(span, `[${token.image}]`)
            : { message: 'write its extents in brackets: [8, 1, 1]' },
        ],
      };
    if (rule !== 'statement' || !context.sameLine) return undefined;
    if (token.tokenType === t.LeftBracket)
      return { ...base, found: '[', expected: ': before the shape', fixes: [replace(end, ': ', 'write : before it')] };
    if (!literals.has(token.tokenType)) return undefined;
    const isValue = token.tokenType !== t.Colon && token.tokenType !== t.LeftBrace;
    return {
      ...base,
      message: 'what a learned tensor begins with is one number, behind =',
      found: token.image,
      expected: isValue ? `= ${token.image}` : '= and a number',
      fixes: [
        isValue
          ? replace(end, ' = ', `write = ${token.image}`)
          : { message: `write learned ${shorten(name)}: […] = 1` },
      ],
    };
  },

  function shareWithBraces(context) {
    const { rule, token, sameLine, span } = context;
    const [, name] = /^\s*share\s+(\w+)\s*$/.exec(lineOf(context).before) ?? [];
    if (rule !== 'statement' || token.tokenType !== t.LeftBrace || !sameLine || name === undefined) return undefined;
    return {
      code: 'syntax/share',
      message: 'what is shared is a chain, without braces',
      span,
      found: `share ${shorten(name)} {`,
      expected: `share ${shorten(name)} = conv(8, kernel: 3) -> relu`,
      fixes: [
        { message: `write its steps as a block, and share that: block steps { … }, share ${shorten(name)} = steps` },
      ],
    };
  },

  function severalNames(context) {
    const { rule, span, token } = context;
    const [, word] = /^\s*(share|learned)\s+\w+\s*,/.exec(lineOf(context).before) ?? [];
    if (word === undefined || rule !== 'flow') return undefined;
    return {
      code: word === 'share' ? 'syntax/share' : 'syntax/learned',
      message: `${word} gives one name`,
      span,
      found: token.image,
      expected: word === 'share' ? '= and steps' : ': and a shape',
      fixes: [{ message: `write a statement ${word} … for each name` }],
    };
  },

  function misspeltLearned(context) {
    const { rule, token } = context;
    const line = lineOf(context);
    const [, word] = /^\s*([A-Za-z]+)\s+\w+\s*:\s*\[[^[\]]*\]\s*$/.exec(line.before) ?? [];
    if (rule !== 'statement' || token.tokenType !== t.Equals || word === undefined) return undefined;
    const span = place(context, line.begin, line.begin + word.length);
    return {
      code: 'syntax/misspelt',
      message: `${word} begins no statement with a shape and a value`,
      span,
      found: word,
      expected: 'learned',
      fixes: [replace(span, 'learned', 'did you mean learned?')],
    };
  },

  function collectForm(context) {
    const { rule, needed, token, previous, span } = context;
    if (rule === 'collect' && needed === 'Identifier') {
      const end = place(context, previous!.endOffset! + 1, previous!.endOffset! + 1);
      const assigned = token.tokenType === t.Equals;
      return {
        ...collectMessage(context),
        expected: 'a name behind collect',
        fixes: [
          assigned
            ? replace({ ...span, start: end.start }, '', 'remove =')
            : replace(end, ' xs', 'write collect xs, or another name'),
        ],
      };
    }
    if (needed !== "'{'") return undefined;
    return loopHeader(context);
  },

  function collectAlone(context) {
    const { rule, token, sameLine, previous } = context;
    const line = lineOf(context);
    if (rule !== 'statement' || token.tokenType !== t.LeftBrace || !sameLine || !previous) return undefined;
    if (!/^\s*collect\s+\w+\s*$/.test(line.before)) return undefined;
    return {
      code: 'syntax/collect',
      message: 'collect belongs to a loop: repeat 3 collect xs { … }',
      span: place(context, line.begin, line.begin + 'collect'.length),
      found: 'collect',
      expected: 'repeat or for before it',
      fixes: [{ message: 'write repeat n collect xs { … }, or for i in 0..n collect xs { … }' }],
    };
  },
];

/** What stands in the header of a loop, or of `if`, in place of its `{`. */
function loopHeader(context: Context): Explanation | undefined {
  const { start, token, previous, span, source } = context;
  const isCollected = /\bcollect\s+\w+\s*$/.test(lineOf(context).before);
  const loop = start.tokenType === t.Repeat || start.tokenType === t.For;
  if (start.tokenType === t.If && token.image === 'collect')
    return {
      ...collectMessage(context),
      message: 'only loops collect: an if has one result, which flows on',
      fixes: [{ message: 'name what follows the if: y = …' }],
    };
  if (!loop) return undefined;
  if (
    previous &&
    !context.sameLine &&
    /\bcollect\s+\w+\s*$/.test(source.text.slice(0, previous.endOffset! + 1).slice(-100))
  )
    return {
      ...collectMessage(context),
      message: 'the body of this loop is missing',
      span: spanOf(source, previous),
      found: `collect ${shorten(previous.image)}`,
      expected: `collect ${shorten(previous.image)} { … }`,
      fixes: [{ message: 'write the steps of an iteration behind it, in braces' }],
    };
  if (isCollected && token.tokenType === t.LeftBracket)
    return {
      ...collectMessage(context),
      message: 'what a loop collects is a list: its name has no brackets',
      fixes: [replace({ ...span, end: span.end + (source.text[span.end] === ']' ? 1 : 0) }, '', 'remove []')],
    };
  if (isCollected && token.tokenType === t.Comma)
    return {
      ...collectMessage(context),
      message: 'a loop collects one list: of what flows at the end of each iteration',
      fixes: [{ message: 'collect one list, and split its items: for x in xs { x -> split(2) }' }],
    };
  if (isCollected && token.tokenType === t.As) return asBehindCollect(context);
  if (start.tokenType === t.For && token.tokenType === t.As)
    return {
      ...collectMessage(context),
      message: 'for has no as: a list of its results is named with collect',
      fixes: [replace(spanOf(source, token), 'collect')],
    };
  const meant = token.tokenType === t.Identifier && previous ? suggest(token.image, ['collect', 'as']) : undefined;
  if (meant === undefined && !/^(collects|yields?|into|gather|append)$/.test(token.image)) return undefined;
  return {
    ...collectMessage(context),
    message: `a loop has no ${shorten(token.image)}`,
    expected: '{, as or collect',
    fixes: [replace(span, meant ?? 'collect', `did you mean ${meant ?? 'collect'}?`)],
  };
}

/** `repeat 3 collect xs as i` */
function asBehindCollect(context: Context): Explanation {
  const line = lineOf(context);
  const [collected = '', list = 'xs'] = /\bcollect\s+(\w+)\s*$/.exec(line.before) ?? [];
  const [index, name = 'i'] = /^as\s+(\w+)/.exec(line.rest) ?? [];
  const begin = line.start + line.before.length - collected.length;
  const text = `as ${shorten(name)} collect ${shorten(list)}`;
  return {
    ...collectMessage(context),
    message: 'as stands before collect: repeat 3 as i collect xs { … }',
    expected: text,
    fixes: [
      index === undefined
        ? { message: 'write as and its name before collect' }
        : replace(
            place(context, begin, context.span.start + index.length),
            `as ${name} collect ${list}`,
            `write ${text}`,
          ),
    ],
  };
}

function collectMessage({ span, found }: Context): Omit<Explanation, 'fixes'> & { readonly code: string } {
  return {
    code: 'syntax/collect',
    message: 'collect gives the list of what each iteration ends with a name: repeat 3 collect xs { … }',
    span,
    found,
    expected: '{',
  };
}
