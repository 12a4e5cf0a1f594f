// What is compiled against PyTorch: its random cases of every operator, on both targets and at every level. PyTorch's results
// judge the references in test/ops/pytorch.test.ts; here the compiled modules are judged by those.
//
// The bounds are those of operators.test.ts and wasm-operators.test.ts.

import { describe, expect, test } from 'vitest';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { disagreements } from '../support/agreement.ts';
import { networkOperators } from '../support/arbitrary-operator.ts';
import { caseGraph } from '../support/operator-graph.ts';
import { hasPytorchCases, operatorCase, pytorchCases } from '../support/pytorch.ts';
import { casesOf, timeout } from '../support/runs.ts';

const ways: readonly (readonly [options: PipelineOptions, tolerance: number])[] = [
  [{}, 1e-6],
  [{ target: 'wasm' }, 2e-6],
  [{ level: 1 }, 1e-6],
  [{ target: 'wasm', level: 0 }, 2e-6],
  [{ level: 0 }, 1e-6],
  [{ target: 'wasm', level: 1, math: 'strict' }, 2e-6],
];

describe.each(networkOperators.filter(hasPytorchCases))('%s', (op) => {
  test('compiled, it agrees with the reference that PyTorch judges', { timeout }, async () => {
    const { cases } = pytorchCases(op);
    for (const [at, one] of cases.slice(0, casesOf(op)).entries()) {
      const [options, tolerance] = ways[at % ways.length]!;
      const { graph, feeds } = caseGraph(operatorCase(op, one), one.batch, one.seed, []);
      expect(await disagreements(graph, feeds, options, tolerance), JSON.stringify({ options, one })).toEqual([]);
    }
  });
});
