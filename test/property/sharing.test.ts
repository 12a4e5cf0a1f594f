// Weights that several nodes read, and learned tensors, through every level on both targets: no pass may take one use for all.
//
// The bound is that of random networks: sums of some hundred f32 products.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { formatType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { disagreements } from '../support/agreement.ts';
import { configuration } from '../support/configuration.ts';
import type { Executor } from '../support/one-run.ts';
import { problemsOf } from '../support/one-run.ts';
import { feedsOf, networkOf as randomNetwork, randomPlan } from '../support/random-network.ts';
import { runs, timeout } from '../support/runs.ts';
import { networkOf } from '../frontend/support.ts';

const tolerance = 2e-6;

const networks: Readonly<Record<string, string>> = {
  'a convolution before a batch norm in one place, alone in another': `network A {
  input x: [4, 9, 7]
  share s = conv(4, kernel: 3, padding: 1)
  a = s -> batch_norm -> relu
  b = x -> s
  a -> add(b) -> s
}`,
  'a batch norm behind two convolutions': `network A {
  input x: [3, 8, 8]
  share norm = batch_norm
  conv(8, kernel: 3) -> norm -> relu -> conv(8, kernel: 1) -> norm
}`,
  'siblings with one set of weights, beside one with its own': `network A {
  input x: [8, 6, 6]
  share s = conv(8, kernel: 1)
  parallel concat {
    path s
    path s -> relu
    path conv(8, kernel: 1)
    path scaled
  }
}
block scaled { mul(0.5) }`,
  'dense layers behind maps of two sizes': `network A {
  input x: [2, 6, 6]
  share head = global_avg_pool -> flatten -> dense(5)
  share twice = dense(5)
  a = head
  b = x -> max_pool(2) -> head
  a -> add(b) -> twice -> sigmoid -> twice
}`,
  'a Siamese tower with a difference of its two results': `network A {
  input left: [1, 10, 10]
  input right: [1, 10, 10]
  share tower = conv(4, kernel: 3) -> batch_norm -> relu -> max_pool(2) -> flatten -> dense(6)
  a = left -> tower
  b = right -> tower
  a - b -> sigmoid -> dense(2)
}`,
  'learned factors and summands, of channels, pixels and all': `block layer_scale {
  input x
  learned gamma: [x.channels, 1, 1] = 0.1
  learned position: [1, x.height, x.width]
  learned map: [x.channels, x.height, x.width]
  conv(x.channels, kernel: 1) -> mul(gamma) -> add(x) -> add(position) -> mul(map)
}
network A {
  input x: [6, 5, 7]
  share s = layer_scale -> relu
  s -> s -> layer_scale
}`,
  'a learned row of pixels, and a learned token': `network A {
  input x: [6, 5, 7]
  learned row: [6, 1, 7]
  learned class: [1, 6]
  learned position: [43, 6]
  concat(row, along: height) -> tokens -> concat(class, along: length) -> add(position) -> dense(3)
}`,
  'arithmetic on a learned tensor alone': `network A {
  input x: [6, 5, 7]
  learned gate: [6, 1, 1]
  x * (gate -> sigmoid) + (gate * 2 - 1)
}`,
};

describe.each(Object.entries(networks))('%s', (_, text) => {
  const { graph } = networkOf(text);
  const feeds = feedsOf(graph, 2);
  test.each([
    { target: 'js', level: 0 },
    { target: 'js', level: 1 },
    { target: 'js', level: 2 },
    { target: 'wasm', level: 0 },
    { target: 'wasm', level: 1 },
    { target: 'wasm', level: 2 },
    { target: 'wasm', math: 'strict' },
  ] as const)('%o', async (options) => {
    expect(await disagreements(graph, feeds, options, tolerance)).toEqual([]);
  });
});

/** The network with one tensor in place of all weights of one shape and kind. */
function tied(graph: Graph): Graph {
  const first = new Map<string, ValueId>();
  const instead = new Map<ValueId, ValueId>();
  for (const { name, value, role, initial } of graph.parameters) {
    const part = name.slice(name.lastIndexOf('.') + 1);
    const key = `${role} ${initial.kind} ${part} ${formatType(graph.types.get(value)!)}`;
    if (!first.has(key)) first.set(key, value);
    instead.set(value, first.get(key)!);
  }
  const nodes = graph.nodes.map((node) => ({ ...node, operands: node.operands.map((id) => instead.get(id) ?? id) }));
  const isLeft = (id: ValueId): boolean => (instead.get(id) ?? id) === id;
  return {
    ...graph,
    nodes,
    parameters: graph.parameters.filter(({ value }) => isLeft(value)),
    types: new Map([...graph.types].filter(([id]) => isLeft(id))),
  };
}

test('random networks with one tensor for all weights of a shape', { timeout }, async () => {
  let shared = 0;
  await fc.assert(
    fc.asyncProperty(
      randomPlan,
      configuration,
      fc.constantFrom<Executor>('graph', 'graph', 'module', 'wasm'),
      async (plan, chosen, way) => {
        const own = randomNetwork(plan);
        const graph = tied(own);
        shared += own.parameters.length - graph.parameters.length;
        const problems = await problemsOf(graph, feedsOf(graph, 2), chosen, way);
        if (problems.length > 0) expect.fail(`${problems.join('\n')}\n\n${printGraph(graph, operators)}`);
      },
    ),
    runs(150, 'networks with shared weights'),
  );
  expect(shared).toBeGreaterThan(50);
});
