// Values as other frameworks write them → as our source does; undefined where that cannot be said for certain.

import type { Expression } from '../../../../grammar/ast.ts';
import { textOf } from '../../../../grammar/source.ts';
import type { AttributeSpec } from '../../../ir/operator.ts';
import type { Form } from '../../../ir/foreign.ts';

/** `None` and `null`: as if the argument were not given. */
export function isNone(node: Expression): boolean {
  return node.kind === 'name' && (node.name === 'None' || node.name === 'null');
}

/** A word with or without quotes. */
export function wordOf(node: Expression): string | undefined {
  return node.kind === 'string' ? node.value : node.kind === 'name' ? node.name : undefined;
}

/** The value of a foreign argument as our source text, or undefined where it has no such form. */
export function ourValue(node: Expression, spec: AttributeSpec, form?: Form): string | undefined {
  if (form) return formed(node, form);
  switch (spec.type) {
    case 'int':
    case 'float':
      return isScalar(node) ? textOf(node.span) : undefined;
    case 'bool':
      if (node.kind === 'number') return node.value === 1 ? 'true' : node.value === 0 ? 'false' : undefined;
      return node.kind === 'boolean' ? String(node.value) : isScalar(node) ? textOf(node.span) : undefined;
    case 'size':
      return sizeValue(node);
    case 'factor':
      return isScalar(node) ? textOf(node.span) : itemsOf(node)?.length === 2 ? listed(node) : undefined;
    case 'padding': {
      const word = wordOf(node)?.toLowerCase();
      if (word === 'same') return 'same';
      if (word === 'valid') return '0';
      const items = itemsOf(node);
      return items?.length === 4 ? sides(items) : sizeValue(node);
    }
    case 'choice': {
      const word = wordOf(node);
      return word !== undefined && spec.choices?.includes(word) ? word : undefined;
    }
    case 'ints':
      return listed(node);
    default:
      return undefined;
  }
}

/** Whether the argument has the only value that means the same here. */
export function isValue(node: Expression, value: string): boolean {
  if (value === 'None') return isNone(node);
  if (node.kind === 'boolean') return String(node.value) === value;
  if (node.kind === 'string' || node.kind === 'name') return wordOf(node) === value;
  const items = itemsOf(node);
  if (items) return items.length > 0 && items.every((item) => isValue(item, value));
  return Number(textOf(node.span)) === Number(value);
}

/** As `ourValue`, of a default in a table. */
export function ourDefault(text: string, form?: Form): string | undefined {
  if (text === 'None') return undefined;
  return form === 'one minus' || form === 'shared by one' ? ofNumber(Number(text), form) : text;
}

/** Whether two texts of values mean the same: equal, or equal as numbers. */
export function sameText(a: string, b: string): boolean {
  return a === b || (a !== '' && b !== '' && Number(a) === Number(b));
}

function formed(node: Expression, form: Form): string | undefined {
  const items = itemsOf(node);
  switch (form) {
    case 'one minus':
    case 'shared by one':
      return node.kind === 'number' ? ofNumber(node.value, form) : undefined;
    case 'even':
      return node.kind === 'number' && node.value % 2 === 0 ? ofNumber(node.value, form) : undefined;
    case 'left right top bottom': {
      if (!items) return isScalar(node) ? textOf(node.span) : undefined;
      const [left, right, top, bottom] = items;
      return items.length === 4 ? sides([top!, left!, bottom!, right!]) : undefined;
    }
    case 'pairs': {
      if (!items) return isScalar(node) ? textOf(node.span) : undefined;
      const [rows, columns] = items.map(itemsOf);
      if (rows?.length !== 2 || columns?.length !== 2) return sizeValue(node);
      return sides([rows[0]!, columns[0]!, rows[1]!, columns[1]!]);
    }
    case 'extents':
      return listed(node);
    default:
      return form satisfies never;
  }
}

function listed(node: Expression): string | undefined {
  return itemsOf(node)?.every(isScalar) ? `[${textsOf(itemsOf(node)!).join(', ')}]` : undefined;
}

function ofNumber(value: number, form: 'one minus' | 'shared by one' | 'even'): string {
  if (form === 'even') return String(value);
  return form === 'one minus' ? String(Number((1 - value).toPrecision(12))) : String(value === 1);
}

/** Known when compiling, and one number as far as can be seen. */
function isScalar(node: Expression): boolean {
  return !['string', 'boolean', 'size', 'tuple', 'list', 'chain'].includes(node.kind) && !isNone(node);
}

function itemsOf(node: Expression): readonly Expression[] | undefined {
  return node.kind === 'tuple' || node.kind === 'list' ? node.items : undefined;
}

function textsOf(items: readonly Expression[]): readonly string[] {
  return items.map(({ span }) => textOf(span));
}

/** `3`, `3x5`, `size(h, w)` */
function sizeValue(node: Expression): string | undefined {
  const items = itemsOf(node);
  if (!items) return isScalar(node) || node.kind === 'size' ? textOf(node.span) : undefined;
  if (items.length === 1) return isScalar(items[0]!) ? textOf(items[0]!.span) : undefined;
  if (items.length !== 2 || !items.every(isScalar)) return undefined;
  return pair(textsOf(items));
}

function pair([height, width]: readonly string[]): string {
  if (height === width) return height!;
  return [height, width].every((text) => /^\d+$/.test(text!)) ? `${height}x${width}` : `size(${height}, ${width})`;
}

/** From top, left, bottom, right. */
function sides(items: readonly Expression[]): string | undefined {
  if (!items.every(isScalar)) return undefined;
  const [top, left, bottom, right] = textsOf(items);
  return top === bottom && left === right ? pair([top!, left!]) : `(${top}, ${left}, ${bottom}, ${right})`;
}
