// Answers to pictures, such as the classes of their pixels, as JavaScript gives them: arrays of any kind, kept once, whatever thread reads them.

import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import { InputError } from '../../src/data/input-error.ts';
import { labelledImages, withTargets } from '../../src/data/labelled-images.ts';
import { openShared } from '../../src/data/shared-images.ts';
import { train } from '../../src/index.ts';
import { evaluator } from '../../src/train/evaluate.ts';
import { batchesOf } from '../../src/train/batch.ts';

const [count, height, width] = [4, 3, 5];
const pictures = (side: readonly [number, number] = [height, width]) =>
  labelledImages(
    { count, channels: 1, height: side[0], width: side[1] },
    Uint8Array.from({ length: count * side[0] * side[1] }, (_, at) => (at * 97) % 256),
    [0, 0, 0, 0],
  );
const classes = Array.from({ length: count * height * width }, (_, at) => (at * 7) % 3);
const given = { shape: [height, width], values: classes };
const text = (settings: string): string => `network Net {
  input image: [1, ${height}, ${width}] { scale: 1/255 }
  scores = conv(3, kernel: 1)
  output scores
}
train Net { optimizer: adam  batch: 2  epochs: 2  ${settings} }`;

test('classes are an array of any kind', () => {
  for (const values of [classes, Uint8Array.from(classes), Float64Array.from(classes), Int32Array.from(classes)])
    expect([...withTargets(pictures(), { ...given, values }).targets!.values]).toEqual(classes);
});

test.each<[string, unknown, string]>([
  ['no shape', { values: classes }, 'the shape of targets is a list of the extents of one answer, such as [24, 32]'],
  ['a shape without numbers', { shape: [0, 5], values: [] }, 'the shape of targets is a list of the extents'],
  ['no values', { shape: [3, 5] }, '4 targets of shape [3, 5] are 60 numbers, but there are none'],
  ['a list of maps', { ...given, values: [classes, classes] }, 'are 60 numbers, but there are 2'],
  ['long integers', { ...given, values: BigInt64Array.from(classes.map(BigInt)) }, 'expected finite numbers'],
  [
    'more than f32 can say',
    { ...given, values: classes.map((value, at) => (at === 1 ? 1e39 : value)) },
    'number 1 of the targets is 1e+39; expected finite numbers',
  ],
  ['texts', { ...given, values: classes.map(String) }, 'number 0 of the targets is 0; expected finite numbers'],
])('refused: %s', (_, targets, message) => {
  const make = () => withTargets(pictures(), targets as typeof given);
  expect(make).toThrow(message);
  expect(make).toThrow(InputError);
});

test('threads share the memory of the classes, of which there is one', () => {
  const images = withTargets(pictures(), given);
  const shared = images.share!();
  expect(shared.targets!.values.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(images.targets!.values.buffer).toBe(shared.targets!.values.buffer);
  expect(images.share!().targets!.values.buffer).toBe(shared.targets!.values.buffer);
  expect(openShared(shared).targets!.values.buffer).toBe(shared.targets!.values.buffer);
  expect([...images.targets!.values]).toEqual(classes);
});

describe.each(['', 'augment: random_flip'])('with %s', (settings) => {
  test('weights are the same with any number of threads that prepare batches, one training after the other', async () => {
    const training = withTargets(pictures(), given);
    const weights = [];
    for (const workers of [0, 2, 0, 1])
      weights.push((await train(text(settings), { data: { training }, workers })).weights);
    for (const others of weights) expect(others).toEqual(weights[0]);
  });
});

test('the share of right pixels is the quotient of whole numbers, so that equal epochs are equal', async () => {
  // A network that says class 1 everywhere; in 49 images of 7 pixels, so many pixels of class 1 as images before it, modulo 7.
  const [many, pixels] = [49, 7];
  const values = Uint8Array.from({ length: many * pixels }, (_, at) =>
    at % pixels < Math.floor(at / pixels) % pixels ? 1 : 0,
  );
  const images = withTargets(
    labelledImages(
      { count: many, channels: 1, height: 1, width: pixels },
      new Uint8Array(many * pixels),
      Array(many).fill(0),
    ),
    { shape: [1, pixels], values },
  );
  const { networks } = frontend(
    { path: 'net.cnn', text: `network Net {\n input image: [1, 1, ${pixels}]\n conv(2, kernel: 1)\n}` },
    { operators },
  );
  const evaluate = evaluator(
    networks[0]!,
    { kind: 'cross_entropy', labelSmoothing: 0 },
    { kind: 'map', elements: pixels, classes: 2 },
    {},
  );
  const weights = new Map([
    ['conv1.weight', new Float32Array(2)],
    ['conv1.bias', Float32Array.of(0, 1)],
  ]);
  const batches = batchesOf(images, { shape: [1, 1, pixels], isMap: true });
  const { correct } = await evaluate(
    weights,
    batches,
    Uint32Array.from({ length: many }, (_, at) => at),
  );
  // 7 · (0 + 1 + … + 6) pixels.
  expect(correct).toBe((7 * 21) / 7);
});
