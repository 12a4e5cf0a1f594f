// A step on both targets: the program's interpreter against the f64 definition, and modules against the program's interpreter, bit for
// bit, for several steps with one to three threads.

import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { interpretProgram } from '../../compiler/program/interpret.ts';
import { verifyProgram } from '../../compiler/program/verify.ts';
import type { StateTensor } from '../../runtime/states.ts';
import { moduleOf } from '../support/executors.ts';
import { feedsOf, runStep } from '../support/step.ts';
import type { Feed } from '../support/step.ts';
import { trainedNetworks } from '../support/trained-networks.ts';

const recipe: Recipe = {
  loss: { kind: 'cross_entropy', labelSmoothing: 0.1 },
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: true, decay: 0.01, decays: 'weights' },
};

const batch = 5;
const steps: readonly (readonly [string, Graph])[] = trainedNetworks().map((network) => [
  network.name,
  trainingStep(network, operators, recipe),
]);
const cells = steps.flatMap(([name, step]) => (['js', 'wasm'] as const).map((target) => [name, target, step] as const));

const rounded = (feed: Feed): ReadonlyMap<string, Float32Array> =>
  new Map([...feed].map(([name, { data }]) => [name, Float32Array.from(data)]));

describe.each(cells)('%s for %s', (_, target, step) => {
  const feeds = rounded(feedsOf(step, { batch, rate: 0.1, seed: 3, classes: 5 }));
  const { graph, program } = lower(step, operators, { target });
  const found = interpretProgram(program, { inputs: feeds, parameters: new Map(), batch });

  test('is sound, and computes what its definition says', () => {
    expect(verifyProgram(program, graph, operators)).toEqual([]);
    const precise = new Map([...feeds].map(([name, data]) => [name, { data: Float64Array.from(data) }]));
    for (const [name, expected] of runStep(step, precise, batch)) {
      const before = step.inputs.find((input) => input.name === name && input.state) ? feeds.get(name)! : undefined;
      const change = (data: ArrayLike<number>) => Array.from(data, (value, at) => value - (before?.[at] ?? 0));
      // A new state is rounded to f32, however little it changed.
      const rounding = 2 ** -24 * norm([...(before ?? [])]);
      const bound = 2e-5 * (norm(change(expected)) + 1e-3) + rounding;
      expect(distance(change(found.get(name)!), change(expected)), name).toBeLessThan(bound);
    }
  });

  test('a module gives the bits of the program', async () => {
    const net = await moduleOf(program).load({}, { maxBatch: batch });
    const { states } = net as unknown as { readonly states: readonly StateTensor[] };
    for (const state of states) state.write(feeds.get(state.name)!);
    const x = Object.fromEntries(program.inputs.map(({ name }) => [name, feeds.get(name)!]));
    const outputs = net.run(x) as Readonly<Record<string, Float32Array>>;
    for (const { name } of program.outputs) expect([...outputs[name]!], name).toEqual([...found.get(name)!]);
    for (const state of states) expect([...state.read()], state.name).toEqual([...found.get(state.name)!]);
  });
});

const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** ‖a − b‖ */
const distance = (a: readonly number[], b: readonly number[]): number => norm(a.map((value, at) => value - b[at]!));
