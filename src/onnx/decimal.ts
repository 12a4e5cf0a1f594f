// Numbers of f32 as the decimals that their authors wrote.

import type { Attribute, Attributes } from '../../compiler/ir/graph.ts';

/**
 * The shortest decimal that is the same number in f32, and the number itself where it is none of f32. A file holds 1e-5 as
 * 9.999999747378752e-6, which is the f32 nearest to it.
 */
export function shortestDecimal(value: number): number {
  if (Math.fround(value) !== value || Number.isInteger(value)) return value;
  for (let digits = 1; digits < 9; digits += 1) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return value;
}

/** Attributes with every single number so. Lists are sizes and factors, from which others have been computed already. */
export const withShortDecimals = (attributes: Attributes): Attributes => withNumbers(attributes, shortestDecimal);

/** Attributes with every single number as f32 holds it, which is what a target that computes in f64 must compare with. */
export const withSingles = (attributes: Attributes): Attributes => withNumbers(attributes, Math.fround);

function withNumbers(attributes: Attributes, change: (value: number) => number): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]): [string, Attribute] => [
      name,
      typeof value === 'number' ? change(value) : value,
    ]),
  );
}
