// The choice of a convolution's algorithm and of its weights' layout: layers that look alike to a careless choice.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { callCosts } from '../../compiler/totals.ts';
import { disagreements } from '../support/agreement.ts';
import { graphOf } from '../support/pass.ts';
import { feedsOf } from '../support/random-network.ts';

const suited: Attributes = { channels: 16, kernel: 3, padding: 1 };

test.each<[string, Attributes, boolean]>([
  ['3×3, stride 1', suited, true],
  ['dilated', { ...suited, dilation: 2, padding: 2 }, true],
  ['of stride 2', { ...suited, stride: 2 }, false],
  ['of two groups', { ...suited, groups: 2 }, false],
  ['3×1', { ...suited, kernel: [3, 1], padding: [1, 0] }, false],
  ['5×5', { ...suited, kernel: 5, padding: 2 }, false],
])("a convolution %s and Winograd's algorithm", async (_, attributes, expected) => {
  const builder = graphBuilder('one', operators);
  const x = builder.input('x', [16, 12, 12]);
  builder.output('y', builder.node({ op: 'conv', inputs: [x], attributes })[0]);
  const graph = builder.finish();
  const { kernels } = lower(graph, operators, 2).program;
  expect(kernels.some(({ name }) => name.startsWith('winograd'))).toBe(expected);
  expect(await disagreements(graph, feedsOf(graph, 1), 2, 2e-5)).toEqual([]);
});

test('layers that share a weight pack it as each of them reads it', async () => {
  const graph = graphOf(`
    %0 = input x : [N,2,5,5]
    %1 = parameter shared.weight : [3,2,3,3] he(18, 27)
    %2 = conv(%0, %1) {channels=3, kernel=3, bias=false} as plain
    %3 = conv(%0, %1) {channels=3, kernel=3, bias=false, mode=convolution} as flipped
    output a = %2
    output b = %3
  `);
  for (const level of [0, 1, 2] as const) {
    expect(await disagreements(graph, feedsOf(graph, 2), level, 1e-6)).toEqual([]);
  }
});

/** Convolutions in groups of 48 channels: before a sum and a slope for each channel, and, in a concatenation, with a pooling of the tiles. */
const inGroups = (kernel: number, size: number): Graph =>
  graphOf(`
    %0 = input x : [N,96,${size},${size}]
    %1 = parameter a.weight : [96,48,${kernel},${kernel}] he(${48 * kernel ** 2}, 9)
    %2 = parameter a.bias : [96] constant(0)
    %3 = parameter b.weight : [96,48,${kernel},${kernel}] he(${48 * kernel ** 2}, 9)
    %4 = parameter slope : [96] constant(1)
    %5 = conv(%0, %1, %2) {channels=96, kernel=${kernel}, padding=${(kernel - 1) / 2}, groups=2} as first
    %6 = add(%5, %0) as sum
    %7 = prelu(%6, %4) as bent
    %8 = conv(%7, %3) {channels=96, kernel=${kernel}, padding=${(kernel - 1) / 2}, groups=2, bias=false} as second
    %9 = relu(%8) as positive
    %10 = max_pool(%9) {kernel=2, stride=2} as tiles
    %11 = max_pool(%7) {kernel=2, stride=2} as pooled
    %12 = concat(%11, %10) as both
    output y = %12
  `);

test.each<[string, number, number, PipelineOptions, string]>([
  ['3×3 in JavaScript', 3, 6, { target: 'js' }, 'winograd2_3x3'],
  ['3×3', 3, 8, { target: 'wasm' }, 'winograd4_3x3'],
  ['5×5', 5, 8, { target: 'wasm' }, 'winograd4_5x5'],
])("each group of a convolution of %s is one of Winograd's algorithm", async (_, kernel, size, options, name) => {
  const graph = inGroups(kernel, size);
  const lowered = lower(graph, operators, options);
  const { run } = lowered.program;
  const calls = (node: string): number =>
    run.filter((call) => call.kernel.startsWith(name) && call.nodes.includes(node)).length;
  expect(['first', 'second'].map(calls)).toEqual([2, 2]);
  const macs = callCosts(lowered, operators).reduce((total, call) => total + call.macs, 0);
  expect(macs).toBe(2 * size ** 2 * kernel ** 2 * 48 * 96);
  expect(await disagreements(graph, feedsOf(graph, 1), options, 2e-5)).toEqual([]);
});

