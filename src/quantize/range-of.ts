// Which interval the codes of a group cover. All of what was seen (`minmax`); without the outermost of its numbers (`percentile`), as in
// Wu et al., 2020, "Integer quantization for deep learning inference"; or that with the least squared error (`mse`).

import type { Range } from '../../compiler/ir/range.ts';
import { LARGEST_CODE } from '../../compiler/ops/quantized/codes.ts';
import type { Histogram } from './histogram.ts';

export type CalibrationMethod = 'minmax' | 'percentile' | 'mse';

export const calibrationMethods: readonly CalibrationMethod[] = ['minmax', 'percentile', 'mse'];

/** Of a hundred numbers, how many lie inside the interval of `percentile`. */
export const DEFAULT_PERCENTILE = 99.99;

/** The interval, which has 0 in it; [0, 1] where nothing but zeros was seen. */
export function rangeOfHistogram(seen: Histogram, method: CalibrationMethod, percentile = DEFAULT_PERCENTILE): Range {
  const whole = { low: Math.min(0, seen.low), high: Math.max(0, seen.high) };
  if (seen.count === 0 || whole.low === whole.high) return { low: 0, high: 1 };
  switch (method) {
    case 'minmax':
      return whole;
    case 'percentile':
      return withoutTails(seen, whole, percentile);
    case 'mse':
      return leastError(seen, whole);
    default:
      return method satisfies never;
  }
}

/** Leaves out half of what may be left out at each end; an end at zero stays. */
function withoutTails(seen: Histogram, whole: Range, percentile: number): Range {
  const outside = ((1 - percentile / 100) / 2) * seen.count;
  let [below, low, high] = [0, whole.low, whole.high];
  let [isLow, isHigh] = [false, false];
  seen.each((value, count) => {
    if (!isLow && below + count > outside) [low, isLow] = [Math.min(0, Math.max(whole.low, value)), true];
    below += count;
    if (!isHigh && seen.count - below <= outside) [high, isHigh] = [Math.max(0, Math.min(whole.high, value)), true];
  });
  return low < high ? { low, high } : whole;
}

/** Steps in which each end is tried, from a fifth of it to all. */
const STEPS = 40;

/** One end after the other, twice: the error has one valley along each. */
function leastError(seen: Histogram, whole: Range): Range {
  const fractions = Array.from({ length: STEPS }, (_, at) => 0.2 + (0.8 * (at + 1)) / STEPS);
  const values: number[] = [];
  const counts: number[] = [];
  seen.each((value, count) => {
    values.push(value);
    counts.push(count);
  });
  let best = whole;
  let least = squaredError(values, counts, best);
  for (const end of ['high', 'low', 'high', 'low'] as const) {
    if (whole[end] === 0) continue;
    for (const fraction of fractions) {
      const candidate = { ...best, [end]: whole[end] * fraction };
      const error = squaredError(values, counts, candidate);
      if (error < least) [best, least] = [candidate, error];
    }
  }
  return best;
}

/** Σ count·(value − what its code stands for)². */
function squaredError(values: readonly number[], counts: readonly number[], { low, high }: Range): number {
  const scale = (high - low) / LARGEST_CODE;
  const zero = Math.round(-low / scale);
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) {
    const code = Math.min(Math.max(Math.round(values[at]! / scale) + zero, 0), LARGEST_CODE);
    sum += counts[at]! * ((code - zero) * scale - values[at]!) ** 2;
  }
  return sum;
}
