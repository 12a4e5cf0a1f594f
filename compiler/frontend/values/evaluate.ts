// Evaluates expressions when compiling. `/` is real division; where an int is needed the value must be whole.
// A mistake is reported where it is made and yields `undefined`, which is silent from there on.

import type { BinaryOperator, Comparison, ConstDefinition, Expression, TypeExpression } from '../../../grammar/ast.ts';
import { repair } from '../../../grammar/diagnostic.ts';
import type { Diagnostic, Fix } from '../../../grammar/diagnostic.ts';
import { isRepresentable, largestNumbers } from '../../../grammar/numbers.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import { mendValue } from './mend.ts';
import { problem } from '../report.ts';
import { lookup, moduleScope } from '../names/scope.ts';
import type { Ref, Scope } from '../names/scope.ts';
import type { OperatorTable } from '../../ir/operator.ts';
import type { TensorType } from '../../ir/tensor-type.ts';
import { absentProperty, propertyOf } from './properties.ts';
import { bool, convert, describeKind, float, formatType, formatValue, int } from './types.ts';
import type { Value } from './types.ts';

export interface Evaluation {
  readonly scope: Scope;
  /** The values of the files' constants, filled as they are needed. */
  readonly constants: Map<ConstDefinition, Value | undefined>;
  readonly operators: OperatorTable;
  report(diagnostic: Diagnostic): void;
  /** Counts one unit of work; false (after a report) when there has been too much. */
  work(): boolean;
  /** One level deeper, up to `leave`; false (after a report) where that is too deep for the stack. */
  descend(): boolean;
  leave(): void;
  /** Counts the elements of a list that is made; false (after a report) when there are too many. */
  iterate(count: number, span: Span, what: string): boolean;
  /** The type of a value that flows; absent where none does yet, undefined after a mistake. */
  typeOf?(ref: Ref): TensorType | undefined;
}

/** The functions of the language: how many arguments each takes. */
export const functions: ReadonlyMap<string, { readonly min: number; readonly max: number }> = new Map([
  ['len', { min: 1, max: 1 }],
  ['min', { min: 1, max: 64 }],
  ['max', { min: 1, max: 64 }],
  ['size', { min: 2, max: 2 }],
  ['floor', { min: 1, max: 1 }],
  ['ceil', { min: 1, max: 1 }],
]);

/** The value of an expression; undefined where it is unknown or wrong, or the work exceeds the budget. */
export function evaluate(expression: Expression, at: Evaluation): Value | undefined {
  if (!at.work() || !at.descend()) return undefined;
  const value = valueOf(expression, at);
  at.leave();
  return value;
}

function valueOf(expression: Expression, at: Evaluation): Value | undefined {
  switch (expression.kind) {
    case 'number':
      return number(expression.value, expression.integer, expression.span, at);
    case 'string':
      return { kind: 'string', value: expression.value };
    case 'boolean':
      return bool(expression.value);
    case 'size':
      return { kind: 'size', height: expression.height, width: expression.width };
    case 'name':
      return named(expression.name, at);
    case 'call':
      return called(expression, at);
    case 'tuple':
    case 'list': {
      const items = all(expression.items, at);
      return items && !expression.partial ? { kind: expression.kind, items } : undefined;
    }
    case 'unary': {
      const operand = evaluate(expression.operand, at);
      if (!operand) return undefined;
      if (expression.operator === 'not') {
        return operand.kind === 'bool'
          ? bool(!operand.value)
          : wrong(expression.operand.span, 'not', 'a bool', operand, at);
      }
      if (!isNumber(operand)) return wrong(expression.operand.span, '-', 'a number', operand, at);
      return { kind: operand.kind, value: 0 - operand.value };
    }
    case 'binary':
      return binary(expression, at);
    case 'conditional': {
      const condition = evaluateAs(expression.condition, BOOL, at, '`if`');
      return condition?.kind === 'bool'
        ? evaluate(condition.value ? expression.then : expression.otherwise, at)
        : undefined;
    }
    case 'member': {
      const tuple = evaluate(expression.tuple, at);
      if (!tuple) return undefined;
      if (tuple.kind === 'list') {
        const text = `${textOf(expression.tuple.span)}[${expression.index}]`;
        return otherParts(expression.span, `.${expression.index}`, tuple, 'the items of a list are [0], [1]', text, at);
      }
      if (tuple.kind !== 'tuple') return wrong(expression.span, `.${expression.index}`, 'a tuple', tuple, at);
      return tuple.items[expression.index] ?? outside(expression.index, tuple, expression.span, at);
    }
    case 'index': {
      const item = indexed(expression, at);
      // A value that flows is no number, which has been reported.
      return item?.kind === 'flowing' ? undefined : item;
    }
    case 'property': {
      const held = evaluateHeld(expression.value, at);
      const type = held?.kind === 'flowing' ? at.typeOf?.(held.ref) : undefined;
      if (!type) return undefined;
      const value = propertyOf(type.shape, expression.name.name);
      if (!value) at.report(absentProperty(expression.name, type.shape));
      return value;
    }
    case 'chain':
      at.report(
        problem('type/chain', expression.span, 'a chain of steps is no number: it is not known when compiling', {
          found: textOf(expression.span),
          expected: 'a number, word or list',
          fixes: [{ message: 'put the chain before this step' }],
        }),
      );
      return undefined;
    default:
      return expression satisfies never;
  }
}

