// How weights start: bounds and variances of the papers, and the same bits for the same seed.

import { describe, expect, test } from 'vitest';
import { buildNetworks } from '../../src/network/networks.ts';
import { initialise } from '../../src/train/initialise.ts';
import { initOf } from '../../src/train/recipe.ts';

const text = `network A {
  input x: [8, 12, 12]
  conv(64, kernel: 3, groups: 2)
  batch_norm
  prelu
  flatten
  dense(50)
}`;
const { graph } = buildNetworks({ path: 'a.cnn', text }).networks[0]!;
const start = (name: string, seed = 3, deviation = 0.01) =>
  initialise(graph, initOf({ name, arguments: { deviation } }), seed);
const [convIn, convOut] = [4 * 9, 64 * 9];
const denseIn = 64 * 100;

const variance = (data: Float32Array): number => data.reduce((sum, value) => sum + value * value, 0) / data.length;
const largest = (data: Float32Array): number => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe('weights', () => {
  test.each([
    ['default', Math.sqrt(1 / convIn), Math.sqrt(1 / denseIn)],
    ['xavier_uniform', Math.sqrt(6 / (convIn + convOut)), Math.sqrt(6 / (denseIn + 50))],
    ['kaiming_uniform', Math.sqrt(6 / convIn), Math.sqrt(6 / denseIn)],
  ])('%s are uniform up to their bound', (name, conv, dense) => {
    const found = start(name);
    for (const [layer, bound] of [
      ['conv1.weight', conv],
      ['dense1.weight', dense],
    ] as const) {
      const data = found.get(layer)!;
      expect(largest(data)).toBeLessThanOrEqual(Math.fround(bound));
      expect(largest(data)).toBeGreaterThan(0.99 * bound);
      expect(variance(data) / (bound ** 2 / 3)).toBeCloseTo(1, 1);
    }
  });

  test.each([
    ['xavier_normal', 2 / (convIn + convOut), 2 / (denseIn + 50)],
    ['kaiming_normal', 2 / convIn, 2 / denseIn],
    ['normal', 0.01 ** 2, 0.01 ** 2],
  ])('%s have their variance, and tails', (name, conv, dense) => {
    const found = start(name);
    expect(variance(found.get('conv1.weight')!) / conv).toBeCloseTo(1, 1);
    const data = found.get('dense1.weight')!;
    expect(variance(data) / dense).toBeCloseTo(1, 1);
    const beyond = data.filter((value) => Math.abs(value) > 2 * Math.sqrt(dense)).length / data.length;
    expect(beyond).toBeCloseTo(0.0455, 2);
  });
});

test.each(['default', 'xavier_uniform', 'kaiming_normal'])('biases are PyTorch’s with %s', (name) => {
  const bias = start(name).get('dense1.bias')!;
  expect(largest(bias)).toBeLessThanOrEqual(1 / Math.sqrt(denseIn));
  expect(largest(bias)).toBeGreaterThan(0.8 / Math.sqrt(denseIn));
});

test('batch norm and prelu keep their constants', () => {
  const found = start('kaiming_normal');
  const values = (name: string) => new Set(found.get(name));
  expect(values('batch_norm1.weight')).toEqual(new Set([1]));
  expect(values('batch_norm1.bias')).toEqual(new Set([0]));
  expect(values('batch_norm1.running_var')).toEqual(new Set([1]));
  expect(values('prelu1.weight')).toEqual(new Set([0.25]));
});

test('the seed decides, and tensors have nothing in common', () => {
  expect(start('default')).toEqual(start('default'));
  expect(start('default').get('conv1.weight')).not.toEqual(start('default', 4).get('conv1.weight'));
  const found = start('normal');
  const [a, b] = [found.get('conv1.weight')!, found.get('dense1.weight')!];
  expect(a.slice(0, 8)).not.toEqual(b.slice(0, 8));
});
