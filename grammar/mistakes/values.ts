// Mistakes about names and values: commas, comparisons, numbers, words that cannot be names.

import { repair } from '../diagnostic.ts';
import { replace, type Habit } from './habit.ts';
import { lineOf } from './line.ts';
import * as t from '../tokens.ts';

export const values: readonly Habit[] = [
  function sizeWithSpaces(context) {
    const { needed, previous, source } = context;
    const height = previous?.tokenType === t.NumberLiteral ? previous.image : '';
    const [by, width] = /^x ?(\d+)\b/.exec(lineOf(context).rest) ?? [];
    if (needed !== "','" || !previous || !/^\d+$/.test(height) || by === undefined) return undefined;
    const start = previous.startOffset;
    const span = { source, start, end: context.span.start + by.length };
    return {
      code: 'syntax/number',
      message: 'a size is written without spaces',
      span,
      found: source.text.slice(start, span.end),
      expected: `${height}x${width}`,
      fixes: [repair(span, `${height}x${width}`)],
    };
  },

  function sizeWithNames(context) {
    const { needed, previous, span, source } = context;
    const { before, rest } = lineOf(context);
    const [by, width] = /^[xX×] (\w+)(?=\s*[,)])/.exec(rest) ?? [];
    const isAlone = /[:,(]\s*\w+\s*$/.test(before);
    if (needed !== "','" || !previous || width === undefined || !isAlone) return undefined;
    const { startOffset: start, image: height } = previous;
    const whole = { source, start, end: span.start + by!.length };
    return {
      code: 'syntax/number',
      message: 'a size of names is written with `size`',
      span: whole,
      found: source.text.slice(start, whole.end),
      expected: `size(${height}, ${width})`,
      fixes: [repair(whole, `size(${height}, ${width})`)],
    };
  },

  function unit(context) {
    const { needed, token, span, previous } = context;
    const number = previous?.tokenType === t.NumberLiteral ? previous.image : undefined;
    if (
      needed !== "','" ||
      number === undefined ||
      !units.has(token.image) ||
      !/^\w+\s*[),]/.test(lineOf(context).rest)
    )
      return undefined;
    return {
      code: 'syntax/number',
      message: 'a number has no unit',
      span,
      found: `${number} ${token.image}`,
      expected: number,
      fixes: [replace({ ...span, start: previous!.endOffset! + 1 }, '', `write ${number}`)],
    };
  },

  function lambda({ needed, previous, span, source }) {
    if (needed !== "','" || previous?.image !== 'lambda') return undefined;
    return {
      code: 'syntax/values',
      message: 'steps have no functions as arguments',
      span: { source, start: previous.startOffset, end: span.end },
      found: `lambda ${source.text.slice(span.start, span.end)}`,
      expected: 'steps, or values joined with + - * /',
      fixes: [{ message: 'write what it computes: x * 2, or a block of steps with a name' }],
    };
  },

  function extentUnknown({ rule, token, span }) {
    if (rule !== 'extent' || token.tokenType !== t.Star) return undefined;
    return {
      code: 'syntax/shape',
      message: 'the extents of an input are numbers: a network is compiled for one size',
      span,
      found: '*',
      expected: 'a number, or _ where a shape is checked',
      fixes: [{ message: 'write a number such as 224, or a parameter of the network' }],
    };
  },

  function missingOperand({ rule, token, span, previous, found, atEnd }) {
    const ends = atEnd || closers.has(token.tokenType);
    if (rule !== 'primary' || !ends || !previous?.tokenType.CATEGORIES?.includes(t.Comparison)) return undefined;
    return {
      code: 'syntax/unexpected',
      message: `a value is missing behind ${previous.image}`,
      span,
      found,
      expected: `a value behind ${previous.image}`,
      fixes: [{ message: `write a number or a name behind ${previous.image}` }],
    };
  },

  function missingComma({ needed, token, span, previous, source, found }) {
    if (needed !== "','" || !previous || !beginsItem.has(token.tokenType)) return undefined;
    const end = previous.endOffset! + 1;
    return {
      code: 'syntax/missing-comma',
      message: 'a comma is missing',
      span,
      found,
      expected: 'a comma before it',
      fixes: [repair({ source, start: end, end }, ',', 'add , before it')],
    };
  },

  function chainInList({ needed, rule, token, span }) {
    if (needed !== "','" || rule !== 'list' || token.tokenType !== t.Arrow) return undefined;
    return {
      code: 'syntax/value',
      message: 'a list in brackets holds numbers and other plain values, and no chains',
      span,
      found: '->',
      expected: 'a comma or ]',
      fixes: [{ message: 'a list of values is collected by a loop: repeat n collect xs { … }' }],
    };
  },

  function chosenChain({ needed, token, span }) {
    if (needed !== "','" || token.tokenType !== t.If) return undefined;
    return {
      code: 'syntax/values',
      message: 'a chain that is chosen by a condition stands in parentheses',
      span,
      found: 'if',
      expected: 'parentheses around the chain before it',
      fixes: [{ message: 'write ((x -> relu) if … else x)' }],
    };
  },

  function assignmentInCondition(context) {
    const { token, span, needed, start } = context;
    if (token.tokenType !== t.Equals || needed !== "'{'") return undefined;
    if (start.tokenType === t.Block) {
      const end = span.start + lineOf(context).rest.split('//', 1)[0]!.trimEnd().length;
      return {
        code: 'syntax/header',
        message: 'the body of a block stands in braces',
        span,
        found: '=',
        expected: '{ … }',
        fixes: [
          {
            message: 'write { for =, and } behind the chain',
            edits: [
              { span, text: '{' },
              { span: { ...span, start: end, end }, text: ' }' },
            ],
          },
        ],
      };
    }
    return {
      code: 'syntax/equality',
      message: '= gives a name; == compares',
      span,
      found: '=',
      expected: '==',
      fixes: [repair(span, '==')],
    };
  },

  function reservedWord({ token, span, needed, rule }) {
    const wantsName =
      needed === 'Identifier' ||
      rule === 'pattern' ||
      rule === 'step' ||
      rule === 'head' ||
      rule === 'atom' ||
      rule === 'argument';
    if (!wantsName || !token.tokenType.CATEGORIES?.includes(t.Keyword) || token.image === '') return undefined;
    return {
      code: 'syntax/reserved-word',
      message: `${token.image} is a keyword and cannot be a name`,
      span,
      found: token.image,
      expected: 'a name',
      fixes: [replace(span, `${token.image}_`, `choose another name, such as ${token.image}_`)],
    };
  },

  function leadingPoint({ rule, token, span }) {
    if (token.tokenType !== t.TupleIndex || !valueRules.has(rule)) return undefined;
    return {
      code: 'syntax/number',
      message: 'numbers begin with a digit',
      span,
      found: token.image,
      expected: `0${token.image}`,
      fixes: [repair(span, `0${token.image}`)],
    };
  },
];

const units: ReadonlySet<string> = new Set([
  'px',
  'pixels',
  'pixel',
  'channels',
  'filters',
  'units',
  'percent',
  'epochs',
  's',
  'ms',
]);

/** What an item of a list, or an argument, begins with. */
const beginsItem: ReadonlySet<unknown> = new Set([
  ...[t.Identifier, t.NumberLiteral, t.StringLiteral, t.SizeLiteral, t.True, t.False, t.Wildcard],
  ...[t.LeftParen, t.LeftBracket, t.Not, t.Parallel],
]);

const valueRules: ReadonlySet<string> = new Set([
  'primary',
  'argumentValue',
  'value',
  'extent',
  'parameter',
  'head',
  'atom',
  'statement',
]);

const closers: ReadonlySet<unknown> = new Set([t.RightBrace, t.RightParen, t.RightBracket, t.Comma]);
