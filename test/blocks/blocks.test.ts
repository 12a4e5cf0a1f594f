// Every block of the library is the one of its paper: PyTorch's parameters and results on both targets, from
// test/fixtures/pytorch/blocks.py. What their weights are called is kept in weights.txt, for weights files hold these names;
// `UPDATE=1 vitest run test/blocks` writes those of new blocks.

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blockNames } from '../../compiler/blocks/library.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { formatShape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { blockCases as cases } from '../support/block-cases.ts';
import { countsOf } from '../support/examples.ts';
import { moduleOf, runModule, runOracle, weightsFile } from '../support/executors.ts';
import { distance, joined } from '../support/digest.ts';
import type { Outputs } from '../support/executors.ts';
import { formulaInputs, formulaWeights } from '../support/formula.ts';

const images = 2;
test('all of them are here', () => {
  expect(new Set(cases.map(({ block }) => block))).toEqual(new Set(blockNames));
});

test.each(cases)('$statement', { timeout: 30_000 }, async ({ expected, graph }) => {
  expect(countsOf(graph).parameters).toBe(expected.parameters);
  const errorOf = (outputs: Outputs): number => {
    const found = graph.outputs.map(({ name }) => outputs.get(name)!);
    return distance(expected, images, joined(found, images));
  };
  const feeds = { inputs: formulaInputs(graph, images), parameters: formulaWeights(graph), batch: images };
  const weights = weightsFile(graph, feeds.parameters);
  expect(errorOf(runOracle(graph, feeds).outputs)).toBeLessThan(1e-8);
  for (const target of ['js', 'wasm'] as const) {
    const module = moduleOf(lower(graph, operators, { target }).program);
    expect(errorOf(await runModule(module, weights, feeds, images)), target).toBeLessThan(1e-5);
  }
});

test('the names and shapes of weights stay', () => {
  const file = new URL('weights.txt', import.meta.url);
  const text = cases
    .map(({ statement, expected, graph }) => {
      const weights = graph.parameters.map(
        ({ name, value }) => `  ${name} ${formatShape(typeOf(graph, value).shape)}\n`,
      );
      return `${expected.inputs.map(formatShape).join(', ')} -> ${statement}\n${weights.join('')}`;
    })
    .join('\n');
  if (process.env['UPDATE']) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
});
