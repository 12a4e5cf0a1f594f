// Random networks of up to 15 steps: oracle, kernel interpreter and emitted module agree at every level.
//
// The bound: every stored value is rounded once, to 2^-24 of itself, and errors pass through at most some 20 layers whose
// weights keep magnitudes (He's range for them, variances from 0.5): 1e-5 of the largest inner value leaves a factor of 10.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { operators } from '../../compiler/ops/index.ts';
import { lower, passNames } from '../../compiler/pipeline.ts';
import type { Level } from '../../compiler/pipeline.ts';
import { differences, disagreements } from '../support/agreement.ts';
import { runKernels } from '../support/executors.ts';
import { feedsOf, networkOf, randomPlan } from '../support/random-network.ts';
import { runs } from '../support/runs.ts';

test('a random network gives the same at every level, batch and maxBatch', async () => {
  await fc.assert(
    fc.asyncProperty(
      randomPlan,
      fc.constantFrom<Level>(0, 1, 2),
      fc.integer({ min: 1, max: 3 }),
      async (plan, level, batch) => {
        const graph = networkOf(plan);
        expect(await disagreements(graph, feedsOf(graph, batch), level, 1e-5)).toEqual([]);
      },
    ),
    runs(250, 'networks 1'),
  );
});

test('every pass and step of the schedule can be left out', async () => {
  await fc.assert(
    fc.asyncProperty(randomPlan, fc.subarray([...passNames]), async (plan, disable) => {
      const graph = networkOf(plan);
      expect(await disagreements(graph, feedsOf(graph, 2), { disable }, 1e-5)).toEqual([]);
    }),
    runs(60, 'networks 2'),
  );
});

test('level 1 keeps every bit of level 0', () => {
  fc.assert(
    fc.property(randomPlan, (plan) => {
      const graph = networkOf(plan);
      const feeds = feedsOf(graph, 1);
      const [plain, exact] = ([0, 1] as const).map((level) => lower(graph, operators, level).program);
      expect(differences(runKernels(plain!, feeds, 1), runKernels(exact!, feeds, 1), 'level 1')).toEqual([]);
    }),
    runs(120, 'networks 3'),
  );
});
