// Fixes for values of the wrong type: what a newcomer from another framework most likely meant.

import type { Expression } from '../../../grammar/ast.ts';
import { repair } from '../../../grammar/diagnostic.ts';
import type { Fix } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Value } from './types.ts';

/** `expected` is a type as the source writes it: `int`, `size`, `(int, int)`. */
export function mendValue(expression: Expression, value: Value, expected: string): readonly Fix[] {
  const text = otherSpelling(expression, value, expected);
  if (text !== undefined) return [repair(expression.span, text, text)];
  const guess = nearValue(expression, value, expected);
  return guess === undefined ? [] : [{ message: guess, edits: [{ span: expression.span, text: guess }] }];
}

/** The same value in this language's spelling: `"3x3"`, `(3, 5)` for a size, `[8, 16]` for a tuple. */
function otherSpelling(expression: Expression, value: Value, expected: string): string | undefined {
  const takesSize = expected === 'size' || expected === 'padding';
  if (value.kind === 'string') {
    const inner = value.value.trim();
    if (takesSize && /^\d+x\d+$/.test(inner)) return inner;
    if (['int', 'float', 'size', 'padding'].includes(expected) && /^\d+$/.test(inner)) return inner;
    if (expected === 'padding' && inner.toLowerCase() === 'same') return 'same';
    if (expected === 'padding' && inner.toLowerCase() === 'valid') return '0';
    if (expected === 'bool' && /^(true|false)$/i.test(inner)) return inner.toLowerCase();
    return undefined;
  }
  if (value.kind === 'int' && expected === 'bool' && expression.kind === 'number' && value.value <= 1)
    return String(value.value === 1);
  if (value.kind !== 'tuple' && value.kind !== 'list') return undefined;
  if (expression.kind === 'list' && expected.startsWith('(') && expression.items.length === partsOf(expected))
    return `(${textsOf(expression.items)})`;
  if (expression.kind === 'tuple' && (expected.startsWith('[') || expected === 'list'))
    return `[${textsOf(expression.items)}]`;
  const numbers = value.items.map((item) => (item.kind === 'int' ? item.value : undefined));
  const [height, width] = numbers;
  if (takesSize && numbers.length === 2 && height !== undefined && width !== undefined)
    return sizeText(expression, height, width);
  return undefined;
}

/** Whether a number of this type is a whole one. */
export const isWhole = (type: string): boolean => type === 'int' || type === 'size' || type === 'padding';

/** What may have been meant by another value. */
function nearValue(expression: Expression, value: Value, expected: string): string | undefined {
  const written = textOf(expression.span);
  if (value.kind === 'bool' && expected === 'padding') return value.value ? 'same' : '0';
  if ((value.kind === 'int' || value.kind === 'float') && expected === 'bool')
    return expression.kind === 'number' ? undefined : `${written} != 0`;
  if (value.kind === 'float' && isWhole(expected))
    return expression.kind === 'number' ? String(Math.round(value.value)) : `floor(${written})`;
  if (value.kind === 'int' && expected === 'list') return `0..${written}`;
  // `0x20` reads as a size of no height.
  if (value.kind === 'size' && value.height === 0 && (expected === 'int' || expected === 'float'))
    return String(Number(written));
  if (value.kind === 'size' && expected === 'int')
    return value.height === value.width ? String(value.height) : undefined;
  if (value.kind !== 'tuple' && value.kind !== 'list') return undefined;
  const [first] = value.items;
  const same = first?.kind === 'int' && value.items.every((item) => item.kind === 'int' && item.value === first.value);
  return expected === 'int' && same ? String(first.value) : undefined;
}

function textsOf(items: readonly Expression[]): string {
  return items.map((item) => textOf(item.span)).join(', ');
}

/** How many parts the tuples of a type have: 2 of `(int, (int, int))`. */
function partsOf(type: string): number {
  let [depth, parts] = [0, 1];
  for (const sign of type) {
    if (sign === '(' || sign === '[') depth += 1;
    else if (sign === ')' || sign === ']') depth -= 1;
    else if (sign === ',' && depth === 1) parts += 1;
  }
  return parts;
}

/** `3x3` for literals, `size(h, w)` for anything else. */
function sizeText(expression: Expression, height: number, width: number): string {
  if (expression.kind !== 'tuple' && expression.kind !== 'list') return `${height}x${width}`;
  if (expression.items.every((item) => item.kind === 'number')) return `${height}x${width}`;
  return `size(${textsOf(expression.items)})`;
}
