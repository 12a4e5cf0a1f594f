// What the passes save on the examples: the table in docs/passes.md is up to date, and has the figures that the passes are there for.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { optimisationRows, withOptimisationTable } from '../../scripts/optimisation-table.ts';

const rows = optimisationRows();
const page = readFileSync(new URL('../../docs/passes.md', import.meta.url), 'utf8');

test('the table in docs/passes.md is that of these passes', () => {
  expect(page).toContain('<!-- table: optimisation -->');
  expect(withOptimisationTable(page)).toBe(page);
});

test('every example is in it', () => {
  expect(rows.length).toBeGreaterThan(25);
  expect(page).toContain('| GoogLeNetImageNet ');
});

test.each(rows)('$name needs no more at -O2 than at -O0', ({ before, after }) => {
  expect(after.macs).toBeLessThanOrEqual(before.macs);
  expect(after.kernelCalls).toBeLessThanOrEqual(before.kernelCalls);
  expect(after.activationBytesWritten).toBeLessThanOrEqual(before.activationBytesWritten);
});

test('GoogLeNet calls well under half of the kernels', () => {
  const { before, after } = rows.find(({ name }) => name === 'GoogLeNet')!;
  expect(after.kernelCalls / before.kernelCalls).toBeLessThan(0.45);
});