/** As `evaluate`; a value that flows, or a list of them, is what it is. Elsewhere such a name has been reported. */
export function evaluateHeld(expression: Expression, at: Evaluation): Value | undefined {
  if (expression.kind === 'index') return indexed(expression, at);
  if (expression.kind === 'list') {
    const items = expression.items.map((item) => evaluateHeld(item, at));
    return !expression.partial && items.every((item) => item !== undefined) ? { kind: 'list', items } : undefined;
  }
  const entry = expression.kind === 'name' ? lookup(at.scope, expression.name) : undefined;
  if (entry?.kind === 'value') return { kind: 'flowing', ref: entry.ref };
  if (entry?.kind === 'values') return entry.items && { kind: 'list', items: entry.items };
  return evaluate(expression, at);
}

/** `list[i]`, from the end where i is negative. */
function indexed(expression: Extract<Expression, { kind: 'index' }>, at: Evaluation): Value | undefined {
  const list = evaluateHeld(expression.list, at);
  const index = evaluateAs(expression.index, INT, at, 'an index');
  if (!list || index?.kind !== 'int') return undefined;
  if (list.kind === 'tuple' && expression.index.kind === 'number') {
    const text = `${textOf(expression.list.span)}.${index.value}`;
    return otherParts(expression.span, '[…]', list, 'the parts of a tuple are .0, .1', text, at);
  }
  if (list.kind !== 'list') return wrong(expression.list.span, '[…]', 'a list', list, at);
  return list.items.at(index.value) ?? outside(index.value, list, expression.index.span, at);
}

export const INT: TypeExpression = namedType('int');
export const FLOAT: TypeExpression = namedType('float');
export const BOOL: TypeExpression = namedType('bool');

function namedType(name: 'int' | 'float' | 'bool'): TypeExpression {
  return { kind: 'named', name, span: { source: { path: '', text: '' }, start: 0, end: 0 } };
}

