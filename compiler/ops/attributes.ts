// Typed access to a node's attributes. The front end and the verifier have checked them against the operator's
// specification, so another type is a bug, not a mistake of the user.

import type { Attribute, Attributes } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import type { AttributeSpec } from '../ir/operator.ts';
import { MAX_ELEMENTS } from './limits.ts';

type Four = readonly [number, number, number, number];

/** A stored attribute of the type int or float. */
export const numberOf = (attributes: Attributes, name: string): number =>
  get(attributes, name, (value): value is number => typeof value === 'number');

/** A stored attribute of the type bool. */
export const flagOf = (attributes: Attributes, name: string): boolean =>
  get(attributes, name, (value): value is boolean => typeof value === 'boolean');

/** A stored attribute of the type choice or string. */
export const wordOf = (attributes: Attributes, name: string): string =>
  get(attributes, name, (value): value is string => typeof value === 'string');

/** A stored attribute of the type ints or floats. */
export const listOf = (attributes: Attributes, name: string): readonly number[] => get(attributes, name, isList);

/** Height, width. */
export const sizeAt = (attributes: Attributes, name: string): readonly [number, number] =>
  get(attributes, name, (value): value is [number, number] => isList(value) && value.length === 2);

/** Top, left, bottom, right; `same` has been resolved by `canonical`. */
export const paddingOf = (attributes: Attributes, name = 'padding'): Four =>
  get(attributes, name, (value): value is Four & number[] => isList(value) && value.length === 4);

/** The attributes that operators with a window share. */
export const windowSpecs = {
  kernel: { type: 'size', minimum: 1 },
  stride: {
    type: 'size',
    default: [1, 1],
    minimum: 1,
    maximum: MAX_ELEMENTS,
  },
  padding: {
    type: 'padding',
    default: [0, 0, 0, 0],
    minimum: 0,
  },
  dilation: {
    type: 'size',
    default: [1, 1],
    minimum: 1,
    maximum: MAX_ELEMENTS,
  },
} as const satisfies Record<string, AttributeSpec>;

/** The attributes that operators with learned weights share. */
export const weightSpecs = {
  bias: { type: 'bool', default: true },
  weight: { type: 'weights', default: null },
} as const satisfies Record<string, AttributeSpec>;

/** The attribute of losses and counts that leave out the pixels of one class. */
export const ignoredClass = {
  type: 'int',
  default: null,
} as const satisfies AttributeSpec;

function isList(value: Attribute | undefined): value is readonly number[] {
  return Array.isArray(value);
}

function get<T extends Attribute>(
  attributes: Attributes,
  name: string,
  is: (value: Attribute | undefined) => value is T,
): T {
  const value = attributes[name];
  invariant(is(value), () => `attribute ${name} is ${JSON.stringify(value)}`);
  return value;
}

/** The size that an operator is asked for. */
export const resultSize: AttributeSpec = { type: 'size', minimum: 1 };

/** The size that an operator's input had, of its gradient. */
export const inputSize: AttributeSpec = { ...resultSize };
