// Fixes for values of the wrong type: what a newcomer from another framework most likely meant.

import type { Expression } from '../../grammar/ast.ts';
import type { Fix } from '../../grammar/diagnostic.ts';
import { textOf } from '../../grammar/source.ts';
import type { Value } from './types.ts';

/** `expected` is a type as the source writes it: `int`, `size`, `(int, int)`. */
export function mendValue(expression: Expression, value: Value, expected: string): readonly Fix[] {
  const text = replacement(expression, value, expected);
  return text === undefined ? [] : [{ message: text, edits: [{ span: expression.span, text }] }];
}

function replacement(expression: Expression, value: Value, expected: string): string | undefined {
  const written = textOf(expression.span);
  const takesSize = expected === 'size' || expected === 'padding';
  if (value.kind === 'string') {
    const inner = value.value.trim();
    if (takesSize && /^\d+x\d+$/.test(inner)) return inner;
    if (['int', 'float', 'size', 'padding'].includes(expected) && /^\d+$/.test(inner)) return inner;
    if (expected === 'padding' && inner.toLowerCase() === 'same') return 'same';
    if (expected === 'bool' && /^(true|false)$/i.test(inner)) return inner.toLowerCase();
    return undefined;
  }
  if (value.kind === 'bool' && expected === 'padding') return value.value ? 'same' : '0';
  if ((value.kind === 'int' || value.kind === 'float') && expected === 'bool') {
    if (expression.kind !== 'number') return `${written} != 0`;
    return value.value === 0 ? 'false' : value.value === 1 ? 'true' : undefined;
  }
  if (value.kind === 'float' && expected === 'int' && expression.kind === 'number')
    return String(Math.round(value.value));
  if (value.kind === 'int' && expected === 'list') return `0..${written}`;
  if (value.kind === 'size' && expected === 'int')
    return value.height === value.width ? String(value.height) : undefined;
  if (value.kind !== 'tuple' && value.kind !== 'list') return undefined;
  const numbers = value.items.map((item) => (item.kind === 'int' ? item.value : undefined));
  const [height, width] = numbers;
  if (takesSize && numbers.length === 2 && height !== undefined && width !== undefined)
    return sizeText(expression, height, width);
  if (expected === 'int' && height !== undefined && numbers.every((number) => number === height)) return String(height);
  return undefined;
}

/** `3x3` for literals, `size(h, w)` for anything else. */
function sizeText(expression: Expression, height: number, width: number): string {
  if (expression.kind !== 'tuple' && expression.kind !== 'list') return `${height}x${width}`;
  if (expression.items.every((item) => item.kind === 'number')) return `${height}x${width}`;
  return `size(${expression.items.map((item) => textOf(item.span)).join(', ')})`;
}
