// What the operators between two values compute: arithmetic, comparisons and ranges.

import type { BinaryOperator, Comparison, Expression } from '../../../grammar/ast.ts';
import { isRepresentable, largestNumbers } from '../../../grammar/numbers.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import { problem } from '../report.ts';
import { convertAt, INT } from './convert-at.ts';
import type { Evaluation } from './evaluation.ts';
import { wrong } from './operand-errors.ts';
import { bool, float, formatValue, int } from './types.ts';
import type { Value } from './types.ts';

type Binary = Extract<Expression, { kind: 'binary' }>;
type NumberValue = Extract<Value, { kind: 'int' | 'float' }>;
type Arithmetic = Exclude<BinaryOperator, Comparison | 'and' | 'or' | '..'>;

/** Whether the value is an int or a float. */
export function isNumber(value: Value): value is NumberValue {
  return value.kind === 'int' || value.kind === 'float';
}

/** `left operator right`; undefined after a report. */
export function operation(
  left: Value,
  operator: Exclude<BinaryOperator, 'and' | 'or'>,
  right: Value,
  expression: Binary,
  at: Evaluation,
): Value | undefined {
  if (operator === '==' || operator === '!=') {
    const same = equal(left, right, at);
    return same === undefined ? undefined : bool(same === (operator === '=='));
  }
  if (!isNumber(left)) return wrong(expression.left.span, operator, 'a number', left, at);
  if (!isNumber(right)) return wrong(expression.right.span, operator, 'a number', right, at);
  if (operator === '..') {
    const start = convertAt(left, INT, expression.left, at, 'the start of a range');
    const end = convertAt(right, INT, expression.right, at, 'the end of a range');
    return start?.kind === 'int' && end?.kind === 'int'
      ? range(start.value, end.value, expression.span, at)
      : undefined;
  }
  switch (operator) {
    case '<':
    case '<=':
    case '>':
    case '>=':
      return bool(compare(left.value, operator, right.value));
    default:
      return arithmetic(left, operator, right, expression, at);
  }
}

/** The number as an int where it is `whole`, else as a float, without the sign of −0; undefined after a report where the language has none such. */
export function number(value: number, whole: boolean, span: Span, at: Evaluation): Value | undefined {
  if (isRepresentable(value, whole)) return (whole ? int : float)(value + 0);
  at.report(
    problem('value/too-large', span, 'the number is too large', {
      found: String(value),
      expected: largestNumbers,
      fixes: [{ message: 'choose smaller numbers' }],
    }),
  );
  return undefined;
}

function arithmetic(
  left: NumberValue,
  operator: Arithmetic,
  right: NumberValue,
  expression: Binary,
  at: Evaluation,
): Value | undefined {
  const { span } = expression;
  const whole = left.kind === 'int' && right.kind === 'int';
  if ((operator === '/' || operator === '%') && right.value === 0) {
    at.report(
      problem('value/divide-by-zero', expression.right.span, 'division by zero', {
        found: `${formatValue(left)} ${operator} 0`,
        expected: 'a divisor that is not 0',
        fixes: [{ message: `choose another divisor, or divide by max(1, ${textOf(expression.right.span)})` }],
      }),
    );
    return undefined;
  }
  switch (operator) {
    case '+':
      return number(left.value + right.value, whole, span, at);
    case '-':
      return number(left.value - right.value, whole, span, at);
    case '*':
      return number(left.value * right.value, whole, span, at);
    case '/':
      return number(left.value / right.value, false, span, at);
    case '%':
      return number(remainder(left.value, right.value), whole, span, at);
    default:
      return operator satisfies never;
  }
}

/** With the divisor's sign, so that `i % n` counts 0 … n−1. */
function remainder(dividend: number, divisor: number): number {
  const rest = dividend % divisor;
  return rest !== 0 && rest < 0 !== divisor < 0 ? rest + divisor : rest;
}

/** `left comparison right`, as in the source. */
export function compare(left: number, comparison: Comparison, right: number): boolean {
  switch (comparison) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return comparison satisfies never;
  }
}

function range(start: number, end: number, span: Span, at: Evaluation): Value | undefined {
  const count = Math.max(0, end - start);
  if (!at.iterate(count, span, 'the range')) return undefined;
  return { kind: 'list', items: Array.from({ length: count }, (_, index) => int(start + index)) };
}

function equal(left: Value, right: Value, at: Evaluation): boolean | undefined {
  if (!at.work() || !at.descend()) return undefined;
  const same = sameValue(left, right, at);
  at.leave();
  return same;
}

function sameValue(left: Value, right: Value, at: Evaluation): boolean | undefined {
  if ('items' in left && 'items' in right) {
    if (left.kind !== right.kind || left.items.length !== right.items.length) return false;
    for (const [index, item] of left.items.entries()) {
      const same = equal(item, right.items[index]!, at);
      if (!same) return same;
    }
    return true;
  }
  if (left.kind === 'size' && right.kind === 'size') return left.height === right.height && left.width === right.width;
  return 'value' in left && 'value' in right && left.value === right.value;
}
