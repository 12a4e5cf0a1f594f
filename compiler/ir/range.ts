// Interval arithmetic (Moore, 1966): bounds of the elements of a value.

/** Every element that is not NaN lies between both bounds. −0 is less than +0, so that a range from +0 excludes −0. */
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

/** Whether clipping numbers of the range `inner` to `outer` changes none of them. */
export function contains(outer: Range, inner: Range): boolean {
  return (
    Object.is(Math.max(inner.low, outer.low), inner.low) && Object.is(Math.min(inner.high, outer.high), inner.high)
  );
}

/** `x` clipped to the bounds, as operators do it: NaN stays NaN. */
export const hold = ({ low, high }: Range, x: number): number => Math.min(Math.max(x, low), high);

/** The range of numbers of `inner` that were clipped to `outer`. */
export const held = (outer: Range, inner: Range): Range => ({
  low: hold(outer, inner.low),
  high: hold(outer, inner.high),
});

/** The smallest range that contains all of these. */
export const hull = (ranges: readonly Range[]): Range => ({
  low: Math.min(...ranges.map(({ low }) => low)),
  high: Math.max(...ranges.map(({ high }) => high)),
});

/** The range of operators whose results are elements of their first operand. */
export const rangeOfFirst = ([first]: readonly Range[]): Range => first!;

/** The range of sums, means and products: because they round, only their sign is certain. */
export const rangeOfSign = (operands: readonly Range[]): Range => (operands.every(isPositive) ? positive : unbounded);
