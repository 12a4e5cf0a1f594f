// Weights as whole numbers: scales per channel, biases, and the bounds that keep sums within 32 bits and Winograd's algorithm exact.

import { describe, expect, test } from 'vitest';
import { quantizedLayer } from '../../src/quantize/layer.ts';
import { tensor } from '../support/codes.ts';

const input = { scale: 0.5, zero: 10 };
const layer = { node: 'fc', flip: false, input, output: { scale: 0.25 } } as const;

describe('a dense layer', () => {
  const weight = tensor([2, 3], [127, -64, 0.4, 0.0254, 0, -0.0127]);
  const { weights, biases, multipliers } = quantizedLayer({ ...layer, weight, bias: tensor([2], [8, -1]) });
  test('has a scale for each channel', () => {
    expect([...weights]).toEqual([127, -64, 0, 127, 0, -64]);
    // s_x · s_w / s_y with s_w of 1 and 0.0002.
    expect([...multipliers]).toEqual([2, Math.fround(0.5 * (0.0254 / 127) * 4)]);
  });
  test('has biases in units of the product, without what the zero point adds', () => {
    // 8 / 0.5 − 10 · 63; −1 / (0.5 · 0.0002) − 10 · 63
    expect([...biases]).toEqual([16 - 630, -10_000 - 630]);
  });
  test('to f32 has multipliers s_x · s_w', () => {
    const { output: _, ...rest } = layer;
    expect(quantizedLayer({ ...rest, weight }).multipliers[0]).toBe(0.5);
  });
});

test('biases make up for what rounding weights and inputs does on average', () => {
  // Codes 127, 64 for weights 1.27, 0.635: 64 · 0.01 is 0.005 too much. The second input is 0.2 less on average than it was.
  const means = { exact: Float64Array.of(3, 2), rounded: Float64Array.of(3, 1.8) };
  const weight = tensor([1, 2], [1.27, 0.635]);
  const [plain, made] = [quantizedLayer({ ...layer, weight }), quantizedLayer({ ...layer, weight, means })];
  const shift = 0.64 * 1.8 - 0.635 * 2;
  expect(made.weights).toEqual(plain.weights);
  expect(made.biases[0]! - plain.biases[0]!).toBe(Math.round(-shift / (0.5 * 0.01)));
});

test('the means of a group of channels are those of its own', () => {
  const means = { exact: Float64Array.of(1, 1, 10, 10), rounded: Float64Array.of(1, 1, 10, 11) };
  const weight = tensor([2, 2, 1, 1], [127, 127, 127, 127]);
  const [plain, made] = [quantizedLayer({ ...layer, weight }), quantizedLayer({ ...layer, weight, means })];
  // 127 · (11 − 10) in units of 0.5, in the second group alone.
  expect([...made.biases].map((bias, o) => bias - plain.biases[o]!)).toEqual([0, -254]);
});

test('a channel of zeros keeps its bias', () => {
  const { weights, biases, multipliers } = quantizedLayer({
    ...layer,
    weight: tensor([1, 2], [0, 0]),
    bias: tensor([1], [3]),
  });
  expect([...weights]).toEqual([0, 0]);
  expect(biases[0]! * multipliers[0]! * 0.25).toBeCloseTo(3, 6);
});

test('a bias beside tiny weights makes the scale coarser, so that it is within 32 bits', () => {
  const weight = tensor([1, 2], [1e-12, -1e-12]);
  const { biases, multipliers } = quantizedLayer({ ...layer, weight, bias: tensor([1], [5]) });
  expect(Math.abs(biases[0]!)).toBeLessThanOrEqual(2 ** 29);
  expect(biases[0]! * multipliers[0]! * 0.25).toBeCloseTo(5, 6);
});

test('filters of several pixels keep Σ|w|·127 below 2^25', () => {
  // 512 channels of ones: 4608 · 127 · 127 is 2.2 times too much.
  const weight = tensor([1, 512, 3, 3], Array(4608).fill(1));
  const { weights, multipliers } = quantizedLayer({ ...layer, weight });
  const sum = weights.reduce((total, code) => total + Math.abs(code), 0);
  expect(sum * 127).toBeLessThan(2 ** 25);
  expect(sum * 127).toBeGreaterThan(0.9 * 2 ** 25);
  // What a code stands for is still within half a code, of 57, of 1.
  expect((weights[0]! * multipliers[0]! * 0.25) / 0.5).toBeCloseTo(1, 1);
});

test('sums of very long dense layers stay within 32 bits', () => {
  const { weights } = quantizedLayer({ ...layer, weight: tensor([1, 200_000], Array(200_000).fill(-1)) });
  expect(weights.reduce((total, code) => total + Math.abs(code), 0) * 127).toBeLessThanOrEqual(2 ** 29);
});

test('strict convolution has its filters turned around', () => {
  const weight = tensor([1, 2, 1, 3], [127, 1, 2, 3, 4, 5]);
  expect([...quantizedLayer({ ...layer, weight, flip: true }).weights]).toEqual([2, 1, 127, 5, 4, 3]);
});

test('weights that are not finite are refused', () => {
  expect(() => quantizedLayer({ ...layer, weight: tensor([2, 1], [1, NaN]) })).toThrow(
    'the weights of fc are not all finite: found one of channel 1',
  );
});
