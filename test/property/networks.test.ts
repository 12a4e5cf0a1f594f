// Random networks of up to 15 steps: oracle, kernel interpreter and emitted module agree at every level.
//
// The bound: every stored value is rounded once, to 2^-24 of itself, and errors pass through at most some 20 layers whose
// weights keep magnitudes (He's range for them, variances from 0.5): 1e-5 of the largest inner value leaves a factor of 10.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Level } from '../../compiler/pipeline.ts';
import { disagreements } from '../support/agreement.ts';
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
    runs(400),
  );
});
