// Nodes of many operands, and long chains of what one kernel could compute: engines accept functions up to a size only.

import { expect, test } from 'vitest';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { Program } from '../../compiler/program/program.ts';
import { interpretProgram } from '../../compiler/program/interpret.ts';
import { verifyProgram } from '../../compiler/program/verify.ts';
import { disagreements } from '../support/agreement.ts';
import { feedsOf } from '../support/random-network.ts';
import { feedsOf as stepFeeds, runStep } from '../support/step.ts';

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

/** The norm is that of all gradients together, a sum of as many values as there are tensors. */
test.each(['js', 'wasm'] as const)('a training that clips the gradients of 300 tensors, %s', (target) => {
  const builder = graphBuilder('large', operators, 'train');
  let y = builder.input('x', [4]);
  for (let at = 0; at < 300; at += 1) [y] = builder.node({ op: 'prelu', inputs: [y] });
  builder.output('y', y);
  const step = trainingStep(builder.finish(), operators, {
    loss: { kind: 'mean_squared_error', reduction: 'mean' },
    optimizer: { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'all' },
    clipNorm: 1e-3,
  });
  const { graph, program } = lower(step, operators, { target });
  expect(verifyProgram(program, graph, operators)).toEqual([]);
  for (const { name, parameters } of program.kernels) expect(parameters.length, name).toBeLessThan(300);
  const feeds = stepFeeds(step, { batch: 2, rate: 0.1, seed: 3 });
  const expected = runStep(step, feeds, 2);
  const inputs = new Map([...feeds].map(([name, { data }]) => [name, Float32Array.from(data)]));
  const found = interpretProgram(program, { inputs, parameters: new Map(), batch: 2 });
  for (const [name, data] of expected)
    data.forEach((value, at) => expect(Math.abs(found.get(name)![at]! - value), name).toBeLessThan(1e-5));
});

test('a sum in several calls needs all of them, in order', () => {
  const graph = combining('add', 600);
  const { program } = lower(graph, operators, { target: 'wasm', disable });
  const calls = program.run.flatMap(({ nodes }, at) => (nodes.includes('add1') ? [at] : []));
  expect(calls).toHaveLength(3);
  const without = (gone: number): Program => ({ ...program, run: program.run.filter((_, at) => at !== gone) });
  expect(verifyProgram(without(calls[0]!), graph, operators).join()).toContain('part of which');
});
