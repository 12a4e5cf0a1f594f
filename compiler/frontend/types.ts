// The values that expressions have when compiling (numbers, words, sizes, tuples, lists) and the types of parameters.

import type { TypeExpression } from '../../grammar/ast.ts';

export type Value =
  | { readonly kind: 'int' | 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'size'; readonly height: number; readonly width: number }
  | { readonly kind: 'tuple' | 'list'; readonly items: readonly Value[] };

export const int = (value: number): Value => ({ kind: 'int', value });
export const float = (value: number): Value => ({ kind: 'float', value });
export const bool = (value: boolean): Value => ({ kind: 'bool', value });

/** `(int, [size])`, as in the source. */
export function formatType(type: TypeExpression): string {
  switch (type.kind) {
    case 'named':
      return type.name;
    case 'tuple-type':
      return `(${type.items.map(formatType).join(', ')})`;
    case 'list-type':
      return `[${formatType(type.item)}]`;
    default:
      return type satisfies never;
  }
}

/** As it would be written in the source; long lists are cut, because lists may share and so be exponentially long. */
export function formatValue(value: Value, room = 12): string {
  switch (value.kind) {
    case 'int':
    case 'float':
    case 'bool':
      return String(value.value);
    case 'string':
      return JSON.stringify(value.value.length > 60 ? `${value.value.slice(0, 60)}…` : value.value);
    case 'size':
      return `${value.height}x${value.width}`;
    case 'tuple':
    case 'list': {
      const shown = value.items.slice(0, room).map((item) => formatValue(item, Math.floor(room / 2)));
      if (shown.length < value.items.length) shown.push('…');
      return value.kind === 'tuple' ? `(${shown.join(', ')})` : `[${shown.join(', ')}]`;
    }
    default:
      return value satisfies never;
  }
}

/** What a value is, in words: `an int`, `a tuple of 2`. */
export function describeKind(value: Value): string {
  switch (value.kind) {
    case 'int':
      return 'an int';
    case 'float':
    case 'bool':
    case 'string':
    case 'size':
      return `a ${value.kind}`;
    case 'tuple':
    case 'list':
      return `a ${value.kind} of ${value.items.length}`;
    default:
      return value satisfies never;
  }
}

/**
 * The value as a value of that type, or undefined when it is not one: a whole float is an int, an int is a float,
 * and an int is a square size. `work` is called once per element, so that a caller can bound shared, exponentially long lists.
 */
export function convert(value: Value, type: TypeExpression, work: () => boolean): Value | undefined {
  if (!work()) return undefined;
  switch (type.kind) {
    case 'named':
      return convertNamed(value, type.name);
    case 'tuple-type': {
      if (value.kind !== 'tuple' || value.items.length !== type.items.length) return undefined;
      return convertItems(value, (index) => type.items[index]!, work);
    }
    case 'list-type':
      return value.kind === 'list' ? convertItems(value, () => type.item, work) : undefined;
    default:
      return type satisfies never;
  }
}

export type TypeName = Extract<TypeExpression, { kind: 'named' }>['name'];

export function convertNamed(value: Value, name: TypeName): Value | undefined {
  const isNumber = value.kind === 'int' || value.kind === 'float';
  switch (name) {
    case 'int':
      return isNumber && Number.isSafeInteger(value.value) ? int(value.value + 0) : undefined;
    case 'float':
      return isNumber ? float(value.value) : undefined;
    case 'bool':
    case 'string':
      return value.kind === name ? value : undefined;
    case 'size': {
      if (value.kind === 'size') return value;
      const extent = convertNamed(value, 'int');
      return extent?.kind === 'int' ? { kind: 'size', height: extent.value, width: extent.value } : undefined;
    }
    default:
      return name satisfies never;
  }
}

function convertItems(
  value: Extract<Value, { items: readonly Value[] }>,
  typeOf: (index: number) => TypeExpression,
  work: () => boolean,
): Value | undefined {
  const items: Value[] = [];
  for (const [index, item] of value.items.entries()) {
    const converted = convert(item, typeOf(index), work);
    if (!converted) return undefined;
    items.push(converted);
  }
  return { kind: value.kind, items };
}
