// Numbers, sizes and lists as the language writes them.

import type { AttributeType, Operator } from '../../compiler/ir/operator.ts';
import { valueKey } from './encode.ts';
import type { IsDefault } from './encode.ts';
import { shortest } from './step.ts';
import type { Slot, Value, Variable } from './tree.ts';

/** A value where the names of variables are known. */
export function valueText({ value, type }: Slot, nameOf: (variable: Variable) => string): string {
  if (typeof value === 'number') return numberText(value);
  if ('variable' in value) {
    const name = nameOf(value.variable);
    if (value.factor === 1) return name;
    return value.factor > 1 ? `${value.factor} * ${name}` : `${name} / ${1 / value.factor}`;
  }
  // Whole numbers, which have no exponent between the signs `x`.
  if (type === 'size' || type === 'padding') return value.length === 2 ? value.join('x') : `(${value.join(', ')})`;
  return `[${value.map(type === 'ints' ? String : numberText).join(', ')}]`;
}

/** The shortest decimal that is this number. */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const [plain, scientific] = [`${value}`, value.toExponential()];
  return plain.length > scientific.length + 1 ? scientific : plain;
}

/** The type of a parameter, from what it is given. */
export function typeText(type: AttributeType, values: readonly Value[]): string {
  switch (type) {
    case 'size':
    case 'padding':
      if (values.some((value) => Array.isArray(value) && value.length === 4)) return '(int, int, int, int)';
      return values.every((value) => typeof value === 'number') ? 'int' : 'size';
    case 'ints':
      return '[int]';
    case 'floats':
      return '[float]';
    case 'float':
      return 'float';
    default:
      return 'int';
  }
}

/** Which attributes of a step are what they are unless written. */
export function defaultsOf(operatorOf: (name: string) => Operator): IsDefault {
  return (step, name, value) => {
    const spec = operatorOf(step.op).attributes[name]!;
    const { default: given } = spec;
    if (given === undefined || given === null) return false;
    if (typeof given === 'string' && given.startsWith('=')) {
      const source = step.numbers.get(given.slice(1));
      return source !== undefined && valueKey(source.value) === valueKey(value);
    }
    if (typeof given === 'string' || typeof given === 'boolean') return false;
    return valueKey(shortest(spec, given)) === valueKey(value);
  };
}
