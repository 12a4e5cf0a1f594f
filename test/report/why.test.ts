// `cnnc why`: figures of the book (D2L 7.6, 8.4) and of torchvision, and how they come about.

import { describe, expect, test } from 'vitest';
import { receptiveFields } from '../../compiler/analysis/receptive-field.ts';
import { operators } from '../../compiler/ops/index.ts';
import { printWhy } from '../../src/report/print-why.ts';
import { why } from '../../src/report/why.ts';
import { buildExample } from '../support/examples.ts';
import { networkOf } from '../frontend/support.ts';
import { cnnc } from '../cli/harness.ts';

const lenet = { name: 'LeNet', graph: buildExample('lenet', 'LeNet') };

test('LeNet, second convolution, by hand', () => {
  expect(printWhy(why(lenet, 'conv2')!)).toBe(`conv2  conv 5×5  examples/lenet/lenet.cnn:13

output  [16, 10, 10]
  it takes [6, 14, 14] from avg_pool1
  a window of 5×5 moves over 14×14 pixels with no padding, 1 pixel at a time
  14 + 2·0 − 5 + 1 = 10
  16 channels: one for each of its filters

parameters  2,416
  weight: 16 · 6 · 5 · 5 = 2,400, each of 16 filters has 5×5 weights for each of 6 channels
  bias: 16, one for each output channel

MACs  240,000
  150 products for each of 1,600 output values: 150 · 1,600 = 240,000, 57.6% of the network's
  1 MAC is a product and a sum, 2 FLOP: 480,000 FLOP

memory
  input: 1,176 values · 4 bytes = 4.6 KiB
  output: 1,600 values · 4 bytes = 6.3 KiB
  weights: 2,416 values · 4 bytes = 9.4 KiB

receptive field  14×14 pixels of the input
  image      input            1                   step 1
  conv1      conv 5×5         1 + (5 − 1)·1 = 5   step 1
  avg_pool1  avg_pool 2×2 /2  5 + (2 − 1)·1 = 6   step 1·2 = 2
  conv2      conv 5×5         6 + (5 − 1)·2 = 14  step 2
  neighbours see fields 2 apart, the first begins at pixel −2
`);
});

describe('every layer of every kind of network', () => {
  test.each([
    ['googlenet', 'GoogLeNet'],
    ['resnet', 'ResNet18'],
    ['mobilenet', 'MobileNet25'],
    ['densenet', 'DenseNet'],
    ['lenet-bn', 'LeNetBN'],
  ])('%s', (example, name) => {
    const graph = buildExample(example, name);
    const fields = receptiveFields(graph, operators);
    for (const node of graph.nodes) {
      const data = why({ name, graph }, node.name)!;
      const { macs, layer, receptiveField } = data;
      expect(macs.perValue * macs.values).toBeCloseTo(layer.macs, 3);
      expect(data.parameters.filter(({ learnt }) => learnt).reduce((sum, { count }) => sum + count, 0)).toBe(
        layer.parameters,
      );
      // The chain's own arithmetic arrives at the field.
      const { chain } = receptiveField;
      for (const [at, step] of chain.entries()) {
        const before = chain[at - 1];
        if (!before || !step.window || step.joins) continue;
        const { kernel, dilation, stride } = step.window;
        expect([step.name, step.size[0]]).toEqual([
          step.name,
          before.size[0] + (kernel[0] - 1) * dilation[0] * before.jump[0],
        ]);
        expect(step.jump[0]).toBe(before.jump[0] * stride[0]);
      }
      expect(chain.at(-1)!.size).toEqual(fields.get(node.results[0]!)!.size);
      expect(printWhy(data)).not.toMatch(/undefined|NaN|\[object/);
    }
  });
});

test('height and width apart, padding that differs, groups', () => {
  const network = networkOf(
    'network A {\n  input x: [8, 16, 16]\n  conv(4, kernel: 1x3, stride: 1x2, padding: (0, 1, 0, 0), groups: 2)\n}\n',
  );
  const text = printWhy(why(network, 'conv1')!, { width: 140 });
  for (const part of [
    'a window of 1×3 moves over 16×16 pixels with padding of 0 above, 1 left, 0 below, 0 right, 1×2 pixels at a time',
    'weight: 4 · 4 · 1 · 3 = 48, each of 4 filters has 1×3 weights for each of 4 channels',
    '12 products for each of 512 output values: 12 · 512 = 6,144',
    'receptive field  1×3 pixels',
    'the first begins at pixel (0, −1)',
  ])
    expect(text).toContain(part);
});

test('the command', async () => {
  const files = { 'a.cnn': 'network A {\n  input x: [4]\n  dense(3)\n  relu\n}\n' };
  expect((await cnnc(['why', 'a.cnn', 'dense1'], { files })).stdout).toContain('3 · 4 = 12');
  expect(JSON.parse((await cnnc(['why', 'a.cnn', 'dense1', '--json'], { files })).stdout)).toMatchObject({
    schemaVersion: 1,
    network: 'A',
    macs: { perValue: 4, values: 3, total: 12 },
    parameters: [
      { name: 'dense1.weight', count: 12 },
      { name: 'dense1.bias', count: 3 },
    ],
  });
  expect(await cnnc(['why', 'a.cnn', 'dens1'], { files })).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'error: the network has no layer dens1; did you mean dense1?\n',
  });
});
