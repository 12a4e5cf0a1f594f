// Places where memory or a kernel is shared and a value could be lost: small networks, each computed by every executor.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { GraphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, ValueId } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { disagreements } from '../support/agreement.ts';
import { feedsOf } from '../support/random-network.ts';

const apply = (builder: GraphBuilder, op: string, inputs: readonly ValueId[], attributes: Attributes = {}): ValueId =>
  builder.node({ op, inputs, attributes })[0];

type Build = (b: GraphBuilder, x: ValueId, y: ValueId) => readonly ValueId[];

/** x [4,6,6] and y [4,6,6] → the outputs. */
test.each<[string, Build]>([
  [
    'a part of an overwritten concatenation is read later',
    (b, x, y) => {
      const whole = apply(b, 'relu', [apply(b, 'concat', [x, y])]);
      return [apply(b, 'max_pool', [whole], { kernel: 2 }), apply(b, 'max_pool', [x], { kernel: 2 })];
    },
  ],
  [
    'a residual sum onto a concatenation whose part the layer reads',
    (b, x, y) => {
      const whole = apply(b, 'concat', [x, y]);
      return [apply(b, 'add', [apply(b, 'conv', [x], { channels: 8, kernel: 3, padding: 1 }), whole])];
    },
  ],
  [
    'a value in two concatenations, one of them inside the other',
    (b, x, y) => {
      const inner = apply(b, 'concat', [x, y]);
      return [apply(b, 'concat', [x, inner]), apply(b, 'relu', [inner])];
    },
  ],
  [
    'a value twice in a concatenation',
    (b, x, y) => {
      const r = apply(b, 'relu', [x]);
      return [apply(b, 'concat', [r, y, r])];
    },
  ],
  [
    'halves of a value that is overwritten',
    (b, x) => {
      const [left, right] = b.node({ op: 'split', inputs: [x], attributes: { parts: 2 } });
      return [apply(b, 'relu', [x]), apply(b, 'mul', [left, right!])];
    },
  ],
  [
    'halves in a new order',
    (b, x) => {
      const [left, right] = b.node({ op: 'split', inputs: [x], attributes: { parts: 2 } });
      return [apply(b, 'concat', [right!, left])];
    },
  ],
  [
    'a flattened concatenation before a dense layer, and one before another operator',
    (b, x, y) => {
      const flat = apply(b, 'flatten', [apply(b, 'concat', [x, y])]);
      const other = apply(b, 'flatten', [y]);
      return [
        apply(b, 'dense', [flat], { features: 3 }),
        apply(b, 'dense', [other], { features: 3 }),
        apply(b, 'relu', [other]),
      ];
    },
  ],
  [
    'an input that is an output, an output given twice',
    (b, x, y) => {
      const r = apply(b, 'relu', [x]);
      return [y, r, r, apply(b, 'add', [r, y])];
    },
  ],
  [
    'a sum of two layers, either of which could take it',
    (b, x, y) => {
      const [c, d] = [
        apply(b, 'conv', [x], { channels: 3, kernel: 1 }),
        apply(b, 'conv', [y], { channels: 3, kernel: 1 }),
      ];
      return [apply(b, 'relu', [apply(b, 'add', [c, d])]), apply(b, 'add', [d, apply(b, 'relu', [c])])];
    },
  ],
  ['a value added to itself', (b, x) => [apply(b, 'add', [x, x]), apply(b, 'mul', [x, x])]],
  [
    'a channel of a map added to all of them',
    (b, x) => {
      const [first] = b.node({ op: 'split', inputs: [x], attributes: { sizes: [1, 3] } });
      return [apply(b, 'add', [x, first])];
    },
  ],
  [
    'arithmetic whose first operand is a constant',
    (b, x) => {
      const constant = b.constant([4, 1, 1], [1, 2, 3, 4]);
      return [apply(b, 'sub', [constant, x]), apply(b, 'div', [constant, apply(b, 'sigmoid', [x])])];
    },
  ],
  [
    'a convolution of one filter per channel, then pooling',
    (b, x) => {
      const c = apply(b, 'conv', [x], { channels: 4, kernel: 3, padding: 1, groups: 4 });
      return [apply(b, 'relu', [apply(b, 'max_pool', [c], { kernel: 2 })])];
    },
  ],
])('%s', async (_, build) => {
  const builder = graphBuilder('sharing', operators);
  const [x, y] = ['x', 'y'].map((name) => builder.input(name, [4, 6, 6])) as [ValueId, ValueId];
  build(builder, x, y).forEach((value, at) => builder.output(`out${at}`, value));
  const graph = builder.finish();
  for (const level of [0, 1, 2] as const) {
    expect(await disagreements(graph, feedsOf(graph, 2), level, 1e-6)).toEqual([]);
  }
});
