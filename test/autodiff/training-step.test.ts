// Steps of a training: their gradients against central differences, in f64.

import { expect, test } from 'vitest';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { frontend } from '../../compiler/frontend/index.ts';
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

// PyTorch's module calls them, too, and has their weights in its `state_dict`.
test.each([
  ['of images', 'flatten'],
  ['of tokens', 'tokens -> dense(3) -> flatten'],
])('layers that lead to no output are part of a step: %s', (_, rest) => {
  const text = `network Net {
    input image: [1, 3, 4]
    learned idle: [2, 1, 1] = 1
    first = conv(2, kernel: 2)
    norm = first -> batch_norm(momentum: 0.5)
    last = norm -> conv(1, kernel: 1)
    first -> ${rest}
    scores = dense(3)
    output scores
  }`;
  const { networks } = frontend({ path: 'net.cnn', text }, { operators });
  const { graph } = networks[0]!;
  const step = trainingStep(graph, operators, { ...recipe, optimizer: { ...recipe.optimizer, decay: 0.5 } });
  expect(verifyGraph(step, operators)).toEqual([]);
  const states = step.inputs.filter(({ state }) => state).map(({ name }) => name);
  expect(states.toSorted()).toEqual(graph.parameters.map(({ name }) => name).toSorted());
  const feeds = feedsOf(step, { batch: 2, rate: 1, seed: 3, classes: 3 });
  const results = runStep(step, feeds, 2);
  for (const name of ['idle', 'norm.weight', 'last.weight', 'last.bias'])
    expect(results.get(name), name).toEqual(feeds.get(name)!.data);
  // Half of the mean of what the first layer gives, by definition.
  const [x, weight, bias] = ['image', 'first.weight', 'first.bias'].map((name) => feeds.get(name)!.data);
  for (let channel = 0; channel < 2; channel += 1) {
    let sum = 0;
    for (let at = 0; at < 12; at += 1) {
      const start = Math.floor(at / 6) * 12 + Math.floor((at % 6) / 3) * 4 + (at % 3);
      [0, 1, 4, 5].forEach((tap, k) => (sum += weight![channel * 4 + k]! * x![start + tap]!));
    }
    const before = feeds.get('norm.running_mean')!.data[channel]!;
    expect(results.get('norm.running_mean')![channel]).toBeCloseTo((before + sum / 12 + bias![channel]!) / 2, 12);
  }
});
