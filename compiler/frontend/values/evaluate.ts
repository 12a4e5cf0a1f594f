// Evaluates expressions when compiling. `/` is real division; where an int is needed the value must be whole.
// A mistake is reported where it is made and yields `undefined`, which is silent from there on.

import type { ConstDefinition, Expression, TypeExpression } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import { problem } from '../report.ts';
import { lookup, moduleScope } from '../names/scope.ts';
import { isNumber, number, operation } from './arithmetic.ts';
import { BOOL, convertAt, INT } from './convert-at.ts';
import type { Evaluation } from './evaluation.ts';
import { otherParts, outside, wrong } from './operand-errors.ts';
import { absentProperty, propertyOf } from './properties.ts';
import { bool, int } from './types.ts';
import type { Value } from './types.ts';

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
    return number(Math[name](first.value), true, expression.span, at);
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
  return operation(left, operator, right, expression, at);
}
