// Mistakes about names and values: commas, comparisons, numbers, words that cannot be names.

import { repair } from '../diagnostic.ts';
import { replace, type Habit } from './habit.ts';
import { shorten } from '../token-text.ts';
import * as t from '../tokens.ts';

export const values: readonly Habit[] = [
  function missingComma({ needed, span, previous, source, found }) {
    if (needed !== "','" || !previous) return undefined;
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

  function assignmentInCondition({ token, span, needed }) {
    if (token.tokenType !== t.Equals || needed !== "'{'") return undefined;
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
      rule === 'term' ||
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

/** `self.conv`, `x.relu()`, `c.first` */
export const member: Habit = ({ token, previous, span, source }) => {
  if (token.tokenType !== t.Dot) return undefined;
  if (previous?.image === 'self' || previous?.image === 'this') {
    return {
      code: 'syntax/member',
      message: 'a network has no members: a layer is written where it is used',
      span: { ...span, start: previous.startOffset },
      found: `${previous.image}.`,
      expected: 'a step such as conv(8, kernel: 3)',
      fixes: [{ message: 'write the layer itself in this place; what is used more than once is a block' }],
    };
  }
  const name = /^\.\s*([A-Za-z_]\w*)/.exec(source.text.slice(span.start, span.start + 100))?.[1];
  if (name !== undefined && previous && (previous.tokenType === t.Identifier || previous.tokenType === t.RightParen))
    return {
      code: 'syntax/member',
      message: 'values have no members: steps are joined with ->',
      span: { ...span, end: span.start + 1 + name.length },
      found: `.${shorten(name)}`,
      expected: `-> and a step, or a name without a point`,
      fixes: [{ message: `write -> ${shorten(name)}, if that is a step` }],
    };
  return {
    code: 'syntax/member',
    message: 'values have no members except .0, .1 of tuples',
    span,
    found: '.',
    expected: '.0, .1 or the end of the name',
    fixes: [{ message: 'number the part of a tuple: c.0; write names without a point' }],
  };
};

const valueRules: ReadonlySet<string> = new Set(['primary', 'argumentValue', 'value', 'extent', 'parameter']);
