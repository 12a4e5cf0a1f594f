// Values where a type is expected: converted, or a mistake that says what was expected.

import type { Expression, TypeExpression } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { problem } from '../report.ts';
import type { Evaluation } from './evaluation.ts';
import { isWhole, mendValue } from './mend.ts';
import { convert, describeKind, formatType, formatValue } from './types.ts';
import type { Value } from './types.ts';

export const INT: TypeExpression = namedType('int');
export const FLOAT: TypeExpression = namedType('float');
export const BOOL: TypeExpression = namedType('bool');

function namedType(name: 'int' | 'float' | 'bool'): TypeExpression {
  return { kind: 'named', name, span: { source: { path: '', text: '' }, start: 0, end: 0 } };
}

/** `expression` is where the value was written: what a mismatch points at. */
export function convertAt(
  value: Value,
  type: TypeExpression,
  expression: Expression,
  at: Evaluation,
  what: string,
): Value | undefined {
  let stopped = false;
  const converted = convert(value, type, () => {
    stopped ||= !at.work();
    return !stopped;
  });
  if (converted || stopped) return converted;
  at.report(mismatch(value, formatType(type), expression, what));
  return undefined;
}

/** `type/mismatch`, or `value/not-whole` for a fraction where an int is needed. */
export function mismatch(value: Value, expected: string, expression: Expression, what: string): Diagnostic {
  const fraction = value.kind === 'float' && isWhole(expected);
  const fixes = mendValue(expression, value, expected);
  return problem(
    fraction ? 'value/not-whole' : 'type/mismatch',
    expression.span,
    fraction ? `${what} must be a whole number` : `${what} must be ${article(expected)}`,
    {
      found: fraction ? formatValue(value) : `${formatValue(value)}, ${describeKind(value)}`,
      expected,
      fixes: fixes.length > 0 ? fixes : [{ message: `write ${article(expected)}, such as ${exampleOf(expected)}` }],
    },
  );
}

function exampleOf(expected: string): string {
  if (expected.startsWith('(')) return expected.replace(/[a-z]+/g, (type) => examples.get(type) ?? type);
  if (expected.startsWith('[')) return `[${exampleOf(expected.slice(1, -1))}]`;
  return examples.get(expected) ?? expected;
}

const examples: ReadonlyMap<string, string> = new Map([
  ['int', '3'],
  ['float', '0.5'],
  ['bool', 'true'],
  ['string', '"text"'],
  ['size', '3x3'],
  ['padding', '1'],
  ['list', '[8, 16]'],
  ['block', 'relu'],
]);

function article(expected: string): string {
  if (expected === 'float') return 'a number';
  if (expected.startsWith('(')) return `a tuple ${expected}`;
  if (expected.startsWith('[')) return `a list ${expected}`;
  if (expected.includes(', ')) return `one of ${expected}`;
  return `${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected}`;
}
