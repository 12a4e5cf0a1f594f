// Networks whose dilated convolutions Winograd's algorithm computes. winograd.test.ts tries its kernels with dilations, and derives the bounds.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { disagreements } from '../support/agreement.ts';
import { feedsOf } from '../support/random-network.ts';

/** A convolution, relu and maxima of neighbours, which lie in tiles of their own. */
function network(shape: readonly number[], convolution: Attributes): Graph {
  const b = graphBuilder('net', operators);
  const x = b.input('x', [...shape]);
  const [sums] = b.node({ op: 'conv', inputs: [x], attributes: convolution });
  const [positive] = b.node({ op: 'relu', inputs: [sums] });
  b.output('y', b.node({ op: 'max_pool', inputs: [positive], attributes: { kernel: [1, 2] } })[0]);
  return b.finish();
}

test.each([
  ['js', [3, 3], 'winograd2_3x3_d2x2', [32, 14, 13], 32, 5 * (5 / 3)],
  ['wasm', [3, 3], 'winograd4_3x3_d2x2', [32, 16, 15], 34, 9 * 8.19],
  ['wasm', [3, 3], 'winograd4_3x3_d4x4', [34, 32, 31], 32, 9 * 8.19],
  ['wasm', [1, 3], 'winograd4_1x3_d1x8', [32, 3, 64], 34, 9 * Math.sqrt(8.19)],
] as const)('%s: dilated %j by %s, %j to %i channels', async (target, kernel, name, shape, channels, roundings) => {
  const dilation = name.split('_d')[1]!.split('x').map(Number);
  const [top, left] = kernel.map((taps, axis) => (taps >> 1) * dilation[axis]!) as [number, number];
  const graph = network(shape, { channels, kernel, dilation, padding: [top, left, top, left] });
  const names = lower(graph, operators, { target }).program.kernels.map((one) => one.name);
  expect(names.filter((one) => one.startsWith(name)).length, names.join()).toBe(1);
  expect(await disagreements(graph, feedsOf(graph, 2), { target }, 2 ** -24 * roundings)).toEqual([]);
});
