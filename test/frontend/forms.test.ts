// Networks that no language for chains alone can say, forms.cnn: their parameters, names of weights and results, and all of it on both
// targets.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { disagreements } from '../support/agreement.ts';
import { feedsOf } from '../support/random-network.ts';
import { compile, outputShapes, parameterCount, weightNames } from './support.ts';

const text = readFileSync(new URL('forms.cnn', import.meta.url), 'utf8');
const { networks, diagnostics } = compile(text);
const named = (name: string) => networks.find((network) => network.name === name)!;

/** With biases. */
const conv = (from: number, to: number, taps: number): number => (from * taps + 1) * to;

test('nothing is wrong with them', () => {
  expect(diagnostics).toEqual([]);
  expect(networks.map(({ name }) => name)).toEqual([
    'Siamese',
    'UNet',
    'ESPCN',
    'ResNet',
    'ResNet18GN',
    'Pyramid',
    'Attentions',
    'Tokens',
  ]);
});

test('two towers have one set of weights', () => {
  expect(parameterCount(named('Siamese'))).toBe(conv(1, 8, 9) + conv(8 * 26 * 26, 64, 1) + conv(64, 1, 1));
  expect(weightNames(named('Siamese'))).toEqual([
    'tower.conv1.weight',
    'tower.conv1.bias',
    'tower.dense1.weight',
    'tower.dense1.bias',
    'dense1.weight',
    'dense1.bias',
  ]);
});

test('a U-Net of five widths', () => {
  const widths = [64, 128, 256, 512, 1024];
  const double = (from: number, to: number): number => conv(from, to, 9) + conv(to, to, 9);
  const down = widths.map((width, at) => double(widths[at - 1] ?? 3, width));
  const up = widths.slice(1).map((width, at) => conv(width, widths[at]!, 4) + double(2 * widths[at]!, widths[at]!));
  const total = [...down, ...up].reduce((sum, count) => sum + count, 0);
  // A transposed convolution has as many biases as results.
  expect(parameterCount(named('UNet'))).toBe(total);
  expect(outputShapes(named('UNet'))).toEqual([[64, 512, 512]]);
});

test('ESPCN (Shi et al., 2016) makes an image three times as large', () => {
  expect(parameterCount(named('ESPCN'))).toBe(conv(1, 64, 25) + conv(64, 32, 9) + conv(32, 9, 9));
  expect(outputShapes(named('ESPCN'))).toEqual([[1, 72, 60]]);
});

test('ResNet-18 with batch or group normalisation has as many parameters as torchvision’s', () => {
  expect(parameterCount(named('ResNet'))).toBe(11_689_512);
  expect(parameterCount(named('ResNet18GN'))).toBe(11_689_512);
  const ops = new Set(named('ResNet18GN').graph.nodes.map(({ op }) => op));
  expect([ops.has('group_norm'), ops.has('batch_norm')]).toEqual([true, false]);
  expect(weightNames(named('ResNet18GN')).slice(0, 5)).toEqual([
    'conv1.weight',
    'norm1.weight',
    'norm1.bias',
    'unit1.y.conv1.weight',
    'unit1.y.norm1.weight',
  ]);
});

test('a pyramid puts out a level for each input, the smallest first', () => {
  expect(named('Pyramid').graph.outputs.map(({ name }) => name)).toEqual(['p1', 'p2', 'p3']);
  expect(outputShapes(named('Pyramid'))).toEqual([
    [8, 4, 3],
    [8, 7, 5],
    [8, 14, 10],
  ]);
});

test('learned tensors and shared steps come before the steps that use them', () => {
  const names = weightNames(named('Attentions'));
  expect(names[0]).toBe('convnext1.gamma');
  expect(names.filter((name) => name.startsWith('channel_attention1'))).toEqual(
    ['conv1', 'conv2'].flatMap((name) => [
      `channel_attention1.mlp.${name}.weight`,
      `channel_attention1.mlp.${name}.bias`,
    ]),
  );
  expect(weightNames(named('Tokens')).slice(0, 2)).toEqual(['class', 'position']);
});

// Sums of some hundred f32 products, and powers of them in softmax.
test.each(['Attentions', 'Tokens', 'Pyramid'])('%s gives the same on both targets', async (name) => {
  const { graph } = named(name);
  const feeds = feedsOf(graph, 2);
  for (const target of ['js', 'wasm'] as const) expect(await disagreements(graph, feeds, { target }, 5e-6)).toEqual([]);
});
