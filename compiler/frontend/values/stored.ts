// Values of the language → attributes as graphs store them.

import type { Attribute } from '../../ir/graph.ts';
import type { AttributeSpec } from '../../ir/operator.ts';
import type { Value } from './types.ts';
import { convertNamed } from './types.ts';

/** The value as an attribute of this type; undefined where it is none. `choice` and `weights` are read elsewhere. */
export function storedValue(spec: AttributeSpec, value: Value): Attribute | undefined {
  switch (spec.type) {
    case 'int':
    case 'float':
    case 'bool':
    case 'string':
      return storedScalar(convertNamed(value, spec.type));
    case 'size': {
      const size = convertNamed(value, 'size');
      return size?.kind === 'size' ? [size.height, size.width] : undefined;
    }
    case 'factor': {
      if (value.kind === 'size') return [value.height, value.width];
      if (value.kind === 'tuple' || value.kind === 'list')
        return value.items.length === 2 ? numbers(value, 'float') : undefined;
      const factor = storedScalar(convertNamed(value, 'float'));
      return typeof factor === 'number' ? [factor, factor] : undefined;
    }
    case 'padding': {
      if (value.kind === 'tuple' || value.kind === 'list')
        return value.items.length === 4 ? numbers(value, 'int') : undefined;
      const size = convertNamed(value, 'size');
      return size?.kind === 'size' ? [size.height, size.width, size.height, size.width] : undefined;
    }
    case 'ints':
      return numbers(value, 'int');
    case 'floats':
      return numbers(value, 'float');
    case 'choice':
    case 'weights':
      return undefined;
    default:
      return spec.type satisfies never;
  }
}

/** A number, word or truth as it is stored; undefined for any other value. */
export function storedScalar(value: Value | undefined): Attribute | undefined {
  return value && 'value' in value ? value.value : undefined;
}

function numbers(value: Value, type: 'int' | 'float'): readonly number[] | undefined {
  if (value.kind !== 'list' && value.kind !== 'tuple') return undefined;
  const items = value.items.map((item) => storedScalar(convertNamed(item, type)));
  return items.every((item) => typeof item === 'number') ? items : undefined;
}
