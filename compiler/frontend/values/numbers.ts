// Joins of a value with a number that is known when compiling: `x * 0.5`, `1 - x`, `mul(0.5)`.

import type { NumberOperation } from '../../ops/with-number.ts';

const joins: readonly NumberOperation[] = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum'];

/** Whether a join also takes a number. */
export function joinsNumbers(name: string): name is NumberOperation {
  return joins.some((join) => join === name);
}

/** `+` → `add`; undefined for what is no arithmetic on values. */
export function joinOf(operator: string): NumberOperation | undefined {
  return signs.get(operator);
}

const signs: ReadonlyMap<string, NumberOperation> = new Map([
  ['+', 'add'],
  ['-', 'sub'],
  ['*', 'mul'],
  ['/', 'div'],
]);
