// A step in micro-batches against the step of the whole batch: the same states in f64 by definition and on both targets, with dropout,
// clipping, momentum, decay and averages, over several steps; and what is not chosen does no harm.

import { describe, expect, test } from 'vitest';
import type { Optimizer, Recipe } from '../../compiler/autodiff/recipe.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { compileStep } from '../../compiler/index.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { verifyProgram } from '../../compiler/program/verify.ts';
import { stepInputs, stepOutputs } from '../../runtime/step-border.ts';
import { loadTrainer } from '../../src/train/trainer.ts';
import type { Feed } from '../support/step.ts';
import { feedsOf, numbersFrom, runStep } from '../support/step.ts';

const batch = 7;
const classes = 3;
const steps = 3;
const rate = 0.02;

function network(): Graph {
  const g = graphBuilder('Net', operators, 'train');
  let v = g.input('x', [2, 4, 4]);
  for (const [op, attributes] of [
    ['conv', { channels: 4, kernel: 3, padding: 1 }],
    ['relu', {}],
    ['dropout', { p: 0.3 }],
    ['max_pool', { kernel: 2 }],
    ['flatten', {}],
    ['dropout', { p: 0.5 }],
    ['dense', { features: classes }],
  ] as const)
    [v] = g.node({ op, inputs: [v], attributes });
  g.output('scores', v);
  return g.finish();
}

const crossEntropy = { kind: 'cross_entropy', labelSmoothing: 0.1 } as const;
const sgd: Optimizer = { kind: 'sgd', momentum: 0.9, nesterov: true, decay: 0.01, decays: 'weights' };
const adam: Optimizer = { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-3, decay: 0.01, decays: 'all' };
const recipes: readonly (readonly [string, Recipe])[] = [
  ['sgd, clipped', { loss: crossEntropy, optimizer: sgd, clipNorm: 0.5 }],
  ['adam, averaged', { loss: crossEntropy, optimizer: adam, average: 0.9 }],
  ['mean of squares', { loss: { kind: 'mean_squared_error', reduction: 'mean' }, optimizer: sgd }],
  ['sum of squares', { loss: { kind: 'mean_squared_error', reduction: 'sum' }, optimizer: adam }],
];

const one = (value: number) => ({ data: Float64Array.of(value) });
const isState = (step: Graph) => new Set(step.inputs.filter(({ state }) => state).map(({ name }) => name));

/** All inputs of a step that is a part of another: images from `first` on, with the states of the moment. */
function partOf(step: Graph, whole: Feed, states: Feed, first: number, end: number): Feed {
  const [upper, lower] = [first >>> 16, first & 0xffff];
  return new Map(
    step.inputs.map(({ name, value, state }) => {
      const full = whole.get(name)?.data;
      if (state) return [name, states.get(name)!];
      if (name === stepInputs.random) return [name, { data: Float64Array.of(...full!.subarray(0, 4), upper, lower) }];
      if (name === stepInputs.images) return [name, one(end - first)];
      if (name === stepInputs.stepImages) return [name, one(batch)];
      if (name === stepInputs.isFirst) return [name, one(Number(first === 0))];
      if (name === stepInputs.isLast) return [name, one(Number(end === batch))];
      if (!step.types.get(value)!.batched) return [name, { data: full! }];
      const size = full!.length / batch;
      return [name, { data: full!.slice(first * size, end * size) }];
    }),
  );
}

describe.each(recipes)('%s', (_, recipe) => {
  const whole = trainingStep(network(), operators, recipe);
  const split = trainingStep(network(), operators, { ...recipe, hasMicroBatches: true });

  test.each([1, 3, 4, 7])('in micro-batches of %i, by definition', (size) => {
    expect(verifyGraph(split, operators)).toEqual([]);
    let expected = feedsOf(whole, { batch, rate, seed: 5, classes });
    // Sums of gradients hold whatever the step before left.
    let states: Feed = new Map(
      split.inputs.flatMap(({ name, value, state }) => {
        if (!state) return [];
        const length = split.types.get(value)!.shape.reduce((a, b) => a * b, 1);
        return [[name, expected.get(name) ?? { data: new Float64Array(length).fill(NaN) }]];
      }),
    );
    for (let at = 0; at < steps; at += 1) {
      const found = runStep(whole, expected, batch);
      let loss = 0;
      for (let first = 0; first < batch; first += size) {
        const end = Math.min(batch, first + size);
        const results = runStep(split, partOf(split, expected, states, first, end), end - first);
        loss += results.get(stepOutputs.loss)![0]!;
        const before = states;
        states = new Map([...states.keys()].map((name) => [name, { data: results.get(name)! }]));
        if (end < batch)
          for (const name of isState(whole)) expect(states.get(name)!.data, name).toEqual(before.get(name)!.data);
      }
      expect(loss).toBeCloseTo(found.get(stepOutputs.loss)![0]!, 11);
      for (const name of isState(whole)) {
        const [a, b] = [states.get(name)!.data, found.get(name)!];
        b.forEach((value, i) => expect(Math.abs(a[i]! - value), `${name} ${i}`).toBeLessThan(1e-11));
      }
      expected = new Map(
        [...expected].map(([name, old]) => [
          name,
          isState(whole).has(name)
            ? { data: found.get(name)! }
            : name === stepInputs.random
              ? { data: Float64Array.of(0, 5, 0, at) }
              : old,
        ]),
      );
    }
  });

  test.each(['js', 'wasm'] as const)('for %s', async (target) => {
    const { graph, program, ...rest } = compileStep(
      { graph: network() },
      { ...recipe, hasMicroBatches: true },
      { target },
    );
    expect(verifyProgram(program, graph, operators)).toEqual([]);
    const [reference, trainer] = await Promise.all([
      loadTrainer(compileStep({ graph: network() }, recipe, { target }), { maxBatch: batch, seed: 9 }),
      loadTrainer({ graph, program, ...rest }, { maxBatch: 3, seed: 9 }),
    ]);
    const next = numbersFrom(4);
    for (const state of reference.states) {
      if (state.role === 'optimizer') continue;
      const data = state.read().map(() => next());
      for (const { states } of [reference, trainer]) states.find(({ name }) => name === state.name)!.write(data);
    }
    expect(trainer.states.map(({ name }) => name)).toEqual(reference.states.map(({ name }) => name));
    const isClass = recipe.loss.kind === 'cross_entropy';
    for (let at = 0; at < steps; at += 1) {
      const images = Float32Array.from({ length: batch * 32 }, next);
      const targets = Float32Array.from({ length: isClass ? batch : batch * classes }, (_, i) =>
        isClass ? i % 3 : next(),
      );
      const expected = await reference.step(images, targets, rate, 70_000 + at);
      const found = await trainer.step(images, targets, rate, 70_000 + at);
      expect(found.loss / expected.loss).toBeCloseTo(1, 6);
      expect(found.correct).toBe(expected.correct);
    }
    for (const [i, { name, read }] of reference.states.entries()) {
      const [a, b] = [trainer.states[i]!.read(), read()];
      b.forEach((value, j) =>
        expect(Math.abs(a[j]! - value), `${name} ${j}`).toBeLessThan(2e-5 * (1 + Math.abs(value))),
      );
    }
  });
});
