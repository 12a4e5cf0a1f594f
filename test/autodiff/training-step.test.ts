// Steps of a training: their gradients against central differences, in f64.

import { expect, test } from 'vitest';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { feedsOf, runStep, slopeOf } from '../support/step.ts';

const recipe: Recipe = {
  loss: { kind: 'cross_entropy', labelSmoothing: 0.1 },
  optimizer: { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'weights' },
};

function network(): Graph {
  const g = graphBuilder('Net', operators, 'train');
  let [v] = [g.input('image', [2, 7, 6])];
  [v] = g.node({ op: 'conv', inputs: [v], attributes: { channels: 4, kernel: [3, 2], stride: 2, padding: 1 } });
  [v] = g.node({ op: 'sigmoid', inputs: [v] });
  [v] = g.node({ op: 'conv', inputs: [v], attributes: { channels: 6, kernel: 3, groups: 2, mode: 'convolution' } });
  [v] = g.node({ op: 'relu', inputs: [v] });
  [v] = g.node({ op: 'flatten', inputs: [v] });
  [v] = g.node({ op: 'dense', inputs: [v], attributes: { features: 5 } });
  g.output('scores', v);
  return g.finish();
}

test('the gradients of a small network are those of central differences', () => {
  const step = trainingStep(network(), operators, recipe);
  expect(verifyGraph(step, operators)).toEqual([]);
  const batch = 3;
  const feeds = feedsOf(step, { batch, rate: 1, seed: 5, classes: 5 });
  const results = runStep(step, feeds, batch);
  for (const { name, state } of step.inputs) {
    if (state?.role !== 'parameter') continue;
    const before = feeds.get(name)!.data;
    const gradient = before.map((value, at) => value - results.get(name)![at]!);
    for (let at = 0; at < before.length; at += Math.ceil(before.length / 12)) {
      expect(gradient[at], `${name}[${at}]`).toBeCloseTo(slopeOf(step, feeds, batch, name, at), 8);
    }
  }
});
