// The choice of a convolution's algorithm and of its weights' layout: layers that look alike to a careless choice.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { disagreements } from '../support/agreement.ts';
import { graphOf } from '../support/pass.ts';
import { feedsOf } from '../support/random-network.ts';

const suited: Attributes = { channels: 16, kernel: 3, padding: 1 };

test.each<[string, Attributes, boolean]>([
  ['3×3, stride 1', suited, true],
  ['dilated', { ...suited, dilation: 2, padding: 2 }, false],
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
