// The loop, on a trainer that is one line of algebra: y = w x, squared errors, plain gradient descent.

import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/data/input-error.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/train/checkpoint.ts';
import { batchOrder } from '../../src/train/order.ts';
import { beginning, run } from '../../src/train/run.ts';
import type { Course, Snapshot, StepEvent } from '../../src/train/run.ts';
import type { Trainer } from '../../src/train/trainer.ts';

const COUNT = 10;
const inputs = Float32Array.from({ length: COUNT }, (_, at) => (at + 1) / COUNT);
const STEPS = 4;

/** Minimises the mean of (w x − 3 x)² / 2; keeps a velocity, so that there is more than one state. */
function linear(): Trainer {
  let [weight, velocity] = [0, 0];
  const state = (name: string, read: () => number, write: (value: number) => void) => ({
    name,
    shape: [1],
    offset: 0,
    role: 'parameter' as const,
    read: () => Float32Array.of(read()),
    write: (data: Float32Array) => write(data[0]!),
  });
  return {
    threads: 1,
    close() {},
    states: [
      state(
        'w',
        () => weight,
        (value) => (weight = value),
      ),
      state(
        'velocity/w',
        () => velocity,
        (value) => (velocity = value),
      ),
    ],
    async step(images, targets, rate) {
      let [loss, slope] = [0, 0];
      images.forEach((x, at) => {
        const error = weight * x - targets[at]!;
        loss += (error * error) / 2 / images.length;
        slope += (error * x) / images.length;
      });
      velocity = Math.fround(0.5 * velocity + slope);
      weight = Math.fround(weight - rate * velocity);
      return { loss, correct: loss < 0.1 ? images.length : 0 };
    },
  };
}

const orderOf = batchOrder(COUNT, 3, 7);
const course = (changes: Partial<Course> = {}): Course => ({
  trainer: linear(),
  epochs: 3,
  stepsPerEpoch: STEPS,
  rateAt: (step) => 0.5 / (1 + step),
  indicesAt: orderOf,
  tensorsOf: (indices) => {
    const images = Float32Array.from(indices, (at) => inputs[at]!);
    return { images, targets: images.map((x) => 3 * x) };
  },
  tellsRight: true,
  isMean: true,
  weightNames: ['w'],
  isAveraged: false,
  keepsBest: false,
  ...changes,
});
const start = (): Snapshot => beginning(new Map([['w', Float32Array.of(0)]]));

test('every image is seen once in an epoch, the last batch is smaller, and the mean is that of the images', async () => {
  const events: StepEvent[] = [];
  const seen: number[] = [];
  const { history, isComplete } = await run(
    course({
      indicesAt(position) {
        const indices = orderOf(position);
        seen.push(...indices);
        return indices;
      },
    }),
    start(),
    { onStep: (event) => void events.push(event) },
  );
  expect(isComplete).toBe(true);
  expect(events.map(({ images }) => images)).toEqual([3, 3, 3, 1, 3, 3, 3, 1, 3, 3, 3, 1]);
  for (let epoch = 0; epoch < 3; epoch += 1)
    expect(seen.slice(epoch * COUNT, (epoch + 1) * COUNT).toSorted((a, b) => a - b)).toEqual([...Array(COUNT).keys()]);
  const first = events.slice(0, STEPS);
  expect(history[0]!.loss).toBeCloseTo(first.reduce((sum, { loss, images }) => sum + loss * images, 0) / COUNT, 12);
  expect(history[0]!.loss).toBe(first.at(-1)!.epochLoss);
  expect(history.map(({ rate }) => rate)).toEqual([0.5 / 4, 0.5 / 8, 0.5 / 12]);
});

test('it learns 3, as the same recurrence in plain numbers does', async () => {
  const { weights } = await run(course(), start());
  let [w, v] = [0, 0];
  for (let number = 0; number < 3 * STEPS; number += 1) {
    const batch = [...orderOf({ epoch: Math.floor(number / STEPS), step: number % STEPS })].map((at) => inputs[at]!);
    const slope = batch.reduce((sum, x) => sum + (w * x - 3 * x) * x, 0) / batch.length;
    v = 0.5 * v + slope;
    w -= (0.5 / (1 + number)) * v;
  }
  expect(weights.get('w')![0]).toBeCloseTo(w, 5);
  expect(weights.get('w')![0]).toBeGreaterThan(0.5);
});