test('so is each group of its gradient by the input, with weights that change in the pass', async () => {
  const graph = graphOf(`
    %0 = input dy : [N,96,8,8]
    %1 = input w : [96,48,3,3]
    %2 = conv_input_gradient(%0, %1) {channels=96, size=[8, 8], kernel=3, padding=1, groups=2} as dx
    output y = %2
  `);
  const { run } = lower(graph, operators, { target: 'wasm' }).program;
  expect(run.filter(({ kernel }) => kernel.startsWith('winograd4_3x3'))).toHaveLength(2);
  expect(await disagreements(graph, feedsOf(graph, 1), { target: 'wasm' }, 2e-5)).toEqual([]);
});

test.each<[string, number, Attributes, string | undefined]>([
  ['4×4, stride 1', 16, { kernel: 4, padding: 1 }, 'winograd4_4x4'],
  ['5×5, stride 2', 3, { kernel: 5, stride: 2, padding: 2 }, 'winograd4_5x5_s2'],
  [
    '6×6, stride 2, with taps in the opposite order',
    3,
    { kernel: 6, stride: 2, mode: 'convolution' },
    'winograd4_6x6_s2',
  ],
  ['7×7, stride 2, padded unevenly', 3, { kernel: 7, stride: 2, padding: [2, 3, 4, 1] }, 'winograd4_7x7_s2'],
  ['9×9, stride 2', 3, { kernel: 9, stride: 2, padding: 4 }, 'winograd4_9x9_s2'],
  ['11×11, stride 4', 3, { kernel: 11, stride: 4, padding: 2 }, 'winograd4_11x11_s4'],
  ['3×3, stride 2, which would save too little', 3, { kernel: 3, stride: 2, padding: 1 }, undefined],
  ['7×7, stride 2 along one axis', 3, { kernel: 7, stride: [2, 1], padding: 3 }, undefined],
  ['7×7, stride 2, dilated', 3, { kernel: 7, stride: 2, padding: 6, dilation: 2 }, undefined],
])(
  "a convolution of %s on vectors, between others, and Winograd's algorithm",
  async (_, channels, attributes, expected) => {
    const builder = graphBuilder('two', operators);
    const x = builder.input('x', [channels, 44, 45]);
    const convolve = (more: Attributes, from = x) =>
      builder.node({ op: 'conv', inputs: [from], attributes: { channels: 16, ...more } })[0];
    // Its map is read by others, too, and lies beside one in a concatenation.
    const both = builder.node({ op: 'concat', inputs: [convolve({ kernel: 1, channels: 2 }), x], attributes: {} })[0];
    builder.output('y', convolve(attributes, both));
    builder.output('z', convolve(attributes));
    const graph = builder.finish();
    const { kernels } = lower(graph, operators, { target: 'wasm' }).program;
    const found = kernels.map(({ name }) => name).filter((name) => /^winograd\d_\d+x/.test(name));
    expect(found.map((name) => name.slice(0, expected?.length))).toEqual(expected ? [expected, expected] : []);
    expect(await disagreements(graph, feedsOf(graph, 1), { target: 'wasm' }, 4e-5)).toEqual([]);
  },
);

test('filters of a convolution with a stride may change in the pass', async () => {
  const graph = graphOf(`
    %0 = input x : [N,3,80,80]
    %1 = input w : [32,3,11,11]
    %2 = conv(%0, %1) {channels=32, kernel=11, stride=4, padding=2, bias=false} as c
    output y = %2
  `);
  const { run } = lower(graph, operators, { target: 'wasm' }).program;
  expect(run.filter(({ kernel }) => kernel.startsWith('winograd4_11x11_s4'))).toHaveLength(1);
  expect(await disagreements(graph, feedsOf(graph, 1), { target: 'wasm' }, 4e-5)).toEqual([]);
});
