// Learning rates: the formulas of PyTorch's documentation, and what they are at the ends.

import { describe, expect, test } from 'vitest';
import type { Choice } from '../../compiler/frontend/index.ts';
import { rateAt } from '../../src/train/schedule.ts';

const PER_EPOCH = 5;
const optimizer: Choice = { name: 'sgd', arguments: { learning_rate: 0.5 } };

function rates(schedule: Choice, epochs: number): readonly number[] {
  return Array.from({ length: epochs * PER_EPOCH }, (_, step) =>
    rateAt({ optimizer, schedule, epochs }, step, PER_EPOCH),
  );
}

const close = (found: readonly number[], expected: readonly number[]): void => {
  expect(found.length).toBe(expected.length);
  found.forEach((rate, at) => expect(rate, `step ${at}`).toBeCloseTo(expected[at]!, 12));
};

test('constant', () => {
  close(rates({ name: 'constant', arguments: { warmup: 0 } }, 2), Array(10).fill(0.5));
});

test('a warm-up of two epochs rises in ten equal steps to the rate', () => {
  const expected = [...Array.from({ length: 10 }, (_, at) => 0.05 * (at + 1)), ...Array(5).fill(0.5)];
  close(rates({ name: 'constant', arguments: { warmup: 2 } }, 3), expected);
});

test('steps: every two epochs after the warm-up a tenth', () => {
  const found = rates({ name: 'step', arguments: { every: 2, factor: 0.1, warmup: 1 } }, 6);
  close(found.slice(5), [...Array(10).fill(0.5), ...Array(10).fill(0.05), ...Array(5).fill(0.005)]);
});

// torch.optim.lr_scheduler.MultiStepLR(milestones=[2, 3, 3], gamma=0.1).
test('steps at epochs: a tenth after two, a thousandth after three', () => {
  const found = rates({ name: 'multi_step', arguments: { at: [3, 2, 3], factor: 0.1, warmup: 0 } }, 4);
  close(found, [...Array(10).fill(0.5), ...Array(5).fill(0.05), ...Array(5).fill(0.0005)]);
  const later = rates({ name: 'multi_step', arguments: { at: [1], factor: 0.1, warmup: 1 } }, 3);
  close(later.slice(5), [...Array(5).fill(0.5), ...Array(5).fill(0.05)]);
});

test('cosine: eta_min + (rate − eta_min) (1 + cos(π t / T)) / 2', () => {
  const expected = Array.from({ length: 20 }, (_, t) => 0.02 + (0.48 * (1 + Math.cos((Math.PI * t) / 20))) / 2);
  close(rates({ name: 'cosine', arguments: { final: 0.02, warmup: 0 } }, 4), expected);
  close(rates({ name: 'cosine', arguments: { final: 0.02, warmup: 1 } }, 5).slice(5), expected);
});

describe('one cycle', () => {
  test('with PyTorch’s defaults: a 25th, up to the peak at three tenths, down to a 250,000th', () => {
    const found = rates({ name: 'one_cycle', arguments: {} }, 4);
    const rise = 0.3 * 20 - 1;
    const wave = (from: number, to: number, share: number): number =>
      to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
    close(
      found,
      Array.from({ length: 20 }, (_, at) =>
        at <= rise ? wave(0.02, 0.5, at / rise) : wave(0.5, 0.02 / 1e4, (at - rise) / (19 - rise)),
      ),
    );
    expect(Math.max(...found)).toBe(found[5]);
  });

  test('with rates and a warm-up of its own', () => {
    const found = rates({ name: 'one_cycle', arguments: { peak: 1, start: 0.1, final: 0.01, warmup: 2 } }, 4);
    expect(found[0]).toBeCloseTo(0.1, 12);
    expect(found[9]).toBeCloseTo(1, 12);
    expect(found[19]).toBeCloseTo(0.01, 12);
  });

  test.each([1, 2, 3])('of %i epochs stays finite and positive', (epochs) => {
    for (const warmup of [0, 1, 5])
      for (const rate of rates({ name: 'one_cycle', arguments: { warmup } }, epochs)) expect(rate).toBeGreaterThan(0);
  });
});
