// Nested JSON arrays of numbers: `[[[0, 0.5], …], …]`, all of one shape.

import { InputError } from './input-error.ts';
import type { NumericArray } from './numeric.ts';

const MAX_RANK = 8;

/** The shape is that of the nesting; a lone number has shape `[]`. Throws `InputError`. */
export function readJsonArray(text: string): NumericArray {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError('the file is not valid JSON', { cause });
  }
  const shape = shapeOf(value);
  const numbers: number[] = [];
  collect(value, shape, 0, '', numbers);
  return { shape, data: Float32Array.from(numbers) };
}

/** Follows the first elements; `collect` then checks that the others agree. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) {
    if (shape.length === MAX_RANK)
      throw new InputError(`the array is nested more than ${MAX_RANK} deep`, { limit: true });
    shape.push(inner.length);
  }
  return shape;
}

function collect(value: unknown, shape: readonly number[], axis: number, path: string, into: number[]): void {
  if (axis === shape.length) {
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new InputError(`${where(path)} is ${kind(value)}, expected a number`);
    into.push(value);
    return;
  }
  if (!Array.isArray(value))
    throw new InputError(`${where(path)} is ${kind(value)}, expected a list of ${shape[axis]}`);
  if (value.length !== shape[axis]) {
    const first = path.replace(/\d+/g, '0');
    throw new InputError(`${where(path)} has length ${value.length}, but ${where(first)} has length ${shape[axis]}`);
  }
  value.forEach((inner, i) => collect(inner, shape, axis + 1, `${path}[${i}]`, into));
}

function where(path: string): string {
  return path === '' ? 'the value' : `element ${path}`;
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : 'too large';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
