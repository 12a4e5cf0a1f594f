// What many operators ask of shapes: the kind of value, its size, divisors, and agreement among operands.

import type { Report, Violation } from '../ir/operator.ts';
import { axisNames, formatShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';

/** Elements of one tensor without its batch axis; all indices are i32. */
export const MAX_ELEMENTS = 2 ** 31 - 1;

/** Multiply–accumulates of a network for one image. Sums and differences of such counts, and twice as many operations, are exact. */
export const MAX_MACS = 2 ** 50;

/** Constraints that several operators have, each about the one of that name. */
export const sentences = {
  image: (name: string) => `the input of \`${name}\` must be an image [C, H, W]`,
  tokens: (name: string) => `the input of \`${name}\` must be tokens [length, features]`,
  flow: (name: string) => `the input of \`${name}\` must be an image [C, H, W] or flat [features]`,
  anyFlow: (name: string) =>
    `the input of \`${name}\` must be an image [C, H, W], tokens [length, features] or flat [features]`,
  weights: 'the value must be weights, without a batch axis',
  window: (name: string) => `the window of \`${name}\` must fit into the padded image`,
  result: (name: string) => `the result of \`${name}\` must have fewer than 2^31 elements`,
  size: (name: string) => `each tensor of \`${name}\`, padding included, must have fewer than 2^31 elements`,
} as const;

/** Whether the shape is [C, H, W]. */
export const isImage = (shape: Shape): boolean => shape.length === 3;
/** Whether the shape is [length, features]. */
export const isTokens = (shape: Shape): boolean => shape.length === 2;
/** Whether a value that flows may have the shape: an image, tokens or flat. */
export const isAnyFlow = (shape: Shape): boolean => axisNames(shape.length) !== undefined;
/** Whether the shape is [C, H, W] or [features]. */
export const isFlow = (shape: Shape): boolean => shape.length === 3 || shape.length === 1;

/** What to say of a shape that is not [C, H, W]. */
export const notAnImage = (shape: Shape): Violation => ({ found: formatShape(shape), expected: '[C, H, W]' });
/** What to say of a shape that is not [length, features]. */
export const notTokens = (shape: Shape): Violation => ({ found: formatShape(shape), expected: '[length, features]' });
/** What to say of a shape that is neither [C, H, W] nor [features]. */
export const notAFlow = (shape: Shape): Violation => ({
  found: formatShape(shape),
  expected: '[C, H, W] or [features]',
});

/** What to say of a shape that no value that flows has. */
export const notAnyFlow = (shape: Shape): Violation => ({
  found: formatShape(shape),
  expected: '[C, H, W], [length, features] or [features]',
});

/** The results, where they and `others` (weights, padded images) have at most `MAX_ELEMENTS` each; else the rule of that name is broken. */
export function withinLimit(
  results: readonly TensorType[],
  report: Report,
  rule: string,
  ...others: readonly Shape[]
): readonly TensorType[] | undefined {
  const shape = [...results.map((result) => result.shape), ...others].find((one) => !fits(one));
  if (!shape) return results;
  const found = `${formatShape(shape)}: ${sizeOf(shape)} elements`;
  return report(rule, { found, expected: `at most ${MAX_ELEMENTS}`, limit: true });
}

/** False also for sizes that overflowed into infinity or NaN. */
export const fits = (shape: Shape): boolean => sizeOf(shape) <= MAX_ELEMENTS;

/** The divisor of `value` that is nearest to `wanted`, the smaller one of two. */
export function nearestDivisor(value: number, wanted: number): number {
  let best = 1;
  for (let small = 1; small * small <= value; small += 1) {
    if (value % small !== 0) continue;
    for (const divisor of [small, value / small]) {
      const gain = Math.abs(best - wanted) - Math.abs(divisor - wanted);
      if (gain > 0 || (gain === 0 && divisor < best)) best = divisor;
    }
  }
  return best;
}

/** Euclid's algorithm, for non-negative integers. */
export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The most frequent of some keys; of equals the earliest. */
export function majority<T>(keys: readonly T[]): T {
  const counts = new Map<T, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}

/** One operand differs from the others: who, what, and every operand's shape. `keys` says for each what must agree. */
export function disagreement(shapes: readonly Shape[], keys: readonly string[]): Violation {
  const expected = majority(keys);
  const operand = keys.findIndex((key) => key !== expected);
  const agreeing = keys.filter((key) => key === expected).length;
  return {
    found: keys[operand]!,
    expected:
      agreeing > 1
        ? `${expected} (${agreeing === keys.length - 1 ? 'the other' : 'as in'} ${inWords(agreeing)})`
        : expected,
    notes: shapes.map((shape, index) => `path${index + 1}  ${formatShape(shape)}`),
    operand,
  };
}

function inWords(count: number): string {
  return ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'][count] ?? String(count);
}
