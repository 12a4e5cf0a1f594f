// Attributes of a node against their specification: filling in what was not written, and checking what a graph holds.

import type { Attribute, Attributes } from './graph.ts';
import type { AttributeSpec, Operator } from './operator.ts';

/**
 * The stored form of the attributes someone wrote: defaults filled in (`=kernel` copies another attribute), sizes as `[h, w]`,
 * paddings as `[top, left, bottom, right]` or `same`. Attributes without a default, or with the default null, stay unset;
 * unknown ones are kept for the caller or the verifier to report; `weights` are operands, never stored.
 */
export function completeAttributes(operator: Operator, given: Attributes): Attributes {
  const specs = storedSpecs(operator);
  const complete = new Map<string, Attribute>();
  const valueOf = (name: string, spec: AttributeSpec, followed: number): Attribute | undefined => {
    const value = Object.hasOwn(given, name) ? given[name]! : (spec.default ?? undefined);
    const copied = typeof value === 'string' && !Object.hasOwn(given, name) ? copiedAttribute(spec) : undefined;
    if (copied === undefined) return value === undefined ? undefined : stored(spec, value);
    const source = operator.attributes[copied];
    const from = source && followed < specs.length ? valueOf(copied, source, followed + 1) : undefined;
    return from === undefined ? undefined : stored(spec, from);
  };
  for (const [name, spec] of specs) {
    const value = valueOf(name, spec, 0);
    if (value !== undefined) complete.set(name, value);
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(operator.attributes, name)) complete.set(name, value);
  }
  return Object.fromEntries(complete);
}

/** The attributes of an operator that graphs store. */
function storedSpecs({ attributes }: Operator): readonly (readonly [string, AttributeSpec])[] {
  const known = specsOf.get(attributes);
  if (known) return known;
  const specs = Object.entries(attributes).filter(([, spec]) => spec.type !== 'weights');
  specsOf.set(attributes, specs);
  return specs;
}

const specsOf = new WeakMap<Operator['attributes'], readonly (readonly [string, AttributeSpec])[]>();

/** What is wrong with a stored attribute, as a phrase (`must be two whole numbers`), or undefined. */
export function attributeProblem(spec: AttributeSpec, value: Attribute): string | undefined {
  const numbers = typeof value === 'number' ? [value] : Array.isArray(value) ? (value as readonly number[]) : [];
  const shapeProblem = mustBe(spec, value);
  if (shapeProblem !== undefined) return `must be ${shapeProblem}`;
  const { minimum, maximum } = spec;
  if (minimum !== undefined && numbers.some((number) => number < minimum)) return `must be at least ${minimum}`;
  if (maximum !== undefined && numbers.some((number) => number > maximum)) return `must be at most ${maximum}`;
  return undefined;
}

/** Whether two values are equal: numbers as `Object.is` has it, lists element by element. */
export function sameAttribute(a: Attribute | undefined, b: Attribute | undefined): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b);
  return a.length === b.length && a.every((number, index) => Object.is(number, b[index]));
}

/** `kernel` for a default `=kernel`. */
function copiedAttribute(spec: AttributeSpec): string | undefined {
  return typeof spec.default === 'string' && spec.default.startsWith('=') ? spec.default.slice(1) : undefined;
}

function stored(spec: AttributeSpec, value: Attribute): Attribute {
  if ((spec.type === 'size' || spec.type === 'factor') && typeof value === 'number') return [value, value];
  if (spec.type === 'padding') {
    if (typeof value === 'number') return [value, value, value, value];
    if (Array.isArray(value) && value.length === 2) return [...value, ...value];
  }
  return value;
}

function isAscending([first = 0, second = 0]: readonly number[]): boolean {
  return first <= second;
}

function mustBe(spec: AttributeSpec, value: Attribute): string | undefined {
  const isList = (length?: number, whole = true): boolean =>
    Array.isArray(value) &&
    (length === undefined || value.length === length) &&
    value.every((number) => typeof number === 'number' && (!whole || Number.isSafeInteger(number)));
  switch (spec.type) {
    case 'int':
      return Number.isSafeInteger(value) ? undefined : 'a whole number';
    case 'float':
      return typeof value === 'number' ? undefined : 'a number';
    case 'bool':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'string':
      return typeof value === 'string' ? undefined : 'a string';
    case 'size':
      return isList(2) ? undefined : 'two whole numbers';
    case 'factor':
      return isList(2, false) ? undefined : 'two numbers';
    case 'padding':
      return isList(4) || value === 'same' ? undefined : 'four whole numbers or same';
    case 'ints':
      return isList() ? undefined : 'a list of whole numbers';
    case 'floats':
      if (!spec.isRange) return isList(undefined, false) ? undefined : 'a list of numbers';
      return isList(2, false) && isAscending(value as readonly number[]) ? undefined : 'two numbers, the smaller first';
    case 'choice':
      return spec.choices?.includes(value as string) ? undefined : `one of ${spec.choices?.join(', ') ?? 'nothing'}`;
    case 'weights':
      return 'an operand, not an attribute';
    default:
      return spec.type satisfies never;
  }
}
