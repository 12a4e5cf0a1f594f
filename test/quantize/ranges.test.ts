// Histograms of bounded memory, and the intervals that codes cover, from closed forms.

import { describe, expect, test } from 'vitest';
import { histogram } from '../../src/quantize/histogram.ts';
import { rangeOfHistogram } from '../../src/quantize/range-of.ts';
import { scaleOf } from '../../src/quantize/scale.ts';

function seen(...parts: readonly Iterable<number>[]): ReturnType<typeof histogram> {
  const all = histogram();
  for (const part of parts) all.add(Float64Array.from(part));
  return all;
}

/** `count` numbers from `low` to `high`, evenly. */
const even = (low: number, high: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => low + ((high - low) * (at + 0.5)) / count);

describe('histogram', () => {
  test('its bins have all numbers, whatever their order, near where they are', () => {
    const numbers = [...even(-3, 5, 1000), 0, 0, 1000, -1000.5];
    for (const order of [numbers, numbers.toReversed()]) {
      const all = seen(order);
      expect([all.count, all.low, all.high]).toEqual([1004, -1000.5, 1000]);
      let [count, sum] = [0, 0];
      all.each((value, times) => {
        count += times;
        sum += value * times;
      });
      expect(count).toBe(1004);
      // Bins are at most 1 wide: 2^11 of them on each side of zero reach beyond 1000.5.
      expect(Math.abs(sum - numbers.reduce((total, value) => total + value, 0))).toBeLessThan(0.5 * 1004);
    }
  });
  test('numbers that are not finite are left out', () => {
    const all = seen([NaN, Infinity, -Infinity, 2]);
    expect([all.count, all.low, all.high]).toEqual([1, 2, 2]);
  });
  test('magnitudes from 1e-30 to 1e30', () => {
    const all = seen([1e-30, -1e-12, 1e30]);
    const values: number[] = [];
    all.each((value, count) => values.push(...Array<number>(count).fill(value)));
    expect(values).toHaveLength(3);
    expect(values.at(-1)! / 1e30).toBeCloseTo(1, 2);
  });
});

describe('intervals', () => {
  test('minmax has all, and zero', () => {
    expect(rangeOfHistogram(seen([2, 7]), 'minmax')).toEqual({ low: 0, high: 7 });
    expect(rangeOfHistogram(seen([-2, -7]), 'minmax')).toEqual({ low: -7, high: 0 });
  });
  test.each(['minmax', 'percentile', 'mse'] as const)('of nothing but zeros, by %s', (method) => {
    expect(rangeOfHistogram(seen([0, 0]), method)).toEqual({ low: 0, high: 1 });
    expect(rangeOfHistogram(seen(), method)).toEqual({ low: 0, high: 1 });
  });
  test('percentile leaves out half of the rest at each end', () => {
    // 1 % of 10,000 at each end.
    const { low, high } = rangeOfHistogram(seen(even(-1, 1, 10_000)), 'percentile', 98);
    expect(low).toBeCloseTo(-0.98, 2);
    expect(high).toBeCloseTo(0.98, 2);
  });
  test('percentile leaves out outliers, and zero stays a code of what relu leaves', () => {
    const range = rangeOfHistogram(seen(Array(5000).fill(0), even(0, 1, 5000), [100]), 'percentile', 99.9);
    expect(range.low).toBe(0);
    expect(range.high).toBeGreaterThan(0.95);
    expect(range.high).toBeLessThan(1.1);
  });
  test('mse takes all of an even spread, and leaves out one number far away', () => {
    const spread = rangeOfHistogram(seen(even(0, 1, 20_000)), 'mse');
    expect(spread.high).toBeGreaterThan(0.97);
    // Cutting 3 off costs (3 − 1)², keeping it 20,000 · (3/127)²/12 = 0.93 in place of 20,000 · (1/127)²/12 = 0.10.
    expect(rangeOfHistogram(seen(even(0, 1, 20_000), [3]), 'mse').high).toBeGreaterThan(2.5);
    // With a hundred times as many, it is worth it.
    expect(rangeOfHistogram(seen(even(0, 1, 2_000_000), [3]), 'mse').high).toBeLessThan(1.3);
  });
});

describe('scales', () => {
  test('cover the interval with 128 codes', () => {
    expect(scaleOf({ low: 0, high: 127 })).toEqual({ scale: 1, zero: 0 });
    expect(scaleOf({ low: -127, high: 0 })).toEqual({ scale: 1, zero: 127 });
    expect(scaleOf({ low: -40, high: 87 })).toEqual({ scale: 1, zero: 40 });
  });
  test('are f32, and neither too small nor their own reciprocal infinite', () => {
    const { scale } = scaleOf({ low: 0, high: 0.1 });
    expect(Math.fround(scale)).toBe(scale);
    expect(Number.isFinite(Math.fround(1 / scaleOf({ low: 0, high: 1e-44 }).scale))).toBe(true);
  });
});
