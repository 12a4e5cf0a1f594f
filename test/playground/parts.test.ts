// Small parts of the Run and Train tabs: colours, numbers as text, planes of values, advice.

import { describe, expect, test } from 'vitest';
import { add, channel, constant, div, exp, less, mul, neg, sigmoid, sub, x } from '../../compiler/ir/scalar.ts';
import { expressionText } from '../../src/playground/arithmetic/expression-text.ts';
import { indexOf, placeOf } from '../../src/playground/arithmetic/places.ts';
import { adviceFor } from '../../src/playground/run/advice.ts';
import { coloured, scaleOf } from '../../src/playground/run/colours.ts';
import type { Palette } from '../../src/playground/run/colours.ts';
import { fixedText, numberText, resultText } from '../../src/playground/run/number-text.ts';
import { planeAt, planesOf } from '../../src/playground/run/planes.ts';
import { crc32 } from '../../src/playground/zlib.ts';

const palette: Palette = { zero: [100, 100, 100], plus: [200, 0, 100], minus: [0, 200, 100], broken: [1, 2, 3] };

describe('colours', () => {
  test('are by one scale for both signs, and tell what is no number', () => {
    expect([...coloured([0, 4, -4, 2, Number.NaN, 9], 4, palette)]).toEqual([
      ...[100, 100, 100, 255],
      ...[200, 0, 100, 255],
      ...[0, 200, 100, 255],
      ...[150, 50, 100, 255],
      ...[1, 2, 3, 255],
      ...[200, 0, 100, 255],
    ]);
  });
  test('the scale is that of finite numbers', () => {
    expect(scaleOf([1, -3, Infinity, Number.NaN])).toBe(3);
    expect(scaleOf([])).toBe(0);
    expect([...coloured([0], 0, palette)]).toEqual([100, 100, 100, 255]);
  });
});

test('numbers as text', () => {
  expect([1 / 3, -12.345, 0, 1e-8, 123_456, -Infinity, Number.NaN].map(numberText)).toEqual([
    '0.333',
    '−12.3',
    '0',
    '1e−8',
    '1.2e+5',
    '−∞',
    'NaN',
  ]);
  expect([0.5, -1.3, 0.0042, 0].map((value) => fixedText(value, 1.3))).toEqual(['0.50', '−1.30', '0.00', '0']);
  expect(fixedText(-0.0123, 0.2)).toBe('−0.012');
  expect(fixedText(-0.0004, 0.2)).toBe('0.000');
  expect(fixedText(1234.5, 5000)).toBe('1230');
  expect(fixedText(-Infinity, 3)).toBe('−∞');
  expect(resultText(-3.285_761)).toBe('−3.2858');
});

test('expressions as text, with the brackets that they need', () => {
  const written = (one: Parameters<typeof expressionText>[0]): string => expressionText(one, ['x', 'w']);
  expect(written(div(constant(1), add(constant(1), exp(neg(x)))))).toBe('1 / (1 + exp(−x))');
  expect(written(sigmoid(x))).toBe('1 / (1 + exp(−x))');
  expect(written(mul(x, sigmoid(mul(constant(1.5), x))))).toBe('x · (1 / (1 + exp(−(1.5 · x))))');
  expect(written(sub(x, sub(constant(2), x)))).toBe('x − (2 − x)');
  expect(written(mul(add(x, constant(3)), channel(1)))).toBe('(x + 3) · w');
  expect(written(less(x, constant(0), mul(channel(1), x), x))).toBe('w · x if x < 0, else x');
});

test('places', () => {
  expect(placeOf(23, [2, 3, 4])).toEqual([1, 2, 3]);
  expect(indexOf([1, 2, 3], [2, 3, 4])).toBe(23);
});

test('planes of maps, features and tokens', () => {
  expect(planesOf([6, 28, 20])).toEqual({ count: 6, rows: 28, columns: 20, unit: 'channel' });
  expect(planesOf([10])).toEqual({ count: 10, rows: 1, columns: 1, unit: 'feature' });
  expect(planesOf([50, 64])).toEqual({ count: 1, rows: 50, columns: 64, unit: 'tokens' });
  expect([...planeAt(Float32Array.from([1, 2, 3, 4]), planesOf([2, 1, 2]), 1)]).toEqual([3, 4]);
});

test('the checksum of zip archives', () => {
  // The check value of CRC-32 in the catalogue of parametrised CRC algorithms.
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
});

test('advice only where a network guesses', () => {
  const after = (accuracy: number) => [
    { epoch: 0, steps: 1, images: 1, loss: 2.3, rate: 1, checked: { loss: 2.3, accuracy } },
  ];
  expect(adviceFor([], 'sigmoid')).toBe('');
  expect(adviceFor(after(0.9), 'sigmoid')).toBe('');
  expect(adviceFor(after(0.1), 'conv(6, kernel: 5) -> sigmoid')).toMatch(/sigmoids/);
  expect(adviceFor(after(0.1), 'conv(6, kernel: 5) -> relu')).toMatch(/smaller learning rate/);
});
