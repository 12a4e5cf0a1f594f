// Convolutions by each algorithm that could compute them, whichever the model of costs prefers: as `cnnc tune` may choose. The bounds
// are those of wasm-operators and wasm-networks.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { runPasses } from '../../compiler/passes/pass.ts';
import { legalisation, lower } from '../../compiler/pipeline.ts';
import type { Algorithm, AlgorithmName, Choices } from '../../compiler/schedule/algorithm.ts';
import { algorithmsFor, convolutionName } from '../../compiler/schedule/algorithm.ts';
import { vectorTarget } from '../../compiler/templates/target.ts';
import { disagreements } from '../support/agreement.ts';
import { arbitraryOperatorCase } from '../support/arbitrary-operator.ts';
import { caseGraph } from '../support/operator-graph.ts';
import { feedsOf, networkOf, randomPlan } from '../support/random-network.ts';
import { runs } from '../support/runs.ts';

/** For each convolution one of its candidates, picked by number. */
function choicesFor(graph: Graph, pick: (candidates: readonly Algorithm[]) => number): Choices {
  const choices = new Map<string, AlgorithmName>();
  for (const node of graph.nodes) {
    const candidates = algorithmsFor(graph, node, operators, { target: vectorTarget, winograd: true });
    const name = convolutionName(graph, node, operators);
    if (name !== undefined && candidates.length > 0) choices.set(name, candidates[pick(candidates)]!.name);
  }
  return choices;
}

test('a convolution, by each of its candidates', async () => {
  const used = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(arbitraryOperatorCase(['conv']), fc.integer({ min: 1, max: 2 }), async (one, batch) => {
      const { graph, feeds } = caseGraph(one, batch, 3, []);
      const legal = runPasses(graph, legalisation, operators).graph;
      const [conv] = legal.nodes.filter(({ op }) => op === 'conv');
      const candidates = conv ? algorithmsFor(legal, conv, operators, { target: vectorTarget, winograd: true }) : [];
      for (const [at, { name }] of candidates.entries()) {
        const options = { target: 'wasm', level: 0, choices: choicesFor(legal, () => at) } as const;
        const kernels = lower(graph, operators, options).program.kernels.map((kernel) => kernel.name);
        expect(kernels.some((kernel) => kernel.startsWith('direct_conv'))).toBe(name === 'direct');
        const problems = await disagreements(graph, feeds, options, 2e-6);
        expect(problems, `${name}\n${printGraph(graph, operators)}`).toEqual([]);
        used.set(name, (used.get(name) ?? 0) + 1);
      }
    }),
    runs(120, 'wasm-algorithms 1'),
  );
  expect([...used.keys()].toSorted()).toEqual(['direct', 'gather']);
});

test('random networks, each convolution by one of its candidates', async () => {
  await fc.assert(
    fc.asyncProperty(randomPlan, fc.array(fc.nat(9), { minLength: 1, maxLength: 9 }), async (plan, picks) => {
      const graph = networkOf(plan);
      let count = 0;
      // Of the optimised graph: it is what is asked for.
      const { graph: optimised } = lower(graph, operators, { target: 'wasm' });
      const choices = choicesFor(optimised, ({ length }) => picks[count++ % picks.length]! % length);
      if (choices.size === 0) return;
      const problems = await disagreements(graph, feedsOf(graph, 2), { target: 'wasm', choices }, 3e-5);
      expect(problems, printGraph(graph, operators)).toEqual([]);
    }),
    runs(120, 'wasm-algorithms 2'),
  );
});
