// Intervals of numbers, and what operators do to them (Moore, 1966).

/** NaN aside, every element lies between both. −0 is less than +0, so that a range from +0 never holds −0. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** All numbers. */
export const unbounded: Range = { low: -Infinity, high: Infinity };

/** +0 and more. */
export const positive: Range = { low: 0, high: Infinity };

/** Neither negative nor −0. */
export const isPositive = ({ low }: Range): boolean => contains(positive, { low, high: Infinity });

/** Whether holding numbers of the range `inner` between the bounds of `outer` changes none of them. */
export function contains(outer: Range, inner: Range): boolean {
  return (
    Object.is(Math.max(inner.low, outer.low), inner.low) && Object.is(Math.min(inner.high, outer.high), inner.high)
  );
}

/** `x` held between the bounds, as the operators do it. */
export const hold = ({ low, high }: Range, x: number): number => Math.min(Math.max(x, low), high);

/** The numbers of `inner` held between the bounds of `outer`. */
export const held = (outer: Range, inner: Range): Range => ({
  low: hold(outer, inner.low),
  high: hold(outer, inner.high),
});

/** The least range that has all of these in it. */
export const hull = (ranges: readonly Range[]): Range => ({
  low: Math.min(...ranges.map(({ low }) => low)),
  high: Math.max(...ranges.map(({ high }) => high)),
});

/** Of results each of which is a number of the first operand. */
export const rangeOfFirst = ([first]: readonly Range[]): Range => first!;

/** Of sums, means and products: they round, so that only their sign is certain. */
export const rangeOfSign = (operands: readonly Range[]): Range => (operands.every(isPositive) ? positive : unbounded);
