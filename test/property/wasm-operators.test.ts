// Every operator on random shapes and attributes for the WebAssembly target: the module gives the bits of the kernel interpreter, and
// both are near the oracle; and every remainder of channels, columns and rows by lanes and register blocks.
//
// The bound. Products and partial sums round to 2^-24 of themselves. Sums here have up to 3 · 49 = 147 terms of like size, whose
// partial sums grow as their root: a deviation of some √147 / 2 roundings of the result, 3.6e-7, five of which are 1.8e-6. Elementary
// functions add 2 units in the last place, 2.4e-7, to what they are given.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { disagreements } from '../support/agreement.ts';
import { arbitraryOperatorCase, networkOperators } from '../support/arbitrary-operator.ts';
import { caseGraph, specials } from '../support/operator-graph.ts';
import { feedsOf } from '../support/random-network.ts';
import { casesOf, runs, timeout } from '../support/runs.ts';

const tolerance = 2e-6;
const options = fc.constantFrom<PipelineOptions>(
  { target: 'wasm' },
  { target: 'wasm', level: 0 },
  { target: 'wasm', math: 'strict' },
  { target: 'wasm', level: 1, disable: ['concat-slices', 'in-place'] },
);

describe.each(networkOperators)('%s', (op) => {
  test('agrees with the interpreter and the oracle at every batch and maxBatch', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryOperatorCase([op]),
        options,
        fc.integer({ min: 1, max: 3 }),
        fc.nat(1000),
        specials,
        async (one, chosen, batch, seed, wanted) => {
          const { graph, feeds } = caseGraph(one, batch, seed, wanted);
          expect(await disagreements(graph, feeds, chosen, tolerance)).toEqual([]);
        },
      ),
      { ...runs(1, `${op} in WebAssembly`), numRuns: casesOf(op) },
    );
  });
});

/** One input of a row of pixels; an output for each kind of kernel. */
function everyKernel(channels: number, rows: number, columns: number): Graph {
  const builder = graphBuilder('remainders', operators);
  const x = builder.input('x', [channels, 1, rows]);
  const apply = (op: string, value: ValueId, attributes: Attributes = {}): ValueId =>
    builder.node({ op, inputs: [value], attributes })[0];
  const tall = apply('upsample', x, { factor: [3, 1] });
  const flat = apply('flatten', x);
  const outputs: Readonly<Record<string, ValueId>> = {
    pointwise: apply('relu', apply('conv', x, { channels: columns, kernel: 1 })),
    direct: apply('conv', tall, { channels: columns, kernel: 3, padding: 1 }),
    heavy: apply('sigmoid', apply('conv', x, { channels: columns, kernel: [1, 3], padding: [0, 1] })),
    depthwise: apply('depthwise_conv', tall, { kernel: 3, padding: 1 }),
    transposed: apply('conv_transpose', x, { channels: columns, kernel: [1, 2], stride: [1, 2] }),
    dense: apply('tanh', apply('dense', flat, { features: columns })),
    pool: apply('max_pool', tall, { kernel: 3, padding: 1, stride: 1 }),
    mean: apply('avg_pool', tall, { kernel: [2, 1], stride: 1 }),
    global: apply('global_avg_pool', tall),
    softmax: apply('softmax', x),
    normal: apply('local_response_norm', x, { size: 5 }),
    sum: builder.node({ op: 'add', inputs: [x, apply('gelu', x)] })[0],
    concat: builder.node({ op: 'concat', inputs: [x, apply('conv', x, { channels: columns, kernel: 1 }), x] })[0],
  };
  for (const [name, value] of Object.entries(outputs)) builder.output(name, value);
  return builder.finish();
}

describe('remainders of lanes and register blocks', () => {
  const rows = Array.from({ length: 13 }, (_, at) => at + 1);

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('%i channels', async (channels) => {
    for (const count of rows) {
      const graph = everyKernel(channels, count, ((7 * channels + 5 * count) % 19) + 1);
      const problems = await disagreements(graph, feedsOf(graph, 1), { target: 'wasm' }, tolerance);
      expect(problems, `${count} pixels`).toEqual([]);
    }
  });

  test('a dense layer on 1 to 13 images', async () => {
    const builder = graphBuilder('dense', operators);
    const [y] = builder.node({ op: 'dense', inputs: [builder.input('x', [7])], attributes: { features: 37 } });
    builder.output('y', y);
    const graph = builder.finish();
    for (const batch of rows)
      expect(await disagreements(graph, feedsOf(graph, batch), { target: 'wasm' }, tolerance)).toEqual([]);
  });
});

test.each(['js', 'wasm'] as const)('sums over more neighbours than there are channels, %s', async (target) => {
  for (const size of [15, 16, 17, 18, 2 ** 53 - 1]) {
    const builder = graphBuilder('neighbours', operators);
    const x = builder.input('x', [8, 2, 3]);
    builder.output('y', builder.node({ op: 'local_response_norm', inputs: [x], attributes: { size, alpha: size } })[0]);
    const graph = builder.finish();
    expect(await disagreements(graph, feedsOf(graph, 1), { target }, tolerance)).toEqual([]);
  }
});
