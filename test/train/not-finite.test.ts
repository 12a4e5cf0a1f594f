// A loss that is not finite, and what was not finite first: weights are set so that one place, known beforehand, leaves the range of
// f32 (3.4e38).

import { expect, test } from 'vitest';
import { InputError } from '../../src/data/input-error.ts';
import type { LabelledImages } from '../../src/data/labelled-images.ts';
import { labelledImages } from '../../src/data/labelled-images.ts';
import { buildNetworks } from '../../src/network/networks.ts';
import { prepare } from '../../src/train/prepare.ts';
import type { PrepareOptions } from '../../src/train/prepare.ts';
import { run } from '../../src/train/run.ts';

const ones = labelledImages(
  { count: 8, channels: 1, height: 4, width: 4 },
  new Uint8Array(128).fill(1),
  [0, 1, 2, 3, 0, 1, 2, 3],
);
const zeros = labelledImages(
  { count: 8, channels: 1, height: 4, width: 4 },
  new Uint8Array(128),
  [0, 1, 2, 3, 0, 1, 2, 3],
);

interface Case extends PrepareOptions {
  readonly data?: LabelledImages;
  readonly loss?: string;
  /** What all elements of a tensor are, or one of them; 0.01 where nothing is said. */
  readonly weights: Readonly<Record<string, number | ((at: number) => number)>>;
}

/** The message of the error that ends the training. */
async function ending({ data = ones, loss = 'cross_entropy', weights, ...options }: Case): Promise<string> {
  const text = `network A {
  input x: [1, 4, 4]
  first = conv(2, kernel: 3)
  second = conv(3, kernel: 2)
  flatten
  scores = dense(4)
  output scores
}
train A { optimizer: sgd(learning_rate: 0.001)  batch: 4  loss: ${loss} }`;
  const network = buildNetworks({ path: 'a.cnn', text }).networks[0]!;
  const training = prepare(network, network.train!, { training: data }, options);
  const begin = training.begin();
  const states = new Map(
    [...begin.states].map(([name, data]) => {
      const value = weights[name] ?? 0.01;
      return [name, data.map((_, at) => (typeof value === 'number' ? value : value(at)))];
    }),
  );
  const course = await training.open();
  try {
    await run(course, { ...begin, states });
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  } finally {
    course.trainer.close();
  }
  return '';
}

const cases: readonly (readonly [string, Case, string])[] = [
  [
    'a result',
    { weights: { 'first.weight': 1e25, 'second.weight': 1e25 } },
    'step 1 of 2 in epoch 1, for the batch of images .*; the results of second are the first that are not finite; a smaller',
  ],
  [
    'a result, in micro-batches',
    { weights: { 'first.weight': 1e25, 'second.weight': 1e25 }, microBatch: 3 },
    'step 1 of 2 .*; the results of second are the first that are not finite; a smaller',
  ],
  [
    'the loss',
    { weights: { 'scores.bias': 1e30 }, loss: 'mean_squared_error' },
    'the loss is Infinity at step 1 of 2 .*; the scores are finite, but their loss is not; a smaller',
  ],
  [
    // Nothing comes through, and all scores are the same: the loss is ln 4. Backwards, 1e25 is multiplied by itself.
    'a gradient, which only the next loss shows',
    {
      data: zeros,
      weights: {
        'first.bias': 0,
        'second.bias': 0,
        'second.weight': 1e25,
        'scores.weight': (at) => (at < 3 ? 1e25 : 0),
      },
    },
    'the loss is NaN at step 2 of 2 .*(it was 1.39 on the epoch so far).*; the gradients of second are the first that are not finite, one step earlier; a',
  ],
  [
    'a weight',
    { weights: { 'second.weight': NaN } },
    'step 1 of 2 .*; second.weight is not finite since step 0 or earlier; a',
  ],
];

test.each(
  cases.flatMap(([name, one, expected]) =>
    (['js', 'wasm'] as const).map((target) => [name, target, one, expected] as const),
  ),
)('%s, for %s', async (_, target, one, expected) => {
  const pattern = expected.replaceAll('(', '\\(').replaceAll(')', '\\)');
  expect(await ending({ ...one, target })).toMatch(new RegExp(pattern));
});

test('a step of which all values are finite names nothing', async () => {
  expect(await ending({ weights: {} })).toBe('');
});
