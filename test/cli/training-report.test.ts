// What a training says: curves and times.

import { expect, test } from 'vitest';
import { curvesText } from '../../src/cli/training-report.ts';
import { durationText } from '../../src/text/measures.ts';
import { curve } from '../../src/text/curve.ts';

test('a curve goes from the least to the largest number, and gets no wider than it may', () => {
  expect(curve([0, 1, 2, 3, 4, 5, 6, 7], 40)).toBe('▁▂▃▄▅▆▇█');
  expect(curve([7, 7, 0, 0, 3, 3], 3)).toBe('█▁▄');
  expect(curve([5, 5], 9)).toBe('▅▅');
  expect(curve([0, NaN, 1], 9)).toBe('▁ █');
  expect(curve([], 9)).toBe('');
});

test.each([
  [0, '0 s'],
  [44_100, '45 s'],
  [60_000, '1 min 0 s'],
  [185_000, '3 min 5 s'],
  [7_800_000, '2 h 10 min'],
])('%d ms is %s', (milliseconds, text) => expect(durationText(milliseconds)).toBe(text));

test('curves show what there is of every epoch', () => {
  const epoch = (at: number, loss: number) => ({ epoch: at, steps: 1, images: 1, rate: 1, loss, checked: { loss } });
  const history = [epoch(0, 2), epoch(1, 1), epoch(2, 0.0001)];
  expect(curvesText(history, 'test')).toBe('loss       2.0000 █▄▁ 0.000100\ntest loss  2.0000 █▄▁ 0.000100\n');
  expect(curvesText(history.slice(1))).toBe('');
});
