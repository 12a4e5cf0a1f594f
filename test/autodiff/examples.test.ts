// Every example network can be trained: its step is a graph without faults, in which every parameter gets a new value.

import { expect, test } from 'vitest';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { parseGraph, printGraph } from '../../compiler/ir/text.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { exampleNetworks } from '../support/examples-list.ts';

/** Weights on which the first output, of which the loss is, does not depend. */
const beside: Readonly<Record<string, RegExp>> = {
  'deeplab: DeepLabV3': /^(conv[45]|batch_norm3)\./,
  'ssd: SSD300': /^boxes\./,
  'inception: InceptionV3Auxiliary': /^(conv_norm[12]|auxiliary)\./,
};

test.each(exampleNetworks)('%s', (title, { graph }) => {
  const { shape } = typeOf(graph, graph.outputs[0]!.value);
  const recipe: Recipe = {
    loss:
      sizeOf(shape) === shape[0]
        ? { kind: 'cross_entropy', labelSmoothing: 0.1 }
        : { kind: 'mean_squared_error', reduction: 'mean' },
    optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01, decays: 'weights' },
    clipNorm: 1,
    average: 0.99,
  };
  const step = trainingStep(graph, operators, recipe);
  expect(verifyGraph(step, operators)).toEqual([]);
  const before = new Map(step.inputs.map(({ name, value }) => [name, value]));
  const kept = step.outputs.filter(({ name, value }) => before.get(name) === value).map(({ name }) => name);
  const unused = beside[title];
  expect(kept).toEqual(
    graph.parameters.flatMap(({ name, role }) => (role === 'parameter' && unused?.test(name) ? [name] : [])),
  );
  const states = step.inputs.flatMap(({ name, state }) => (state ? [name] : []));
  expect(step.outputs.map(({ name }) => name)).toEqual(expect.arrayContaining(states));
  const text = printGraph(step, operators);
  expect(printGraph(parseGraph(text, operators), operators)).toBe(text);
});