describe('a training that is stopped', () => {
  const whole = run(course({ keepsBest: true }), start());
  test.each(Array.from({ length: 3 * STEPS }, (_, at) => at + 1))(
    'after %i steps ends with the same bits',
    async (steps) => {
      const stop = new AbortController();
      let count = 0;
      const part = await run(course({ keepsBest: true }), start(), {
        signal: stop.signal,
        onStep() {
          count += 1;
          if (count === steps) stop.abort();
        },
      });
      expect(count).toBe(steps);
      expect(part.isComplete).toBe(false);
      const bytes = encodeCheckpoint({ identity: {}, run: 1, snapshot: part.snapshot });
      const rest = await run(course({ keepsBest: true }), decodeCheckpoint(bytes).snapshot);
      expect(rest).toEqual(await whole);
    },
  );

  test('between two epochs, too', async () => {
    const stop = new AbortController();
    const part = await run(course({ keepsBest: true }), start(), {
      signal: stop.signal,
      onEpoch: () => stop.abort(),
    });
    expect(part.snapshot.position).toEqual({ epoch: 1, step: 0 });
    expect(await run(course({ keepsBest: true }), part.snapshot)).toEqual(await whole);
  });
});

test('a loss that is not finite ends it at once, with step and batch', async () => {
  const broken: Trainer = { ...linear(), step: async (...[, , , number]) => ({ loss: number < 5 ? 1 : NaN }) };
  const trained = run(course({ trainer: broken }), start());
  await expect(trained).rejects.toThrow(InputError);
  await expect(trained).rejects.toThrow(
    /the loss is NaN at step 2 of 4 in epoch 2 .*for the batch of images \d+, \d+, \d+;/,
  );
});

test('weights that are not finite are not measured', async () => {
  const states = linear().states.map((state) => ({ ...state, read: () => Float32Array.of(Infinity) }));
  await expect(run(course({ trainer: { ...linear(), states } }), start())).rejects.toThrow(
    'w has numbers that are not finite',
  );
});

describe('with averages', () => {
  /** `average/w` is 100 more than w. */
  const averaging = (): Trainer => {
    const plain = linear();
    const [w] = plain.states;
    const read = (): Float32Array => w!.read().map((value) => value + 100);
    return { ...plain, states: [...plain.states, { ...w!, name: 'average/w', read, write() {} }] };
  };

  test.each([true, false])('these are measured, and the result; the best ones: %s', async (keepsBest) => {
    const seen: number[] = [];
    const { weights } = await run(
      course({
        trainer: averaging(),
        isAveraged: true,
        keepsBest,
        evaluate: async (found) => {
          seen.push(found.get('w')![0]!);
          return { count: 10, loss: 1, correct: 9 - seen.length };
        },
      }),
      start(),
    );
    expect(seen).toHaveLength(3);
    expect(Math.min(...seen)).toBeGreaterThan(100);
    expect(weights.get('w')![0]).toBe(keepsBest ? seen[0] : seen[2]);
  });

  test('the weights are the result where no step was taken', async () => {
    const from = beginning(new Map([['w', Float32Array.of(7)]]));
    const stopped = { signal: AbortSignal.abort() };
    expect((await run(course({ trainer: averaging(), isAveraged: true }), from, stopped)).weights.get('w')![0]).toBe(7);
  });
});

test('the weights of the best epoch are kept', async () => {
  const scores = [0.2, 0.9, 0.5];
  const seen: number[] = [];
  const results: boolean[] = [];
  const { weights, bestEpoch } = await run(
    course({
      keepsBest: true,
      evaluate: async (found) => {
        seen.push(found.get('w')![0]!);
        return { count: 10, loss: 1, correct: 10 * scores[seen.length - 1]! };
      },
    }),
    start(),
    { onEpoch: (_, __, { isResult }) => void results.push(isResult) },
  );
  expect(results).toEqual([true, true, false]);
  expect(bestEpoch).toBe(1);
  expect(weights.get('w')![0]).toBe(seen[1]);
});
