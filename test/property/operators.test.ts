// Every operator on random shapes and attributes: oracle, kernel interpreter and emitted module agree at every level.
//
// The bound: operands are exact in f32, kernels compute in f64, and each value is rounded to f32 once when it is stored
// (2^-24 ≈ 6e-8 of it). An operator makes one such value, a batch norm's factors a second one at level 0; the rest of
// 1e-6 is for sums that cancel.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Level } from '../../compiler/pipeline.ts';
import { disagreements } from '../support/agreement.ts';
import { arbitraryOperatorCase, networkOperators } from '../support/arbitrary-operator.ts';
import { caseGraph, specials } from '../support/operator-graph.ts';
import { casesOf, runs, timeout } from '../support/runs.ts';

const tolerance = 1e-6;
const level = fc.constantFrom<Level>(0, 1, 2);

describe.each(networkOperators)('%s', (op) => {
  test('agrees with the oracle at every level, batch and maxBatch', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryOperatorCase([op]),
        level,
        fc.integer({ min: 1, max: 3 }),
        fc.nat(1000),
        specials,
        async (one, chosen, batch, seed, placed) => {
          const { graph, feeds } = caseGraph(one, batch, seed, placed);
          expect(await disagreements(graph, feeds, chosen, tolerance)).toEqual([]);
        },
      ),
      { ...runs(1, `${op} in JavaScript`), numRuns: casesOf(op) },
    );
  });
});
