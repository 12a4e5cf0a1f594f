// Mistakes in arithmetic with values: signs, operators for numbers only, operands that are none, and where it stands.

import { repair, type Edit, type Fix } from '../diagnostic.ts';
import { operandStart, shorten, spanOf } from '../token-text.ts';
import * as t from '../tokens.ts';
import { replace, type Context, type Habit } from './habit.ts';
import { lineOf, place } from './line.ts';

const isArithmetic = (type: unknown): boolean => [t.Plus, t.Minus, t.Star, t.Slash].some((one) => one === type);

export const arithmetic: readonly Habit[] = [
  function signAtLineStart(context) {
    const { rule, token, sameLine, span, source } = context;
    const isSign = token.tokenType === t.Minus || token.tokenType === t.Plus;
    if (rule !== 'statement' || !isSign || sameLine) return undefined;
    const [, value = 'x'] = /^[-+]\s*(\w+)/.exec(lineOf(context).rest) ?? [];
    const end = { source, start: span.end, end: span.end };
    const spaced = /^.\s/.test(lineOf(context).rest);
    // A sum goes on with the line before, unless that is a chain of steps.
    if (spaced && context.previous?.tokenType !== t.LeftBrace && context.previous?.tokenType !== t.RightBracket)
      return undefined;
    // `- conv(8, kernel: 3)`, as in a list of YAML.
    const listed = token.tokenType === t.Minus && /^- [a-z]\w*(\(|\s*$)/.test(lineOf(context).rest);
    if (listed)
      return {
        code: 'syntax/line-start',
        message: 'a statement has no dash before it',
        span,
        found: '-',
        expected: 'a step or a name',
        fixes: [
          withoutDashes(context),
          replace(span, '0 - ', `write 0 - ${shorten(value)}, if the value is to be negated`),
        ],
      };
    const first = spaced || context.previous?.tokenType === t.LeftBrace;
    const negative = token.tokenType === t.Minus;
    return {
      code: 'syntax/line-start',
      message: 'a statement does not begin with a sign',
      span,
      found: `${token.image}${shorten(value)}`,
      expected: first ? 'a step or a name' : 'a name, or a space behind the sign to go on with the line before',
      fixes: [
        ...(first
          ? []
          : [replace(end, ' ', `write ${token.image} ${shorten(value)}, if it goes on with the line before`)]),
        negative
          ? replace(span, '0 - ', `write 0 - ${shorten(value)}, if the value is to be negated`)
          : replace(span, '', `write ${shorten(value)}, if it is a statement of its own`),
      ],
    };
  },

  function operatorBehindStep(context) {
    const { rule, token, span, needed } = context;
    const inBrackets = needed === "','" && (rule === 'tuple' || rule === 'arguments');
    if ((rule !== 'statement' && !inBrackets) || !isArithmetic(token.tokenType)) return undefined;
    const line = lineOf(context);
    const operand = inBrackets ? operandStart(line.before) : 0;
    // `y = x -> tanh`, or `size: x -> tanh`
    const [named = ''] = /^\s*\w+\s*[=:]\s*|^\s*/.exec(line.before.slice(operand)) ?? [];
    const written = line.before.slice(operand + named.length).trimEnd();
    const chain = written.includes('->') && !/[={}]/.test(written) ? written : '';
    if (inBrackets && chain === '') return undefined;
    const begin = line.start + operand + named.length;
    const text = `(${chain}) ${token.image}`;
    return {
      code: 'syntax/values',
      message: 'arithmetic stands before the first ->, or its operands in parentheses',
      span,
      found: token.image,
      expected: `${inBrackets ? '' : '->, a new line, or '}parentheses around the chain before it`,
      fixes: [
        chain === ''
          ? { message: `put the chain in parentheses: (a -> b) ${token.image} c` }
          : replace(place(context, begin, span.end), text, `write ${text} …`),
      ],
    };
  },

  function behindArrow({ rule, token, previous, span }) {
    const calculates = token.tokenType === t.LeftParen || isArithmetic(token.tokenType);
    if (rule !== 'step' || !calculates || previous?.tokenType !== t.Arrow) return undefined;
    return {
      code: 'syntax/values',
      message: 'behind -> stands a step: what is calculated begins a chain',
      span,
      found: token.image,
      expected: 'the name of a step',
      fixes: [
        {
          message: 'name it, y = …, and calculate in the next line; or use add, sub, mul, div',
        },
      ],
    };
  },

  function assignedOperator({ needed, rule, token, previous, span, start }) {
    if (rule !== 'atom' || needed !== '' || token.tokenType !== t.Equals || !isArithmetic(previous?.tokenType))
      return undefined;
    const sign = previous!.image;
    return {
      code: 'syntax/operand',
      message: `${sign}= is no operator, and a name is given once`,
      span: { ...span, start: previous!.startOffset },
      found: `${sign}=`,
      expected: `= and a new name`,
      fixes: [{ message: `write y = ${start.image} ${sign} …` }],
    };
  },

  function dividedArrow({ rule, token, previous, span, source }) {
    const points = token.tokenType === t.Greater || token.tokenType === t.Arrow;
    if (rule !== 'atom' || !points || previous?.tokenType !== t.Minus) return undefined;
    const place = { ...span, start: previous.startOffset };
    const found = source.text.slice(place.start, place.end);
    return {
      code: 'syntax/operator',
      message: 'steps are joined with ->',
      span: place,
      found,
      expected: '->',
      fixes: [repair(place, '->')],
    };
  },

  function noOperand({ rule, token, previous, span, found, atEnd }) {
    if (rule !== 'atom' || !isArithmetic(previous?.tokenType)) return undefined;
    const sign = previous!.image;
    const missing = atEnd || token.tokenType === t.RightBrace;
    const power = sign === '*' && token.tokenType === t.Star;
    return {
      code: 'syntax/operand',
      message: missing
        ? `the operand behind ${sign} is missing`
        : `values are joined by ${sign} with values and numbers`,
      span: missing ? spanOf(span.source, previous!) : span,
      found: missing ? sign : power ? '**' : found,
      expected: 'a name, a step, a number or a chain in parentheses',
      fixes: [
        {
          message: power
            ? 'write x * x, or x -> pow(2)'
            : missing
              ? `write what follows ${sign}, or remove it`
              : `write a value behind ${sign}`,
        },
      ],
    };
  },

  function operatorOfNumbers({ rule, token, sameLine, span, source }) {
    const isOperator = token.tokenType.CATEGORIES?.some((one) => one === t.BinaryOperator || one === t.Comparison);
    if (rule !== 'statement' || !sameLine || !isOperator) return undefined;
    const joins = token.tokenType === t.Greater && /^\s*[a-z_]\w*/i.test(source.text.slice(span.end, span.end + 100));
    return {
      code: 'syntax/value-operator',
      message: `${token.image} is for numbers that are known when compiling: values have + - * /`,
      span,
      found: token.image,
      expected: '+, -, *, /, -> or a new line',
      fixes: [
        ...(joins ? [replace(span, '->', 'write -> to join the steps')] : []),
        {
          message: token.tokenType.CATEGORIES?.includes(t.Comparison)
            ? 'what is known when compiling can decide: if depth > 2 { … }'
            : 'join the values with + - * /, or with a step such as maximum(x)',
        },
      ],
    };
  },

  function choice(context) {
    const { needed, token, start, span } = context;
    if (token.tokenType !== t.Else || needed !== "'{'" || start.tokenType !== t.If) return undefined;
    const line = lineOf(context);
    const [, named = '', chosen] = /^\s*((?:\w+\s*=\s*)?)(\S.*\sif\s.+)$/.exec(line.before) ?? [];
    if (chosen === undefined) return undefined;
    const begin = line.begin + named.length;
    const other = /^else\s+[\w.]+(?:\([^()]*\))?/.exec(line.rest)?.[0];
    return {
      code: 'syntax/choice',
      message: 'a choice between values goes in parentheses',
      span: place(context, begin, span.end),
      found: `${chosen.trim()} else`,
      expected: `(${chosen.trim()} else …)`,
      fixes: [
        other === undefined
          ? { message: `write (${chosen.trim()} else …)` }
          : replace(place(context, begin, span.start + other.length), `(${chosen}${other})`),
      ],
    };
  },
];

/** The fix that takes the dash from this line and from those that follow. */
function withoutDashes({ source, span }: Context): Fix {
  const edits: Edit[] = [];
  let at = span.start;
  for (const line of source.text.slice(at).split('\n', MOST_LINES)) {
    const [, indent] = /^([ \t]*)- ?(?=[A-Za-z_])/.exec(line) ?? [];
    if (indent === undefined) break;
    const start = at + indent.length;
    edits.push({ span: { source, start, end: start + (line[indent.length + 1] === ' ' ? 2 : 1) }, text: '' });
    at += line.length + 1;
  }
  return { message: edits.length === 1 ? 'remove it' : `remove all ${edits.length} of them`, edits };
}

/** Longest list that is mended. */
const MOST_LINES = 1000;
