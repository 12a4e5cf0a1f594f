// Training weights that several nodes read: gradients add up, and statistics move with every use, in their order, as in PyTorch.

import { expect, test } from 'vitest';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { operators } from '../../compiler/ops/index.ts';
import { networkOf } from '../frontend/support.ts';
import { feedsOf, runStep, slopeOf } from '../support/step.ts';

const recipe: Recipe = {
  loss: { kind: 'mean_squared_error', reduction: 'sum' },
  optimizer: { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'all' },
};

const stepOf = (text: string) => trainingStep({ ...networkOf(text).graph, mode: 'train' }, operators, recipe);

test('gradients of shared weights and learned tensors are those of central differences', () => {
  const step = stepOf(`network A {
  input x: [2, 5, 5]
  share s = conv(2, kernel: 3, padding: 1) -> batch_norm -> tanh
  learned gamma: [2, 1, 1] = 0.1
  learned gate: [2, 1, 1]
  a = s -> s
  b = x -> s -> mul(gamma)
  a - b * (gate -> sigmoid) + 1 / (2 + gamma * gamma) -> flatten -> dense(2)
}`);
  const batch = 3;
  const feeds = feedsOf(step, { batch, rate: 1, seed: 5 });
  const results = runStep(step, feeds, batch);
  for (const { name, state } of step.inputs) {
    if (state?.role !== 'parameter') continue;
    const before = feeds.get(name)!.data;
    for (const at of new Set([0, before.length - 1])) {
      const gradient = before[at]! - results.get(name)![at]!;
      const slope = slopeOf(step, feeds, batch, name, at);
      expect(Math.abs(gradient - slope), `${name}[${at}]`).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
    }
  }
});

test('running statistics that two nodes share move twice', () => {
  const step = stepOf(`network A {
  input x: [1, 2, 2]
  share norm = batch_norm
  norm -> norm -> flatten -> dense(1)
}`);
  const batch = 2;
  const feeds = feedsOf(step, { batch, rate: 0, seed: 2 });
  const of = (name: string): number => feeds.get(name)!.data[0]!;
  const { data: x } = feeds.get('x')!;
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  // What the first gives has the mean `bias` and the variance weight²·σ²/(σ² + ε); running variances are unbiased, n/(n − 1) times as large.
  const second = (of('norm.weight') ** 2 * variance) / (variance + 1e-5);
  const unbiased = x.length / (x.length - 1);
  const results = runStep(step, feeds, batch);
  const moved = (start: number, ...values: readonly number[]): number =>
    values.reduce((running, value) => 0.9 * running + 0.1 * value, start);
  expect(results.get('norm.running_mean')![0]).toBeCloseTo(moved(of('norm.running_mean'), mean, of('norm.bias')), 12);
  expect(results.get('norm.running_var')![0]).toBeCloseTo(
    moved(of('norm.running_var'), variance * unbiased, second * unbiased),
    12,
  );
});
