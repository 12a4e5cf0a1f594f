// Budgets of `expect` against measured figures: where exactly each comparison turns, and that every output counts.

import { expect, test } from 'vitest';
import { checkExpectations } from '../../compiler/frontend/sections/expect.ts';
import type { Measured } from '../../compiler/frontend/sections/expect.ts';
import { body, networkOf, summary } from './support.ts';

const measured: Measured = { parameters: 100, macs: 2000, peakMemory: 4096, outputs: [[10], [5]] };

/** What is not kept of a budget. */
const failures = (budget: string): readonly string[] =>
  checkExpectations(networkOf(`${body('relu')}expect A { ${budget} }`), measured).map(summary);

test.each([
  ['parameters <= 100', true],
  ['parameters < 100', false],
  ['parameters >= 100', true],
  ['parameters > 100', false],
  ['parameters == 100', true],
  ['parameters != 100', false],
  ['macs <= 2k', true],
  ['macs <= 1_999', false],
  ['peak_memory <= 4KiB', true],
  ['peak_memory <= 4000', false],
  ['output == [10]', false],
  ['output == [5]', false],
  ['output != [7]', true],
  ['output != [5]', false],
])('%s of 100 parameters, 2000 MACs, 4096 bytes, outputs [10] and [5]: %s', (budget, kept) => {
  expect(failures(budget)).toEqual(kept ? [] : [`expect/failed "${budget}"`]);
});

test('memory that was not measured is not compared', () => {
  const { peakMemory: _, ...rest } = measured;
  expect(checkExpectations(networkOf(`${body('relu')}expect A { peak_memory <= 1 }`), rest)).toEqual([]);
});
