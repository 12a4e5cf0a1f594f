// A step with probes computes what the step computes, and tells which of its values are finite.

import { expect, test } from 'vitest';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { probedStep } from '../../compiler/autodiff/probes.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { compileProbedStep } from '../../compiler/index.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { verifyProgram } from '../../compiler/program/verify.ts';
import { feedsOf, runStep } from '../support/step.ts';
import { trainedNetworks } from '../support/trained-networks.ts';

const recipe: Recipe = {
  loss: { kind: 'cross_entropy', labelSmoothing: 0 },
  optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0, decays: 'weights' },
};
const batch = 2;

test.each(trainedNetworks().map((network) => [network.name, network] as const))('%s', (_, network) => {
  const plain = trainingStep(network, operators, recipe);
  const { graph, probes } = probedStep(network, operators, recipe);
  expect(verifyGraph(graph, operators)).toEqual([]);
  const { step } = compileProbedStep({ graph: network }, recipe, { target: 'wasm' });
  expect(verifyProgram(step.program, step.graph, operators)).toEqual([]);
  const feeds = feedsOf(plain, { batch, rate: 0.1, seed: 3, classes: 5 });
  const [expected, found] = [runStep(plain, feeds, batch), runStep(graph, feeds, batch)];
  for (const [name, data] of expected) expect(found.get(name), name).toEqual(data);
  for (const { output } of probes) expect(found.get(output)).toEqual(Float64Array.of(0));
  // Every layer with weights, when one of these is infinite, is the first.
  for (const { name, value } of network.parameters) {
    if (!name.endsWith('weight')) continue;
    const layer = network.nodes.find(({ operands }) => operands.includes(value))!.name;
    const data = feeds.get(name)!.data.slice();
    data[0] = Infinity;
    const broken = runStep(graph, new Map([...feeds, [name, { data }]]), batch);
    const first = probes.find(({ output }) => Number.isNaN(broken.get(output)![0]));
    expect(first?.part, name).toEqual({ phase: 'forward', layer });
  }
});
