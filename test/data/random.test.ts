import { describe, expect, test } from 'vitest';
import { threefry } from '../../runtime/threefry.ts';
import { cos, exp, log, pow, sin } from '../../runtime/elementary.ts';
import { permutation } from '../../src/data/permutation.ts';
import { streamFor } from '../../src/data/random.ts';

// The known answers of Random123's kat_vectors.
test.each([
  [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
  [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
  [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
])('threefry of key %i %i and counter %i %i', (key0, key1, counter0, counter1, first, second) => {
  expect(threefry(key0, key1, counter0, counter1)).toEqual([first, second]);
});

describe('streams', () => {
  test('are the same for the same purpose and numbers, and others for any other', () => {
    const words = (...given: Parameters<typeof streamFor>): readonly number[] => {
      const stream = streamFor(...given);
      return Array.from({ length: 4 }, () => stream.word());
    };
    expect(words('order', 1, 2, 3)).toEqual(words('order', 1, 2, 3));
    const all = [
      words('order', 1, 2, 3),
      words('split', 1, 2, 3),
      words('order', 2, 2, 3),
      words('order', 1, 3, 3),
      words('order', 1, 3, 2),
      words('order', 1, 2, 4),
    ].flat();
    expect(new Set(all).size).toBe(24);
  });

  test.each([-1, 0.5, 2 ** 32, NaN])('%d is refused as a seed', (seed) => {
    expect(() => streamFor('order', seed, 0, 0)).toThrow('is not a whole number from 0 to 2^32 − 1');
  });

  test('uniform numbers have the mean and the variance of their distribution, and 24 bits', () => {
    const stream = streamFor('order', 0, 0, 0);
    const values = Array.from({ length: 100_000 }, () => stream.uniform());
    expect(values.every((value) => value >= 0 && value < 1 && Math.fround(value) === value)).toBe(true);
    // Five standard errors: 5 · √(1/12 / 100 000) and 5 · √(1/180 / 100 000).
    const mean = values.reduce((a, b) => a + b) / values.length;
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(0.0046);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.0012);
  });

  test('normal numbers have mean 0, variance 1 and kurtosis 3', () => {
    const stream = streamFor('weights', 7, 0, 0);
    const values = Array.from({ length: 100_000 }, () => stream.normal());
    const moment = (k: number): number => values.reduce((sum, value) => sum + value ** k, 0) / values.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.016);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.023);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.16);
  });

  test.each([3, 10, 3_000_000_000])('below %i, no number is preferred', (n) => {
    const stream = streamFor('order', 3, 0, 0);
    const thirds = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) {
      const value = stream.below(n);
      expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true);
      if (n !== 10 || value < 9) thirds[Math.floor((value / (n === 10 ? 9 : n)) * 3)]! += 1;
    }
    const each = n === 10 ? 9_000 : 10_000;
    // Five standard deviations of a binomial.
    for (const count of thirds) expect(Math.abs(count - each)).toBeLessThan(5 * Math.sqrt((each * 2) / 3));
  });
});

describe('a permutation', () => {
  test('holds every number once, and depends on seed and epoch', () => {
    const one = permutation(1000, 1, 0);
    expect([...one].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(permutation(1000, 1, 0)).toEqual(one);
    for (const other of [permutation(1000, 1, 1), permutation(1000, 2, 0), permutation(1000, 1, 0, 'split')]) {
      // One number in a permutation stays in its place on average.
      expect(other.filter((item, i) => item === one[i]).length).toBeLessThan(8);
    }
    expect([...permutation(0, 1, 0), ...permutation(1, 1, 0)]).toEqual([0]);
  });

  test('of three is each of the six orders equally often', () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 6000; epoch++) {
      const order = permutation(3, 5, epoch).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values())
      expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(6000 * (1 / 6) * (5 / 6)));
  });
});

describe('elementary functions', () => {
  const near = (found: number, expected: number, relative: number): void => {
    expect(Math.abs(found - expected)).toBeLessThanOrEqual(relative * Math.abs(expected) + 2 ** -1074);
  };
  const stream = streamFor('order', 11, 0, 0);

  test('agree with those of the engine', () => {
    for (let i = 0; i < 20_000; i++) {
      const x = stream.between(-30, 30);
      near(exp(x), Math.exp(x), 1e-15);
      near(log(Math.abs(x)), Math.log(Math.abs(x)), 1e-15);
      expect(Math.abs(sin(x) - Math.sin(x))).toBeLessThan(3e-16);
      expect(Math.abs(cos(x) - Math.cos(x))).toBeLessThan(3e-16);
      near(pow(Math.abs(x), 0.3), Math.abs(x) ** 0.3, 2e-15);
      near(pow(0.999, i % 1024), 0.999 ** (i % 1024), 1e-13);
    }
  });

  test('at their ends', () => {
    expect([exp(0), exp(-Infinity), exp(Infinity), exp(710), exp(-746), exp(NaN)]).toEqual([
      1,
      0,
      Infinity,
      Infinity,
      0,
      NaN,
    ]);
    near(exp(709.7), Math.exp(709.7), 1e-15);
    near(exp(-740), Math.exp(-740), 1e-2);
    expect([log(1), log(0), log(-1), log(Infinity), log(NaN)]).toEqual([0, -Infinity, NaN, Infinity, NaN]);
    near(log(2 ** -1074), -1074 * Math.LN2, 1e-15);
    near(log(Number.MAX_VALUE), 1024 * Math.LN2, 1e-15);
    expect([sin(0), cos(0), pow(0, 0), pow(2, 10), pow(2, -1), pow(0, 0.5)]).toEqual([0, 1, 1, 1024, 0.5, 0]);
    near(sin(99_999), Math.sin(99_999), 1e-12);
    for (const angle of [1e6, NaN, Infinity]) expect(() => sin(angle)).toThrow(RangeError);
  });
});
