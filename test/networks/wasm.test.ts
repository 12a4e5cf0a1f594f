// The WebAssembly target on the goldens of PyTorch and with trained weights: errors and accuracies.
//
// The bounds, of the largest output: with sums done directly as PyTorch's own f32, 1e-5; transforms of 4×4 tiles take a few times
// more (test/kernels/winograd.test.ts); products that are added without rounding may not be counted on.

import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { Network } from '../../compiler/frontend/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { ErrorRow } from './error-table.ts';
import { errorRow, errorTable, ways, withErrorTable } from './error-table.ts';
import { readDataset } from '../../src/data/dataset.ts';
import { readExample } from '../support/examples.ts';
import { moduleOf } from '../support/executors.ts';
import { oracleNames } from '../support/oracle.ts';
import { trainedExamples, trainedInput, trainedWeights } from '../support/trained-examples.ts';

const bounds = { default: 5e-5, strict: 1e-5, fast: 1e-4 } as const;
const rows: ErrorRow[] = [];

test.each(oracleNames)('%s is near PyTorch in every way', { timeout: 240_000 }, async (name) => {
  const row = await errorRow(name);
  row.errors.forEach((error, at) => expect(error, ways[at]).toBeLessThan(bounds[ways[at]!]));
  rows.push(row);
});

test('the table in docs/exactness.md is that of these errors', ({ skip }) => {
  const page = readFileSync(new URL('../../docs/exactness.md', import.meta.url), 'utf8');
  const written = withErrorTable(page, rows);
  if (written === undefined) skip('docs/exactness.md has no such table');
  // The last column depends on the host.
  const portable = (text: string): string => text.replaceAll(/\| +\d\.\de-\d+ \|$/gm, '|');
  expect(portable(written!)).toBe(portable(page));
});

afterAll(() => console.info(errorTable(rows)));

const data = new URL('../../../shared/data/fashion-mnist/', import.meta.url);

describe.skipIf(!existsSync(data))('on Fashion-MNIST (needs ../shared/data)', () => {
  // The large one, which takes some ten seconds in each way, is counted by the command line: test/e2e/main-job.test.ts.
  const small = trainedExamples.filter(([example]) => example !== 'fashion');
  test.each(small)('%s classifies as many images as with PyTorch', async (example, { correct }) => {
    const read = (name: string): Buffer => readFileSync(new URL(name, data));
    const { pixels, labels } = readDataset(read('t10k-images-idx3-ubyte.gz'), read('t10k-labels-idx1-ubyte.gz'));
    const images = trainedInput(example, pixels);
    const [{ graph }] = readExample(example).networks as [Network];
    for (const math of ways) {
      const { program } = lower(graph, operators, { target: 'wasm', math });
      const net = await moduleOf(program).load(trainedWeights(example), { maxBatch: 50 });
      const scores = net.run(images) as Float32Array;
      const found = Array.from(labels, (_, at) => {
        const row = scores.subarray(10 * at, 10 * at + 10);
        return row.indexOf(Math.max(...row));
      });
      // PyTorch computed in f64: an image whose two best classes are as good as equal may fall to the other one.
      const here = found.filter((label, at) => label === labels[at]).length;
      expect(Math.abs(here - correct), math).toBeLessThanOrEqual(2);
    }
  });
});
