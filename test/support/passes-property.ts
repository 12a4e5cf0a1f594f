// The property of passes, in parts that run side by side: a random network gives the same whatever it is compiled with.
// A part has its own seed; `CNNC_RUNS=20` runs twenty times as many networks, on new seeds.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { caseText } from './cases.ts';
import { configuration, isExact } from './configuration.ts';
import type { Executor } from './one-run.ts';
import { problemsOf } from './one-run.ts';
import { feedsOf, networkOf, randomPlan } from './random-network.ts';
import { runs } from './runs.ts';

/** Most networks run on the quickest executor; the kernel interpreter and modules have properties of their own. */
const executor = fc.constantFrom<Executor>('graph', 'graph', 'graph', 'module', 'wasm', 'kernels');

/** Numbers that a pass which promises every bit must not treat in another way. */
const specials = fc.array(fc.constantFrom(NaN, Infinity, -Infinity, -0, -0, 0, 3e38, 1e-40), { maxLength: 5 });

/** `part` of them, from 1. */
export function passesProperty(part: number, networks: number): void {
  test(`${networks} random networks, each compiled and run in one of the ways`, { timeout: 600_000 }, async () => {
    let count = 0;
    let nodes = 0;
    const { seed, numRuns } = runs<never>(networks);
    await fc.assert(
      fc.asyncProperty(
        randomPlan,
        configuration,
        executor,
        fc.constantFrom(1, 1, 1, 2),
        specials,
        async (plan, chosen, way, batch, extremes) => {
          const graph = networkOf(plan);
          count += 1;
          nodes += graph.nodes.length;
          const feeds = feedsOf(graph, batch, isExact(chosen) ? extremes : []);
          const problems = await problemsOf(graph, feeds, chosen, way);
          if (problems.length === 0) return;
          expect.fail(`${problems.join('\n')}\n\n${caseText({ graph, configuration: chosen, executor: way, batch })}`);
        },
      ),
      { numRuns: numRuns!, ...(seed === undefined ? {} : { seed: seed + part }) },
    );
    console.info(`part ${part}: ${count} random networks, ${nodes} nodes, no mismatch`);
  });
}
