// The values that expressions have when compiling (numbers, words, sizes, tuples, lists) and the types of parameters.

import type { TypeExpression } from '../../../grammar/ast.ts';
import type { Value } from '../names/scope.ts';

export type { Value } from '../names/scope.ts';

/** A value of type int. */
export const int = (value: number): Value => ({ kind: 'int', value });
/** A value of type float. */
export const float = (value: number): Value => ({ kind: 'float', value });
/** A value of type bool. */
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
    case 'flowing':
      return 'a value';
    case 'block':
      return value.text;
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
    case 'flowing':
      return 'a value that flows';
    case 'block':
      return 'a block';
    default:
      return value satisfies never;
  }
}

/**
 * The value as a value of that type, or undefined when it is not one: a whole float is an int, an int is a float,
 * and an int is a square size. What needs no conversion is the same object afterwards, and lists that are shared stay so:
 * written out they may be exponentially long. `work` is called once per element; false stops.
 */
export function convert(value: Value, type: TypeExpression, work: () => boolean): Value | undefined {
  const known = new Map<TypeExpression, Map<Value, Value | undefined>>();

  function of(item: Value, as: TypeExpression): Value | undefined {
    if (!work()) return undefined;
    if (as.kind === 'named') return convertNamed(item, as.name);
    if (item.kind !== (as.kind === 'tuple-type' ? 'tuple' : 'list')) return undefined;
    const memo = known.get(as) ?? new Map<Value, Value | undefined>();
    known.set(as, memo);
    if (!memo.has(item)) memo.set(item, ofItems(item, as));
    return memo.get(item);
  }

  function ofItems(
    list: Extract<Value, { items: readonly Value[] }>,
    as: Exclude<TypeExpression, { kind: 'named' }>,
  ): Value | undefined {
    if (as.kind === 'tuple-type' && list.items.length !== as.items.length) return undefined;
    const items: Value[] = [];
    for (const [index, item] of list.items.entries()) {
      const converted = of(item, as.kind === 'tuple-type' ? as.items[index]! : as.item);
      if (!converted) return undefined;
      items.push(converted);
    }
    return items.every((item, index) => item === list.items[index]) ? list : { kind: list.kind, items };
  }

  return of(value, type);
}

export type TypeName = Extract<TypeExpression, { kind: 'named' }>['name'];

/** The value as one of the type, or undefined where it is none: a float that is whole is an int, an int is a float. */
export function convertNamed(value: Value, name: TypeName): Value | undefined {
  const isNumber = value.kind === 'int' || value.kind === 'float';
  switch (name) {
    case 'int':
      if (!isNumber || !Number.isSafeInteger(value.value)) return undefined;
      return value.kind === 'int' && !Object.is(value.value, -0) ? value : int(value.value + 0);
    case 'float':
      if (!isNumber) return undefined;
      return value.kind === 'float' ? value : float(value.value);
    case 'bool':
    case 'string':
    case 'block':
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
