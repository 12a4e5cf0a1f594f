// Convolutions of codes by Winograd's algorithm give the numbers of the direct sums of the reference, at every size of a map and for
// weights and codes that are as large as can be.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { disagreements } from '../support/agreement.ts';
import { codesFeeds, drawing } from '../support/codes-graph.ts';
import { timeout } from '../support/runs.ts';

interface Case {
  readonly channels: readonly [number, number];
  readonly size: readonly [number, number];
  readonly padding: number | readonly number[];
  /** Default 3. */
  readonly kernel?: number | readonly number[];
  readonly groups?: number;
  /** Default codes. */
  readonly result?: 'f32';
}

function graphOf({ channels: [before, after], size, padding, kernel = 3, groups = 1, result }: Case): Graph {
  const g = graphBuilder('winograd', operators);
  const x = g.input('x', [before, ...size]);
  const [codes] = g.node({ op: 'quantize', inputs: [x], attributes: {} });
  const attributes = { channels: after, kernel, padding, groups };
  const [y] = g.node({ op: result ? 'quantized_conv_f32' : 'quantized_conv', inputs: [codes], attributes });
  g.output('y', result ? y : g.node({ op: 'dequantize', inputs: [y], attributes: {} })[0]);
  return g.finish();
}

const cases: readonly Case[] = [
  { channels: [32, 32], size: [8, 8], padding: 1 },
  { channels: [33, 37], size: [7, 9], padding: 1 },
  { channels: [41, 34], size: [14, 6], padding: 0 },
  { channels: [64, 40], size: [10, 10], padding: 0 },
  { channels: [32, 33], size: [16, 15], padding: 2 },
  { channels: [26, 34], size: [11, 11], padding: 2, kernel: 5 },
  { channels: [40, 33], size: [12, 9], padding: 1, kernel: [3, 6] },
  { channels: [131, 20], size: [8, 4], padding: 1 },
  { channels: [64, 64], size: [9, 7], padding: 1, groups: 2 },
  { channels: [111, 120], size: [8, 12], padding: 0, groups: 3 },
  { channels: [84, 96], size: [11, 13], padding: 2, kernel: [5, 4], groups: 2 },
  { channels: [48, 35], size: [9, 10], padding: 1, result: 'f32' },
  { channels: [96, 64], size: [12, 11], padding: 2, kernel: 5, groups: 2, result: 'f32' },
];

const isTiled = (graph: Graph): boolean =>
  lower(graph, operators, { target: 'wasm' }).program.run.some(({ kernel }) => kernel.startsWith('winograd_codes'));

test.each(cases.map((one) => [JSON.stringify(one), one] as const))(
  'random codes and weights: %s',
  { timeout },
  async (_, one) => {
    const graph = graphOf(one);
    expect(isTiled(graph)).toBe(true);
    const draw = drawing(one.channels[0]);
    expect(await disagreements(graph, codesFeeds(graph, 2, draw), { target: 'wasm' }, 0)).toEqual([]);
  },
);

test.each([
  ['all as large as they can be', () => 127, () => 1e6],
  ['all as small as they can be', () => -127, () => 1e6],
  ['of either sign', (at: number) => (at % 2 === 0 ? 127 : -127), (at: number) => (at % 3 === 0 ? -1e6 : 1e6)],
])('weights %s', { timeout }, async (_, weight, pixel) => {
  const graph = graphOf(cases[1]!);
  const feeds = codesFeeds(graph, 1, drawing(3));
  const parameters = new Map(feeds.parameters);
  for (const [name, data] of parameters) {
    if (name.endsWith('weight'))
      parameters.set(
        name,
        data.map((__, at) => weight(at)),
      );
    if (name.endsWith('multiplier') && data.length > 1)
      parameters.set(
        name,
        data.map(() => 2 ** -18),
      );
    if (name.endsWith('range')) parameters.set(name, Int32Array.of(60, 0, 127));
  }
  const inputs = new Map([...feeds.inputs].map(([name, data]) => [name, data.map((__, at) => pixel(at))]));
  expect(await disagreements(graph, { ...feeds, parameters, inputs }, { target: 'wasm' }, 0)).toEqual([]);
});
