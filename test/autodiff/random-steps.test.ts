// Steps of random networks: their gradients along a random direction of all parameters, against central differences, in f64.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { stepOutputs } from '../../runtime/step-border.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { networkOf, randomPlan } from '../support/random-network.ts';
import { runs, timeout } from '../support/runs.ts';
import type { Feed } from '../support/step.ts';
import { feedsOf, numbersFrom, runStep } from '../support/step.ts';

const recipe: Recipe = {
  loss: { kind: 'mean_squared_error', reduction: 'sum' },
  optimizer: { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'all' },
};

/** How far the gradient is from differences, relative to both; undefined where the loss is no number. */
function deviation(step: Graph, batch: number, seed: number): number | undefined {
  const feeds = feedsOf(step, { batch, rate: 1, seed });
  const results = runStep(step, feeds, batch);
  const next = numbersFrom(seed + 1);
  const trained = step.inputs.filter(({ state }) => state?.role === 'parameter').map(({ name }) => name);
  const directions = new Map(trained.map((name) => [name, feeds.get(name)!.data.map(next)]));
  let [slope, norm] = [0, 0];
  for (const [name, direction] of directions) {
    direction.forEach((by, at) => {
      const gradient = feeds.get(name)!.data[at]! - results.get(name)![at]!;
      slope += gradient * by;
      norm += gradient * gradient;
    });
  }
  const moved = (size: number): Feed =>
    new Map([
      ...feeds,
      ...[...directions].map(
        ([name, direction]) =>
          [name, { data: feeds.get(name)!.data.map((value, at) => value + size * direction[at]!) }] as const,
      ),
    ]);
  const lossAt = (size: number): number => runStep(step, moved(size), batch).get(stepOutputs.loss)![0]!;
  const here = lossAt(0);
  if (!Number.isFinite(here) || Math.abs(here) > 1e6) return undefined;
  // A smaller step where a larger one crosses the corner of a relu, or where the loss bends.
  const errors = [1e-4, 1e-5, 1e-6, 1e-7].map((size) => {
    // The fourth order, so that curvature does not limit it.
    const [near, far] = [size, 2 * size].map((by) => (lossAt(by) - lossAt(-by)) / (2 * by)) as [number, number];
    const expected = (4 * near - far) / 3;
    const noise = (1e-15 * Math.abs(here)) / size;
    return Math.max(0, Math.abs(slope - expected) - noise) / Math.max(Math.abs(slope), Math.sqrt(norm), 1e-3);
  });
  return Math.min(...errors);
}

test('gradients of random networks', { timeout: 2 * timeout }, () => {
  let [checked, skipped] = [0, 0];
  fc.assert(
    fc.property(randomPlan, fc.integer({ min: 2, max: 3 }), fc.nat(1000), (plan, batch, seed) => {
      const graph = networkOf(plan);
      const step = trainingStep(graph, operators, recipe);
      expect(verifyGraph(step, operators)).toEqual([]);
      const error = deviation(step, batch, seed);
      if (error === undefined) skipped += 1;
      else {
        checked += 1;
        expect(error, `seed ${seed}, batch ${batch}\n${printGraph(graph, operators)}`).toBeLessThanOrEqual(1e-6);
      }
    }),
    runs(200, 'gradients of random networks'),
  );
  expect(skipped).toBeLessThan(0.1 * checked);
});
