// Did you mean: the distance is a metric on the classical examples, and suggestions are near.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, suggest } from '../../grammar/suggest.ts';

test.each([
  ['kitten', 'sitting', 3],
  ['saturday', 'sunday', 3],
  ['', 'abc', 3],
  ['conv', 'cnov', 1],
  ['ca', 'abc', 3],
  ['same', 'same', 0],
])('%s to %s takes %i edits', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test('the distance is symmetric, zero only for equal words, and at most the longer length', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});

const operators = ['conv', 'dense', 'max_pool', 'avg_pool', 'batch_norm', 'relu', 'sigmoid', 'flatten'];

test.each([
  ['cnov', 'conv'],
  ['Conv', 'conv'],
  ['maxpool', 'max_pool'],
  ['BatchNorm', 'batch_norm'],
  ['sigmiod', 'sigmoid'],
  ['flaten', 'flatten'],
  ['renn', undefined],
  ['transformer', undefined],
  ['x', undefined],
  ['', undefined],
  ['a'.repeat(100_000), undefined],
])('%s → %s', (word, expected) => {
  expect(suggest(word, operators)).toBe(expected);
});
