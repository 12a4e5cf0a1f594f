// What the steps of a training cost: the multiply–accumulates of their gradients, counted by hand.

import { expect, test } from 'vitest';
import { costOf } from '../../compiler/analysis/cost.ts';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lenet } from '../analysis/networks.ts';

const recipe: Recipe = {
  loss: { kind: 'cross_entropy', labelSmoothing: 0 },
  optimizer: { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'weights' },
};

/** MACs of a step of the network, by operator, summed over its nodes. */
function macsByOperator(graph: Graph): Readonly<Record<string, number>> {
  const step = trainingStep(graph, operators, recipe);
  const { nodes } = costOf(step, operators);
  const sums: Record<string, number> = {};
  for (const { name, op } of step.nodes) {
    const { macs } = nodes.get(name)!;
    if (macs > 0) sums[op] = (sums[op] ?? 0) + macs;
  }
  return sums;
}

test('a step of LeNet: backward is twice forward, without the gradient by the images', () => {
  // 6·25·28² and 16·6·25·10²; 400·120, 120·84 and 84·10
  const [conv1, conv2, dense] = [117_600, 240_000, 58_920];
  expect(conv1 + conv2 + dense).toBe(416_520);
  expect(macsByOperator(lenet)).toEqual({
    conv: conv1 + conv2,
    conv_weight_gradient: conv1 + conv2,
    conv_input_gradient: conv2,
    dense,
    dense_weight_gradient: dense,
    dense_input_gradient: dense,
  });
});

test('groups and strides: each weight at each pixel of the result', () => {
  const g = graphBuilder('Net', operators, 'train');
  let [v] = [g.input('image', [2, 7, 6])];
  [v] = g.node({ op: 'conv', inputs: [v], attributes: { channels: 4, kernel: 1 } });
  [v] = g.node({ op: 'conv', inputs: [v], attributes: { channels: 6, kernel: [3, 2], stride: 2, groups: 2 } });
  [v] = g.node({ op: 'flatten', inputs: [v] });
  [v] = g.node({ op: 'dense', inputs: [v], attributes: { features: 5 } });
  g.output('scores', v);
  // 4·2 weights at 7·6 pixels; 6·2·3·2 weights at 3·3 pixels; 54 inputs to 5 features
  expect(macsByOperator(g.finish())).toEqual({
    conv: 336 + 648,
    conv_weight_gradient: 336 + 648,
    conv_input_gradient: 648,
    dense: 270,
    dense_weight_gradient: 270,
    dense_input_gradient: 270,
  });
});