/** The value as that type. `what` says what needs it: `` `channels` ``. */
export function evaluateAs(
  expression: Expression,
  type: TypeExpression,
  at: Evaluation,
  what: string,
): Value | undefined {
  const value = evaluate(expression, at);
  return value && convertAt(value, type, expression, at, what);
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
  const fraction = value.kind === 'float' && (expected === 'int' || expected === 'size');
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

function number(value: number, whole: boolean, span: Span, at: Evaluation): Value | undefined {
  if (isRepresentable(value, whole)) return whole ? int(value) : float(value);
  at.report(
    problem('value/too-large', span, 'the number is too large', {
      found: String(value),
      expected: largestNumbers,
      fixes: [{ message: 'choose smaller numbers' }],
    }),
  );
  return undefined;
}

function named(name: string, at: Evaluation): Value | undefined {
  const entry = lookup(at.scope, name);
  if (entry?.kind === 'variable') return entry.value;
  if (entry?.kind !== 'const') return undefined;
  const { definition, module } = entry;
  if (!at.constants.has(definition)) {
    at.constants.set(definition, undefined);
    at.constants.set(definition, constantValue(definition, { ...at, scope: moduleScope(module) }));
  }
  return at.constants.get(definition);
}

/** The value of a `const`, of its declared type when it has one; unknown, and in silence, where its brackets were guessed. */
export function constantValue({ value, type, name, partial }: ConstDefinition, at: Evaluation): Value | undefined {
  if (partial) return undefined;
  return type ? evaluateAs(value, type, at, `\`${name.name}\``) : evaluate(value, at);
}

function all(expressions: readonly Expression[], at: Evaluation): readonly Value[] | undefined {
  const values = expressions.map((expression) => evaluate(expression, at));
  return values.every((value) => value !== undefined) ? values : undefined;
}

function called(expression: Extract<Expression, { kind: 'call' }>, at: Evaluation): Value | undefined {
  const name = expression.callee.name;
  const evaluateOne = name === 'len' ? evaluateHeld : evaluate;
  const values = expression.arguments.map(({ value }) => evaluateOne(value, at));
  if (!values.every((value) => value !== undefined) || !functions.has(name)) return undefined;
  const [first, second] = values;
  if (name === 'len') {
    if (first?.kind === 'list' || first?.kind === 'tuple') return int(first.items.length);
    return first && wrong(expression.arguments[0]!.span, 'len', 'a list', first, at);
  }
  if (name === 'size') {
    const [height, width] = expression.arguments.map(({ value }, index) =>
      convertAt(values[index]!, INT, value, at, '`size`'),
    );
    return height?.kind === 'int' && width?.kind === 'int'
      ? { kind: 'size', height: height.value, width: width.value }
      : undefined;
  }
  if (name === 'floor' || name === 'ceil') {
    if (!first || !isNumber(first)) return first && wrong(expression.arguments[0]!.span, name, 'a number', first, at);
    return number(Math[name](first.value) + 0, true, expression.span, at);
  }
  const items = second === undefined && first?.kind === 'list' ? first.items : values;
  let best: Value | undefined;
  for (const item of items) {
    if (!at.work()) return undefined;
    if (!isNumber(item)) return wrong(expression.span, name, 'numbers', item, at);
    if (!best || !isNumber(best) || (name === 'min' ? item.value < best.value : item.value > best.value)) best = item;
  }
  if (!best) {
    at.report(
      problem('value/empty', expression.span, `\`${name}\` of an empty list`, {
        found: textOf(expression.span),
        expected: 'at least one number',
        fixes: [{ message: `give a number that is always there: \`${name}(1, …)\`` }],
      }),
    );
  }
  return best;
}

function binary(expression: Extract<Expression, { kind: 'binary' }>, at: Evaluation): Value | undefined {
  const { operator } = expression;
  const left = evaluate(expression.left, at);
  if (operator === 'and' || operator === 'or') {
    if (!left) return undefined;
    if (left.kind !== 'bool') return wrong(expression.left.span, operator, 'a bool', left, at);
    if (left.value === (operator === 'or')) return left;
    const right = evaluate(expression.right, at);
    if (!right || right.kind === 'bool') return right;
    return wrong(expression.right.span, operator, 'a bool', right, at);
  }
  const right = evaluate(expression.right, at);
  if (!left || !right) return undefined;
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
  if (isComparison(operator)) return bool(compare(left.value, operator, right.value));
  return arithmetic(left, operator, right, expression, at);
}

type NumberValue = Extract<Value, { kind: 'int' | 'float' }>;
type Arithmetic = Exclude<BinaryOperator, Comparison | 'and' | 'or' | '..'>;

function isNumber(value: Value): value is NumberValue {
  return value.kind === 'int' || value.kind === 'float';
}

function isComparison(operator: BinaryOperator): operator is Comparison {
  return ['==', '!=', '<', '<=', '>', '>='].includes(operator);
}

function arithmetic(
  left: NumberValue,
  operator: Arithmetic,
  right: NumberValue,
  expression: Extract<Expression, { kind: 'binary' }>,
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
      return number(left.value * right.value + 0, whole, span, at);
    case '/':
      return number(left.value / right.value, false, span, at);
    case '%':
      // The remainder has the divisor's sign, so that `i % n` counts 0 … n−1.
      return number(left.value - right.value * Math.floor(left.value / right.value), whole, span, at);
    default:
      return operator satisfies never;
  }
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
  if (left.kind === 'flowing' || right.kind === 'flowing' || left.kind === 'block' || right.kind === 'block')
    return false;
  if (left.kind === 'size' || right.kind === 'size') {
    return left.kind === 'size' && right.kind === 'size' && left.height === right.height && left.width === right.width;
  }
  if ('items' in left || 'items' in right) {
    if (!('items' in left && 'items' in right) || left.kind !== right.kind) return false;
    if (left.items.length !== right.items.length) return false;
    for (const [index, item] of left.items.entries()) {
      const same = equal(item, right.items[index]!, at);
      if (!same) return same;
    }
    return true;
  }
  return left.value === right.value;
}

function wrong(span: Span, operator: string, expected: string, value: Value, at: Evaluation): undefined {
  at.report(
    problem('type/operand', span, `\`${operator}\` needs ${expected}`, {
      found: `${formatValue(value)}, ${describeKind(value)}`,
      expected,
      fixes: numeric(span, value, expected),
    }),
  );
}

/** `pair[0]` of a tuple, `list.0` of a list. */
function otherParts(
  span: Span,
  operator: string,
  value: Value,
  message: string,
  text: string,
  at: Evaluation,
): undefined {
  at.report(
    problem('type/operand', span, message, {
      found: `${operator} of ${describeKind(value)}`,
      expected: text,
      fixes: [repair(span, text)],
    }),
  );
}

/** `"3"` where 3 was meant. */
function numeric(span: Span, value: Value, expected: string): readonly Fix[] {
  if (expected === 'a number' && value.kind === 'string' && /^\d+(\.\d+)?$/.test(value.value.trim()))
    return [repair(span, value.value.trim())];
  return [{ message: `write ${expected} here` }];
}

function outside(
  index: number,
  value: Extract<Value, { items: readonly Value[] }>,
  span: Span,
  at: Evaluation,
): undefined {
  const count = value.items.length;
  const fromEnd = value.kind === 'list' ? `, or -${count} to -1 from the end` : '';
  at.report(
    problem('value/index', span, `the ${value.kind} has no item ${index}`, {
      found: `${index}`,
      expected: count === 0 ? 'nothing: it is empty' : count === 1 ? '0' : `0 to ${count - 1}${fromEnd}`,
      fixes: [{ message: count === 0 ? 'put an item into it' : `the last item is ${count - 1}: items count from 0` }],
    }),
  );
}
