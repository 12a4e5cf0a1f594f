// Mistakes about definitions: their words, where they stand, imports and budgets.

import { meantDefinition, misspeltDefinition, someDefinition } from '../definition-words.ts';
import { repair } from '../diagnostic.ts';
import { replace, type Habit } from './habit.ts';
import { shorten } from '../token-text.ts';
import * as t from '../tokens.ts';

export const definitions: readonly Habit[] = [
  function wrongDefinitionWord({ rule, token, span }) {
    if (rule !== 'definition' || token.tokenType !== t.Identifier) return undefined;
    const keyword = meantDefinition(token.image);
    if (keyword !== undefined) return misspeltDefinition(span, token.image, keyword);
    return {
      code: 'syntax/definition',
      message: 'only definitions are allowed outside a network or block',
      span,
      found: shorten(token.image),
      expected: someDefinition,
      fixes: [{ message: 'put the statements into network NAME { … }' }],
    };
  },

  function importForm({ rule, token, previous, span, found }) {
    if (rule !== 'import' && !(rule === 'definition' && token.tokenType === t.From)) return undefined;
    return {
      code: 'syntax/import',
      message: 'imports are written import { a, b as c } from "./file.cnn"',
      span,
      found,
      expected: rule === 'import' ? '{ names } from a string in quotes' : 'import',
      fixes:
        previous?.tokenType === t.Import && token.tokenType === t.Identifier
          ? [repair(span, `{ ${token.image} }`)]
          : [{ message: 'import { name } from "./file.cnn"' }],
    };
  },

  function statementOutside({ rule, token, span }) {
    if (rule !== 'definition' || !statementWords.has(token.tokenType)) return undefined;
    return {
      code: 'syntax/definition',
      message: `${token.image} belongs inside a network or block`,
      span,
      found: token.image,
      expected: someDefinition,
      fixes: [{ message: 'put the statements into network NAME { … }' }],
    };
  },

  function definitionInside({ rule, token, span }) {
    if (rule !== 'statement' || !definitionTypes.has(token.tokenType)) return undefined;
    return {
      code: 'syntax/nested-definition',
      message: `${token.image} belongs at the top level of a file`,
      span,
      found: token.image,
      expected: 'a step, input, output, const, repeat, for or if',
      fixes: [{ message: 'move it out of the braces' }],
    };
  },

  function budgetComparison({ rule, token, span, needed, found }) {
    if (rule !== 'budget' || needed !== 'Comparison') return undefined;
    const equals = token.tokenType === t.Equals || token.tokenType === t.Colon;
    return {
      code: 'syntax/budget',
      message: 'a budget compares a quantity with a value: macs <= 420k',
      span,
      found,
      expected: '==, !=, <, <=, > or >=',
      fixes: [equals ? replace(span, ' ==', 'write ==') : { message: 'write a comparison before it: <=' }],
    };
  },
];

const definitionTypes: ReadonlySet<unknown> = new Set([t.Import, t.Block, t.Network, t.Train, t.Expect]);
const statementWords: ReadonlySet<unknown> = new Set([
  t.Input,
  t.Output,
  t.Share,
  t.Learned,
  t.Parallel,
  t.Path,
  t.Repeat,
  t.For,
  t.If,
  t.Else,
]);
