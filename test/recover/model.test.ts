// A foreign model as text, weights and names: it computes the same, and what its file calls things can do no harm.

import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { operators } from '../../compiler/ops/index.ts';
import { Unrecoverable } from '../../src/recover/index.ts';
import { ownModel } from '../../src/recover/model.ts';
import { centred } from '../support/formula.ts';

const weightsOf = (graph: Graph) =>
  new Map(
    graph.parameters.map(({ name, value }, at) => {
      const { shape } = graph.types.get(value)!;
      const count = shape.reduce((product, extent) => product * extent, 1);
      return [name, { shape, data: Float32Array.from(centred(at, count, 1), Math.abs) }] as const;
    }),
  );

const graphOf = (text: string): Graph => frontend({ path: 'net.cnn', text }, { operators }).networks[0]!.graph;

const outputsOf = (
  graph: Graph,
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
): readonly Float64Array[] => {
  const inputs = new Map(
    graph.inputs.map(({ name, value }, at) => {
      const shape = [1, ...graph.types.get(value)!.shape];
      const count = shape.reduce((product, extent) => product * extent, 1);
      return [name, { shape, data: Float64Array.from(centred(100 + at, count, 1)) }];
    }),
  );
  const parameters = new Map(
    [...tensors].map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }]),
  );
  const { outputs } = interpret(graph, operators, { inputs, parameters, batch: 1 });
  return graph.outputs.map(({ name }) => outputs.get(name)!.data);
};

/** Blocks, a loop, a shared layer, a learned tensor, a number minus a value, two results. */
const source = `
block unit(width: int) {
  parallel add {
    path conv(width, kernel: 3, padding: 1) -> batch_norm -> relu
    path conv(width, kernel: 1)
  }
}
network Mixed {
  input image: [2, 6, 6]
  share twice = conv(4, kernel: 1)
  learned gain: [4, 1, 1] = 1
  a = conv(4, kernel: 1) -> twice -> relu -> twice
  for width in [6, 8, 4] { unit(width) }
  1 - a -> mul(gain) -> mul(0.5)
  left, right = split(2)
  b = right -> sub(left)
  c = global_avg_pool -> flatten -> dense(3)
  output c, b
}`;

test('the recovered network computes the same bits from the renamed weights', () => {
  const graph = graphOf(source);
  const weights = weightsOf(graph);
  const names = new Map([
    ['/Conv_7_output', 'a.conv1'],
    ['gamma', 'gain'],
    ['gone', 'nowhere'],
  ]);
  const model = ownModel({ network: { name: 'Mixed', graph }, weights, names }, operators);
  const tensors = new Map(model.tensors.map(({ name, ...tensor }) => [name, tensor]));
  expect(outputsOf(graphOf(model.text), tensors)).toEqual(outputsOf(graph, weights));
  expect(model.text).toContain('share shared1 = conv(4, kernel: 1)');
  expect([...model.names.keys()]).toEqual(['/Conv_7_output', 'gamma']);
  const known = [...model.graph.nodes, ...model.graph.parameters].map(({ name }) => name);
  for (const name of model.names.values()) expect(known).toContain(name);
});

describe('names of a file', () => {
  const hostile = [
    ['a line break and a definition', 'x\n}\nnetwork Evil { input a: [1] relu }'],
    ['a keyword', 'network'],
    ['an operator', 'relu'],
    ['nothing but symbols', '*/ // "\\ {}'],
    ['control characters', 'a\u001b[2J\u2028b\u0000'],
    ['a property of objects', '__proto__'],
    ['ten thousand letters', 'a'.repeat(10_000)],
  ] as const;
  test.each(hostile)('%s', (_, name) => {
    const builder = graphBuilder(name, operators);
    const x = builder.input(name, [2, 4, 4]);
    const [y] = builder.node({ op: 'conv', name: `${name}.c`, inputs: [x], attributes: { channels: 2, kernel: 1 } });
    const [z] = builder.node({ op: 'add', name: `${name}.d`, inputs: [y, x] });
    builder.output(name, z);
    const graph = builder.finish();
    const names = new Map([[name, `${name}.c`]]);
    const { text, names: renamed } = ownModel(
      { network: { name, doc: name, graph }, weights: weightsOf(graph), names },
      operators,
    );
    const { networks, diagnostics } = frontend({ path: 'net.cnn', text }, { operators });
    expect(diagnostics).toEqual([]);
    expect(networks).toHaveLength(1);
    expect(networks[0]!.graph.nodes.map(({ op }) => op)).toEqual(['conv', 'add']);
    expect(text.length).toBeLessThan(1000);
    expect(text).toMatch(/^[\n\x20-\x7e\u00a0-\uffff]*$/);
    expect(renamed.get(name)).toBe(networks[0]!.graph.nodes[0]!.name);
  });
});

test('all that the language cannot say is listed at once', () => {
  const builder = graphBuilder('n', operators);
  const once = builder.once('k', [3]);
  const x = builder.input('x', [3]);
  const [y] = builder.node({ op: 'add', name: 'sum', inputs: [x, once] });
  const fixed = [0, 1, 2, 3].map(() => builder.constant([3], [1, 2, 3]));
  const [z] = builder.node({ op: 'batch_norm', name: 'fixed', inputs: [y], parameters: fixed });
  builder.output('z', z);
  const graph = builder.finish();
  const attempt = () => ownModel({ network: { name: 'n', graph }, weights: new Map(), names: new Map() }, operators);
  expect(attempt).toThrow(Unrecoverable);
  expect(attempt).toThrow(/`k` has no batch axis[\s\S]*`fixed` \(batch_norm\)/);
});
