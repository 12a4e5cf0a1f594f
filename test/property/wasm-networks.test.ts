// Random networks of up to 16 steps for the WebAssembly target: the module gives the bits of the kernel interpreter, both are near the
// oracle, whatever level, mathematics and type of weights.
//
// The bounds, of the largest inner value. Every layer's sums round as those of one operator, 5e-7 (wasm-operators.test.ts); errors
// pass through some 20 layers whose weights keep magnitudes, so that their squares add up: 2e-6, four deviations of which are 1e-5;
// division by small variances and the like may take a factor of 3. Products that are added without rounding err less. Weights in bf16
// round to 2^-9 of themselves: as independent as the terms of a sum, 2^-9 / √3 of the result, and 5e-3 over 20 layers, four
// deviations of which are 2e-2.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower, passNames } from '../../compiler/pipeline.ts';
import { bf16 } from '../../runtime/bf16.ts';
import { differences, disagreements, distances } from '../support/agreement.ts';
import { moduleOf, runKernels, runModule, runOracle, weightsFile } from '../support/executors.ts';
import type { GraphFeeds } from '../support/executors.ts';
import { reordersSums } from '../support/one-run.ts';
import { feedsOf, networkOf, randomPlan } from '../support/random-network.ts';
import { runs } from '../support/runs.ts';

const tolerance = 3e-5;
const halfTolerance = 2e-2;

test('a random network gives the same at every level, batch and maxBatch', async () => {
  const options = fc.record({
    level: fc.constantFrom<0 | 1 | 2>(0, 1, 2, 2),
    math: fc.constantFrom<'default' | 'strict'>('default', 'strict'),
  });
  await fc.assert(
    fc.asyncProperty(randomPlan, options, fc.integer({ min: 1, max: 3 }), async (plan, chosen, batch) => {
      const graph = networkOf(plan);
      const problems = await disagreements(graph, feedsOf(graph, batch), { target: 'wasm', ...chosen }, tolerance);
      if (problems.length > 0) expect.fail([...problems, printGraph(graph, operators)].join('\n'));
    }),
    runs(200, 'wasm-networks 1'),
  );
});

test('every pass and step of the schedule can be left out', async () => {
  await fc.assert(
    fc.asyncProperty(randomPlan, fc.subarray([...passNames]), async (plan, disable) => {
      const graph = networkOf(plan);
      expect(await disagreements(graph, feedsOf(graph, 2), { target: 'wasm', disable }, tolerance)).toEqual([]);
    }),
    runs(60, 'wasm-networks 2'),
  );
});

test('level 1 keeps every bit of level 0', () => {
  let compared = 0;
  fc.assert(
    fc.property(randomPlan, (plan) => {
      const graph = networkOf(plan);
      if (reordersSums(graph)) return;
      compared += 1;
      const feeds = feedsOf(graph, 1);
      const [plain, exact] = ([0, 1] as const).map(
        (level) => lower(graph, operators, { target: 'wasm', level }).program,
      );
      expect(differences(runKernels(plain!, feeds, 1), runKernels(exact!, feeds, 1), 'level 1')).toEqual([]);
    }),
    runs(150, 'wasm-networks 3'),
  );
  expect(compared).toBeGreaterThan(60);
});

test('with products that are added without rounding, results are as near; without relaxed SIMD, they round', async () => {
  await fc.assert(
    fc.asyncProperty(randomPlan, async (plan) => {
      const graph = networkOf(plan);
      const feeds = feedsOf(graph, 2);
      const { graph: optimised, program } = lower(graph, operators, { target: 'wasm', math: 'fast' });
      const weights = weightsFile(optimised, feeds.parameters);
      const [found, rounded] = await Promise.all(
        [true, false].map((relaxed) => runModule(moduleOf(program, relaxed), weights, feeds, 2)),
      );
      const oracle = runOracle(graph, feeds);
      expect(distances(oracle.outputs, found!, tolerance * oracle.largest)).toEqual([]);
      expect(differences(runKernels(program, feeds, 2), rounded!, 'without relaxed SIMD')).toEqual([]);
    }),
    runs(100, 'wasm-networks 4'),
  );
});

test('with dense weights in bf16, results are those of rounded weights', async () => {
  let dense = 0;
  let exact = 0;
  await fc.assert(
    fc.asyncProperty(randomPlan, async (plan) => {
      const graph = networkOf(plan);
      if (!graph.nodes.some(({ op }) => op === 'dense')) return;
      dense += 1;
      const feeds = feedsOf(graph, 2);
      const options = { target: 'wasm', weightsType: 'bf16' } as const;
      expect(await disagreements(graph, feeds, options, halfTolerance)).toEqual([]);
      // Without passes nothing is multiplied into the weights before they are rounded.
      const parameters = denseRounded(graph, feeds.parameters);
      if (!parameters) return;
      exact += 1;
      const rounded = runOracle(graph, { ...feeds, parameters });
      const { graph: legal, program } = lower(graph, operators, { ...options, level: 0 });
      const found = await runModule(moduleOf(program), weightsFile(legal, feeds.parameters), feeds, 2);
      expect(distances(rounded.outputs, found, tolerance * rounded.largest), printGraph(graph, operators)).toEqual([]);
    }),
    runs(250, 'wasm-networks 5'),
  );
  expect(dense).toBeGreaterThan(40);
  expect(exact).toBeGreaterThan(20);
});

/** The weights of dense layers on flat values rounded to bf16, the others as they are; undefined where some stand in the source. */
function denseRounded(graph: Graph, parameters: GraphFeeds['parameters']): GraphFeeds['parameters'] | undefined {
  const isRounded = ({ op, operands }: Graph['nodes'][number]): boolean =>
    op === 'dense' && graph.types.get(operands[0]!)!.shape.length === 1;
  const weights = graph.nodes.flatMap((node) => (isRounded(node) ? [node.operands[1]] : []));
  if (weights.some((weight) => !graph.parameters.some(({ value }) => value === weight))) return undefined;
  return new Map(
    graph.parameters.map(({ name, value }) => {
      const data = parameters.get(name)!;
      if (!weights.includes(value)) return [name, data];
      return [name, new Float32Array(Uint32Array.from(data, (weight) => bf16(weight) << 16).buffer)];
    }),
  );
}
