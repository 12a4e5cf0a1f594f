// The pass batch-norm-to-scale: its text before and after, and the same numbers on both sides.

import { expect, test } from 'vitest';
import { interpret } from '../../compiler/ir/interpret.ts';
import { operators } from '../../compiler/ops/index.ts';
import { batchNormToScale } from '../../compiler/passes/batch-norm-to-scale.ts';
import { graphOf, runPass } from '../support/pass.ts';

const norm = `
  %0 = input x : [N,2,3,3]
  %1 = parameter norm.weight : [2] constant(1)
  %2 = parameter norm.bias : [2] constant(0)
  %3 = buffer norm.running_mean : [2] constant(0)
  %4 = buffer norm.running_var : [2] constant(1)
  %5 = batch_norm(%0, %1, %2, %3, %4) {epsilon=0.5} : [N,2,3,3] as norm
  output y = %5`;

test('a batch norm becomes arithmetic on its parameters and a scale', () => {
  const run = runPass(batchNormToScale, graphOf(norm));
  expect(run.lines).toEqual([
    '%5 = inverse_sqrt(%4) {epsilon=0.5} : [2] as norm.inverse_sqrt',
    '%6 = mul(%1, %5) : [2] as norm.mul',
    '%7 = mul(%3, %6) : [2] as norm.mul_2',
    '%8 = sub(%2, %7) : [2] as norm.sub',
    '%9 = scale(%0, %6, %8) : [N,2,3,3] as norm.scale',
    'output y = %9',
  ]);
  expect(run.distance).toBeLessThan(1e-15);
  expect(run.records.rewrites.map(({ rule, nodes }) => [rule, nodes])).toEqual([['batch_norm', ['norm']]]);
});

test('its numbers are those of the formula', () => {
  const { graph } = runPass(batchNormToScale, graphOf(norm));
  const { outputs } = interpret(graph, operators, {
    batch: 1,
    inputs: new Map([['x', { data: Float64Array.from({ length: 18 }, (_, i) => (i < 9 ? 3 : -1)) }]]),
    parameters: new Map([
      ['norm.weight', { data: [2, 1] }],
      ['norm.bias', { data: [10, 0] }],
      ['norm.running_mean', { data: [1, -2] }],
      ['norm.running_var', { data: [3.5, 15.5] }],
    ]),
  });
  // (3 − 1) / √(3.5 + 0.5) · 2 + 10 and (−1 + 2) / √(15.5 + 0.5)
  expect(outputs.get('y')!.data[0]).toBe(12);
  expect(outputs.get('y')!.data[17]).toBe(0.25);
});

test('without a batch norm, and in training, the graph is the same', () => {
  const plain = graphOf('%0 = input x : [N,3]\n%1 = relu(%0) : [N,3] as relu1\noutput y = %1');
  expect(runPass(batchNormToScale, plain).unchanged).toBe(true);
  expect(runPass(batchNormToScale, graphOf(norm, 'train')).unchanged).toBe(true);
});
