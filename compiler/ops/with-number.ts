// Arithmetic between a value and a number that is known when compiling: `x * 0.5`, `1 - x`, `maximum(0)`. Each is an elementwise
// operator of one value, so that it is fused into the kernel before it.

import type { Attributes } from '../ir/graph.ts';
import type { AttributeSpec, Operator } from '../ir/operator.ts';
import { add, constant, div, mul, sub, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';

// The number.
const number: AttributeSpec = { type: 'float' };
const given = (attributes: Attributes): number => numberOf(attributes, 'number');

/** x → x · factor */
export const times = defineElementwise({
  name: 'times',
  // A value times a number.
  internal: true,
  // The number.
  attributes: { factor: { type: 'float' } },
  describe: (attributes) => `times ${numberOf(attributes, 'factor')}`,
  expression: (attributes) => mul(x, constant(numberOf(attributes, 'factor'))),
  unchanged: ({ attributes }) => numberOf(attributes, 'factor') === 1,
  gradient: ({ apply, attributes, upstream: [dy] }) => [apply('times', [dy!], attributes)],
});

/** x → x + number */
export const plus = defineElementwise({
  name: 'plus',
  // A value plus a number.
  internal: true,
  attributes: { number },
  describe: (attributes) => `plus ${given(attributes)}`,
  expression: (attributes) => add(x, constant(given(attributes))),
  unchanged: ({ attributes }) => Object.is(given(attributes), -0) || (given(attributes) === 0 && 'positive'),
  gradient: ({ upstream }) => upstream,
});

/** x → number − x */
export const subtractedFrom = defineElementwise({
  name: 'subtracted_from',
  // A number minus a value.
  internal: true,
  attributes: { number },
  describe: (attributes) => `subtracted_from ${given(attributes)}`,
  expression: (attributes) => sub(constant(given(attributes)), x),
  gradient: ({ apply, upstream: [dy] }) => [apply('times', [dy!], { factor: -1 })],
});

/** x → x / number */
export const dividedBy = defineElementwise({
  name: 'divided_by',
  // A value divided by a number.
  internal: true,
  attributes: { number },
  describe: (attributes) => `divided_by ${given(attributes)}`,
  expression: (attributes) => div(x, constant(given(attributes))),
  unchanged: ({ attributes }) => given(attributes) === 1,
  gradient: ({ apply, attributes, upstream: [dy] }) => [apply('divided_by', [dy!], attributes)],
});

/** x → number / x */
export const dividing = defineElementwise({
  name: 'dividing',
  // A number divided by a value.
  internal: true,
  attributes: { number },
  describe: (attributes) => `dividing ${given(attributes)}`,
  expression: (attributes) => div(constant(given(attributes)), x),
});

/** The operators of this file. */
export const withNumberOperators: readonly Operator[] = [times, plus, subtractedFrom, dividedBy, dividing];

export type NumberOperation = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum';

/** An operator of one value, and its attributes. */
export interface WithNumber {
  readonly operator: string;
  readonly attributes: Attributes;
}

/** What computes `value ∘ number` (the number is on the right), or `number ∘ value` (on the left). */
export function withNumber(operation: NumberOperation, operand: number, side: 'left' | 'right'): WithNumber {
  switch (operation) {
    case 'add':
      return { operator: 'plus', attributes: { number: operand } };
    case 'sub':
      if (side === 'left') return { operator: 'subtracted_from', attributes: { number: operand } };
      return { operator: 'plus', attributes: { number: -operand } };
    case 'mul':
      return { operator: 'times', attributes: { factor: operand } };
    case 'div':
      return { operator: side === 'left' ? 'dividing' : 'divided_by', attributes: { number: operand } };
    case 'maximum':
      return { operator: 'clip', attributes: { min: operand, max: Infinity } };
    case 'minimum':
      return { operator: 'clip', attributes: { min: -Infinity, max: operand } };
    default:
      return operation satisfies never;
  }
}
