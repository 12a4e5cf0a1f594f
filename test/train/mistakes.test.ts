// Confusions and mistakes of answers that are written by hand.

import { expect, test } from 'vitest';
import { confusionsOf, worstMistakes } from '../../src/train/mistakes.ts';

const labels = [0, 0, 1, 2, 2, 2, 1];
const answers = {
  predicted: Int32Array.of(0, 1, 1, 0, 2, 0, -1),
  confidence: Float32Array.of(0.9, 0.5, 0.7, 0.75, 0.6, 0.75, NaN),
};

test('confusions count each pair that occurs, and no image without a class', () => {
  expect(confusionsOf(answers, labels)).toEqual([
    { label: 0, predicted: 0, count: 1 },
    { label: 0, predicted: 1, count: 1 },
    { label: 1, predicted: 1, count: 1 },
    { label: 2, predicted: 0, count: 2 },
    { label: 2, predicted: 2, count: 1 },
  ]);
});

test('mistakes begin with the most confident, and of equal ones with the earlier', () => {
  expect(worstMistakes(answers, labels, 2)).toEqual([
    { at: 3, label: 2, predicted: 0, confidence: 0.75 },
    { at: 5, label: 2, predicted: 0, confidence: 0.75 },
  ]);
  expect(worstMistakes(answers, labels, 9).map(({ at }) => at)).toEqual([3, 5, 1]);
});
