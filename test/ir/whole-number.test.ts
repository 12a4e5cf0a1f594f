// Whole numbers are written as the format of the United States writes them (CLDR, by way of `Intl`).

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { wholeNumber } from '../../compiler/ir/whole-number.ts';
import { runs } from '../support/runs.ts';

test('commas stand between thousands', () => {
  expect([0, 7, 999, 1000, 61_706, 999_999, 1_000_000].map(wholeNumber)).toEqual([
    ...['0', '7', '999', '1,000', '61,706', '999,999', '1,000,000'],
  ]);
  const formatter = new Intl.NumberFormat('en-US');
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(wholeNumber(value)).toBe(formatter.format(value));
    }),
    runs(500),
  );
});
