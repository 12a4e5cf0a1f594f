// A layer and what its kernel may take in: activations, batch norms, residual sums, pooling over its rows. The layer's
// shapes and attributes are as random as in the operators' own property; the bound is that of random networks.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { GraphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { inferNode, operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { disagreements } from '../support/agreement.ts';
import { arbitraryOperatorCase } from '../support/arbitrary-operator.ts';
import type { OperatorCase } from '../support/arbitrary-operator.ts';
import { feedsOf } from '../support/random-network.ts';
import { runs } from '../support/runs.ts';

type Follower = readonly [op: string, attributes: Attributes];

const pointwise: fc.Arbitrary<readonly Follower[]> = fc.array(
  fc.constantFrom<Follower>(
    ['relu', {}],
    ['sigmoid', {}],
    ['batch_norm', {}],
    ['scale', { bias: false }],
    ['prelu', { shared: false }],
    ['prelu', { shared: true }],
    ['clip', { min: -0.5, max: 0.25 }],
    ['residual add', {}],
    ['residual mul', {}],
  ),
  { maxLength: 3 },
);

const pooling: fc.Arbitrary<Follower> = fc
  .record({
    op: fc.constantFrom('max_pool', 'avg_pool'),
    kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    stride: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    padding: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)),
    ceil: fc.boolean(),
    counted: fc.boolean(),
  })
  .map(({ op, kernel, stride, padding, ceil, counted }) => [
    op,
    {
      kernel,
      stride,
      padding: padding.map((count, side) => Math.min(count, kernel[side % 2]! - 1)),
      ceil,
      ...(op === 'avg_pool' ? { count_padding: counted } : {}),
    },
  ]);

/** The layer on an input, the followers after it; those that do not fit are left out. */
function chain(layer: OperatorCase, followers: readonly Follower[]): Graph {
  const builder = graphBuilder('chain', operators);
  const inputs = layer.inputShapes.map((shape, at) => builder.input(`x${at}`, shape));
  let [value] = builder.node({ op: layer.op, inputs, attributes: layer.attributes });
  for (const [op, attributes] of followers) {
    const kind = op.startsWith('residual ') ? op.slice(9) : op;
    const others = kind === op ? [] : [builder.input(`r${value}`, builder.typeOf(value).shape)];
    if (fits(builder, kind, [value, ...others], attributes)) {
      [value] = builder.node({ op: kind, inputs: [value, ...others], attributes });
    }
  }
  builder.output('y', value);
  return builder.finish();
}

function fits(builder: GraphBuilder, op: string, inputs: readonly ValueId[], attributes: Attributes): boolean {
  const operator = operatorOf(operators, op);
  const types = inputs.map(builder.typeOf);
  return inferNode(operator, types, storedAttributes(operator, attributes, types)).results !== undefined;
}

const targets: readonly (readonly [string, PipelineOptions])[] = [
  ['JavaScript', {}],
  ['WebAssembly', { target: 'wasm' }],
];

const layers = ['conv', 'depthwise_conv', 'conv_transpose', 'dense', 'max_pool', 'avg_pool', 'global_avg_pool', 'add'];

describe.each(layers)('%s', (op) => {
  const cases = arbitraryOperatorCase([op]).filter(({ inputs }) => inputs.every(({ batched }) => batched));

  test.each(targets)('with what follows it, in %s', async (target, options) => {
    await fc.assert(
      fc.asyncProperty(cases, pointwise, fc.integer({ min: 1, max: 2 }), async (layer, followers, batch) => {
        const graph = chain(layer, followers);
        expect(await disagreements(graph, feedsOf(graph, batch), options, 1e-5)).toEqual([]);
      }),
      runs(25, `${op} fused in ${target}`),
    );
  });
});

test('a convolution, pooling over its rows, and what follows both', async () => {
  let pooled = 0;
  await fc.assert(
    fc.asyncProperty(
      arbitraryOperatorCase(['conv']),
      pointwise,
      pooling,
      pointwise,
      fc.integer({ min: 1, max: 2 }),
      async (layer, before, pool, after, batch) => {
        const graph = chain(layer, [...before, pool, ...after]);
        pooled += lower(graph, operators).program.kernels.filter(({ name }) => name.startsWith('conv_pool')).length;
        expect(await disagreements(graph, feedsOf(graph, batch), 2, 1e-5)).toEqual([]);
      },
    ),
    runs(150, 'fusion 2'),
  );
  expect(pooled).toBeGreaterThan(30);
});
