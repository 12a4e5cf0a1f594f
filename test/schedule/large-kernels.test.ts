// Nodes of many operands, and long chains of what one kernel could compute: engines accept functions up to a size only.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { Program } from '../../compiler/program/program.ts';
import { verifyProgram } from '../../compiler/program/verify.ts';
import { disagreements } from '../support/agreement.ts';
import { feedsOf } from '../support/random-network.ts';

type Step = (op: string, inputs: readonly ValueId[], attributes?: Readonly<Record<string, number>>) => ValueId;

/** A network on images of 4 × 2 × 2. */
function networkOf(write: (step: Step, x: ValueId) => ValueId): Graph {
  const builder = graphBuilder('large', operators);
  const x = builder.input('x', [4, 2, 2]);
  const y = write((op, inputs, attributes = {}) => builder.node({ op, inputs, attributes })[0], x);
  builder.output('y', y);
  return builder.finish();
}

/** Of values none of which anything else reads, so that the result could lie in the place of any. */
const combining = (op: string, count: number): Graph =>
  networkOf((step, x) =>
    step(
      'leaky_relu',
      [
        step(
          op,
          Array.from({ length: count }, (_, at) => step('clip', [x], { min: -1 - at / count, max: 1 })),
        ),
      ],
      {},
    ),
  );

const chain = (length: number): Graph =>
  networkOf((step, x) => {
    let y = step('conv', [x], { channels: 8, kernel: 1 });
    for (let at = 0; at < length; at += 1) y = step(['sigmoid', 'tanh', 'silu', 'prelu'][at % 4]!, [y]);
    return y;
  });

const residuals = (count: number): Graph =>
  networkOf((step, x) => {
    const others = Array.from({ length: count }, (_, at) => step('clip', [x], { min: -1 - at, max: 1 }));
    return others.reduce((y, other) => step('add', [y, other]), step('conv', [x], { channels: 4, kernel: 1 }));
  });

/** Of values of which only the last one has no other reader, so that the result may lie in its place alone. */
const lastFree = (count: number): Graph =>
  networkOf((step, x) => {
    const kept = step('sigmoid', [x]);
    const last = step('softmax', [x]);
    return step('sub', [step('add', [...Array.from({ length: count - 1 }, () => kept), last]), kept]);
  });

const cases: readonly (readonly [string, Graph])[] = [
  ['a sum of 600 values', combining('add', 600)],
  ['differences of 257 values', combining('sub', 257)],
  ['the largest of 300 values', combining('maximum', 300)],
  ['a sum of 300 values, the last of which nobody else reads', lastFree(300)],
  ['a chain of 1000 activations', chain(1000)],
  ['a convolution to which 100 values are added', residuals(100)],
];

/** The search for an order takes seconds, and makes no difference here. */
const disable = ['order-for-memory'];

test.each(cases.flatMap(([name, graph]) => (['js', 'wasm'] as const).map((target) => [name, target, graph] as const)))(
  '%s, %s',
  async (_, target, graph) => {
    expect(await disagreements(graph, feedsOf(graph, 2, []), { target, disable }, 1e-4)).toEqual([]);
    for (const { name, parameters } of lower(graph, operators, { target, disable }).program.kernels)
      expect(parameters.length, name).toBeLessThan(300);
  },
);

test('a sum in several calls needs all of them, in order', () => {
  const graph = combining('add', 600);
  const { program } = lower(graph, operators, { target: 'wasm', disable });
  const calls = program.run.flatMap(({ nodes }, at) => (nodes.includes('add1') ? [at] : []));
  expect(calls).toHaveLength(3);
  const without = (gone: number): Program => ({ ...program, run: program.run.filter((_, at) => at !== gone) });
  expect(verifyProgram(without(calls[0]!), graph, operators).join()).toContain('part of which');
});
