// What a training says: its lines on a terminal, curves and times.

import { describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { curvesText, trainingReport } from '../../src/cli/training-report.ts';
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

test('curves begin below one another', () => {
  const history = [0.1, 0.5, 0.9].map((accuracy, epoch) => ({
    epoch,
    steps: 1,
    images: 1,
    rate: 1,
    loss: 1,
    accuracy,
  }));
  expect(curvesText(history)).toBe('loss      1.0000 ▅▅▅ 1.0000\naccuracy   10.0% ▁▅█ 90.0%\n');
});

describe('on a terminal', () => {
  /** All that is said of two steps of an epoch and of its end, to a terminal of so many columns; `\r` is a new beginning of the line. */
  function said(columns: number): readonly string[] {
    let text = '';
    let clock = 0;
    const write = (part: string): void => void (text += part);
    const io = {
      stderr: { write, writeControl: write, writeData: write, isTerminal: true, columns },
      process: { now: () => (clock += 1000) },
    } as unknown as Io;
    const report = trainingReport({ epochs: 12, stepsPerEpoch: 2, done: 0, checkedOn: 'validation' }, io);
    const step = { epoch: 0, stepsPerEpoch: 2, images: 600, loss: 2, rate: 1, epochLoss: 2, epochAccuracy: 0.25 };
    report.step({ ...step, step: 0 });
    report.step({ ...step, step: 1 });
    const measures = { loss: 1.5, accuracy: 0.5 };
    report.epoch({ epoch: 0, steps: 2, images: 1200, rate: 1, ...measures, checked: measures });
    return text.split(/[\r\n]/).map((line) => line.trimEnd());
  }

  // A second passes whenever the clock is read: at the start, at each step, and at the end of the epoch.
  test('a line is overwritten from step to step, and every epoch leaves one', () => {
    expect(said(100).filter((line) => line !== '')).toEqual([
      'epoch  1 of 12 ██████        loss 2.0000  25.0%  600 images/s  23 s left',
      'epoch  1 of 12 ████████████  loss 2.0000  25.0%  600 images/s  measuring',
      'epoch  1 of 12  loss 1.5000  accuracy 50.0%  validation loss 1.5000 accuracy 50.0%  400 images/s',
    ]);
  });

  test('no line is longer than a terminal of 80 columns', () => {
    const lines = said(80);
    expect(lines.every(({ length }) => length < 80)).toBe(true);
    expect(lines).toContain('epoch  1 of 12  loss 1.5000  50.0%  validation loss 1.5000 50.0%  400 images/s');
  });
});
