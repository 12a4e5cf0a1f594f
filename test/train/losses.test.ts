// Losses other than that of classes: steps as PyTorch takes them (test/fixtures/pytorch/losses.py), by definition and compiled, and
// what measures them.

import { describe, expect, test } from 'vitest';
import goldens from '../fixtures/pytorch/losses.json' with { type: 'json' };
import { countingOf } from '../../compiler/autodiff/recipe.ts';
import type { Loss, Recipe } from '../../compiler/autodiff/recipe.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { compileStep } from '../../compiler/index.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { operators } from '../../compiler/ops/index.ts';
import { stepInputs, stepOutputs } from '../../runtime/step-border.ts';
import { countedImages } from '../../runtime/trainer.ts';
import { compile, train } from '../../src/index.ts';
import { labelledImages, withTargets } from '../../src/data/labelled-images.ts';
import { importText } from '../../src/network/module.ts';
import { loadTrainer } from '../../src/train/trainer.ts';
import { runStep } from '../support/step.ts';
import type { Feed } from '../support/step.ts';

const [images, channels, height, width, outputs] = [3, 2, 3, 4, 3];
const pixels = height * width;
/** Numbers that the Python program makes likewise. */
const numbers = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, at) => ((at * 37 + seed * 11) % 101) / 50 - 1);
const start: Readonly<Record<string, readonly number[]>> = {
  'conv.weight': numbers(outputs * channels * 9, 2),
  'conv.bias': numbers(outputs, 3),
};

const builder = graphBuilder('net', operators, 'train');
const [scores] = builder.node({
  op: 'conv',
  name: 'conv',
  inputs: [builder.input('x', [channels, height, width])],
  attributes: { channels: outputs, kernel: 3, padding: 1 },
});
builder.output('scores', scores);
const graph = builder.finish();
const recipeOf = (loss: Loss): Recipe => ({
  loss,
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 0, decays: 'all' },
});

const cases = goldens.map(({ loss, ...golden }) => ({ loss: loss as Loss, accuracies: [] as number[], ...golden }));

describe.each(cases)('$loss of images up to $size', ({ loss, size, rate, target, ...expected }) => {
  const x = numbers(images * channels * pixels, 1).map((value) => size * value);
  const counting = countingOf(loss);
  const weights = counting.classWeights ?? [];
  const count = (own: typeof counting): number => countedImages(Float32Array.from(target), pixels, own);
  /** Of how many images accuracy is the share. */
  const counted =
    loss.kind === 'cross_entropy' ? count(counting.ignored === undefined ? {} : { ignored: counting.ignored }) : images;

  test('is that of PyTorch, by definition', () => {
    const step = trainingStep(graph, operators, recipeOf(loss));
    const given = {
      ...{ x, [stepInputs.target]: target, [stepInputs.images]: [images], [stepInputs.learningRate]: [rate] },
      ...{ [stepInputs.random]: [0, 0, 0, 0], ...start },
      ...(weights.length > 0 && { [stepInputs.classWeights]: weights, [stepInputs.counted]: [count(counting)] }),
      ...Object.fromEntries(Object.entries(start).map(([name, data]) => [`velocity/${name}`, data.map(() => 0)])),
    };
    let feeds: Feed = new Map(
      Object.entries(given).map(([name, data]) => [name, { data: Float64Array.from(data as number[]) }]),
    );
    for (const [at, value] of expected.losses.entries()) {
      const found = runStep(step, feeds, images);
      expect(found.get(stepOutputs.loss)![0]! / value).toBeCloseTo(1, 12);
      if (expected.accuracies.length > 0)
        expect(found.get(stepOutputs.correct)![0]! / counted).toBeCloseTo(expected.accuracies[at]!, 12);
      feeds = new Map([...feeds, ...[...found].map(([name, data]) => [name, { data }] as const)]);
    }
    const near = (name: string, data: readonly number[]): void =>
      data.forEach((value, at) => expect(feeds.get(name)!.data[at]).toBeCloseTo(value, 10));
    near('conv.weight', expected.weight);
    near('conv.bias', expected.bias);
  });

  test.each([
    { target: 'js', maxBatch: images },
    { target: 'wasm', maxBatch: 2 },
  ] as const)('and compiled: %j', async ({ target: host, maxBatch }) => {
    const recipe = { ...recipeOf(loss), hasMicroBatches: maxBatch < images };
    const trainer = await loadTrainer(compileStep({ graph }, recipe, { target: host }), {
      maxBatch,
      seed: 1,
      counting,
    });
    for (const state of trainer.states) state.write(Float32Array.from(start[state.name] ?? state.read().fill(0)));
    for (const [at, value] of expected.losses.entries()) {
      const result = await trainer.step(Float32Array.from(x), Float32Array.from(target), rate, at);
      expect(result.loss / value).toBeCloseTo(1, 5);
      if (expected.accuracies.length > 0) expect(result.correct! / counted).toBeCloseTo(expected.accuracies[at]!, 6);
    }
    const read = (name: string) => trainer.states.find((state) => state.name === name)!.read();
    for (const [name, data] of [
      ['conv.weight', expected.weight],
      ['conv.bias', expected.bias],
    ] as const)
      data.forEach((value, at) => expect(read(name)[at]! / size).toBeCloseTo(value / size, 5));
    trainer.close();
  });
});

const network = (steps: string, loss: string, more = ''): string => `network A {
  input x: [1, 4, 4] { scale: 1/255 }
  ${steps}
}
train A { loss: ${loss}  optimizer: sgd(learning_rate: 0)  batch: 6  epochs: 1  seed: 3  ${more} }`;

/** Six images; the first two of class 0, the others of class 1. */
const bytes = Uint8Array.from({ length: 6 * 16 }, (_, at) => (at * 37) % 256);
const plain = labelledImages({ count: 6, channels: 1, height: 4, width: 4 }, bytes, [0, 0, 1, 1, 1, 1]);
const targets = (shape: readonly number[], valueAt: (at: number) => number) => {
  const length = 6 * shape.reduce((a, b) => a * b, 1);
  return withTargets(plain, { shape, values: Float32Array.from({ length }, (_, at) => valueAt(at)) });
};
const outcome = async (text: string, images = plain) => {
  const { history } = await train(text, { data: { training: images, test: images } });
  const { loss, accuracy, checked } = history[0]!;
  return { loss, accuracy, checked: checked! };
};

describe('a measurement finds what the step found', () => {
  const masks = targets([4, 4], (at) => (at % 3) & 1);
  const shares = targets([3], (at) => (at % 5) / 4);
  test.each([
    ['of one number and classes', 'flatten -> dense(1)', 'binary_cross_entropy', plain],
    ['behind a sigmoid', 'flatten -> dense(1) -> sigmoid', 'binary_cross_entropy', plain],
    ['of a number for each class', 'flatten -> dense(2)', 'binary_cross_entropy', plain],
    ['of several labels', 'flatten -> dense(3)', 'binary_cross_entropy', shares],
    ['of several labels, as a sum', 'flatten -> dense(3) -> sigmoid', 'binary_cross_entropy(reduction: sum)', shares],
    ['of masks', 'conv(1, kernel: 3, padding: 1)', 'binary_cross_entropy', masks],
    ['of pictures', 'conv(1, kernel: 3, padding: 1) -> sigmoid', 'binary_cross_entropy', plain],
    ['of distances', 'flatten -> dense(3)', 'mean_absolute_error', shares],
    ['of distances, as a sum', 'flatten -> dense(3)', 'mean_absolute_error(reduction: sum)', shares],
    ['of masks as numbers', 'conv(1, kernel: 3, padding: 1)', 'mean_absolute_error', masks],
    ['of long distances', 'flatten -> dense(3)', 'huber(delta: 0.3)', shares],
  ])('%s', async (_, steps, loss, images) => {
    const { loss: found, accuracy, checked } = await outcome(network(steps, loss), images);
    expect(checked.loss / found).toBeCloseTo(1, 5);
    if (!loss.startsWith('binary')) return expect(accuracy).toBeUndefined();
    expect(accuracy).toBeGreaterThan(0);
    // Nothing was learnt at the rate 0.
    if (!steps.includes('dense(2)')) expect(checked.accuracy).toBeCloseTo(accuracy!, 6);
  });
});

test('masks move with the pictures', async () => {
  const masks = withTargets(plain, { shape: [4, 4], values: Float32Array.from(bytes, (byte) => Number(byte > 127)) });
  const text = (more: string): string =>
    network('conv(1, kernel: 1)', 'binary_cross_entropy', `init: normal(deviation: 1)  ${more}`);
  const [still, mirrored] = [
    await outcome(text(''), masks),
    await outcome(text('augment: random_flip(probability: 1)'), masks),
  ];
  expect(mirrored.loss).toBeCloseTo(still.loss, 5);
});

describe('refused is', () => {
  const bad = targets([3], (at) => (at === 7 ? 255 : 0));
  test.each([
    [
      'a target beyond 1',
      network('flatten -> dense(3)', 'binary_cross_entropy'),
      bad,
      'train image 2 has 255 as number 1 of its targets; binary_cross_entropy takes numbers from 0 to 1: write 1 for 255',
    ],
    [
      'a third class of one number',
      network('flatten -> dense(1)', 'binary_cross_entropy'),
      labelledImages({ count: 6, channels: 1, height: 4, width: 4 }, bytes, [0, 0, 1, 1, 1, 2]),
      'the labels go up to 2, but output is one number, which tells 0 from 1: train image 5 is of class 2; take a layer with a score for each class, and cross_entropy',
    ],
    [
      'a softmax',
      network('flatten -> dense(2) -> softmax', 'binary_cross_entropy'),
      plain,
      'A has a softmax in front of',
    ],
    [
      'a dropout behind the sigmoid',
      network('flatten -> dense(2) -> sigmoid -> dropout(0.5)', 'binary_cross_entropy'),
      plain,
      'A has a `dropout` behind the sigmoid of',
    ],
    [
      'a picture of other numbers',
      network('conv(1, kernel: 3, padding: 1)', 'binary_cross_entropy').replace('1/255', '1/255  mean: [0.5]'),
      plain,
      'give its input `scale: 1/255`, without mean and std',
    ],
  ])('%s', async (_, text, images, message) => {
    await expect(train(text, { data: { training: images } })).rejects.toThrow(message);
  });
});

test('a module tells accuracy, and takes labels from 0 to 1', async () => {
  const { files } = compile(network('flatten -> dense(2) -> sigmoid', 'binary_cross_entropy'), {
    training: true,
    target: 'js',
  });
  const text = (name: string): string => files.find(({ path }) => path.endsWith(name))!.text;
  expect(text('.d.ts')).toContain('what the network should give, from 0 to 1.');
  expect(text('.d.ts')).toContain('readonly accuracy: number;');
  const { loadTrainer: load } = (await importText(text('.js'))) as unknown as { loadTrainer: Function };
  const trainer = await load();
  const x = new Float32Array(16);
  const step = (labels: readonly number[]): Promise<unknown> => trainer.step(x, labels, { learningRate: 0.1 });
  // Both logits are biases; the outputs are their probabilities.
  const [first, second] = (await trainer.run(x)) as Float32Array as unknown as [number, number];
  const expected = -(Math.log(first) + Math.log(1 - second)) / 2;
  expect(await step([1, 0])).toMatchObject({
    loss: expect.closeTo(expected, 5),
    accuracy: (Number(first > 0.5) + Number(second <= 0.5)) / 2,
  });
  await expect(step([1, 2])).rejects.toThrow('label 1 is 2; expected a number from 0 to 1 (label 1 of image 0)');
});

describe('weights of classes', () => {
  const weighed = (steps: string, more = ''): string => network(steps, `cross_entropy(weights: [0.5, 3]${more})`);

  test.each([
    ['of images', 'flatten -> dense(2)', '', plain],
    ['of probabilities', 'flatten -> dense(2) -> softmax', '', plain],
    ['of pixels', 'conv(2, kernel: 3, padding: 1)', '', targets([4, 4], (at) => (at % 3) & 1)],
    [
      'of pixels that count',
      'conv(2, kernel: 3, padding: 1)',
      ', ignore: 255',
      targets([4, 4], (at) => [0, 1, 255][at % 3]!),
    ],
  ])('count in steps and measurements: %s', async (_, steps, more, images) => {
    const { loss, accuracy, checked } = await outcome(weighed(steps, more), images);
    expect(checked.loss / loss).toBeCloseTo(1, 5);
    expect(checked.accuracy).toBeCloseTo(accuracy!, 6);
    const equal = await outcome(network(steps, `cross_entropy(weights: [2, 2]${more})`), images);
    const without = await outcome(network(steps, `cross_entropy(label_smoothing: 0${more})`), images);
    expect(equal.loss).toBeCloseTo(without.loss, 5);
    expect(equal.loss).not.toBeCloseTo(loss, 3);
  });

  test('are one for each class', async () => {
    const found = train(weighed('flatten -> dense(3)'), { data: { training: plain } });
    await expect(found).rejects.toThrow(
      'A gives [3], but cross_entropy has the weights [0.5, 3]; expected one for each class',
    );
  });

  test.each([
    ['all are 0', 'dense(3)', '[0, 0, 0]', plain, 'weights [0, 0, 0]; expected one for each class, not all 0'],
    ['no image counts', 'dense(3)', '[0, 0, 1]', plain, 'none of the 6 training images counts: the weights of'],
    ['one is too large', 'dense(2)', '[1e38, 1e38]', plain, '`weights` must be at most 1000000000'],
    // By numbers that f32 has only in part PyTorch divides, too: gradients and losses are NaN.
    ['one is tiny', 'dense(3)', '[1, 0, 1e-41]', plain, 'expected 0 or at least 1.2e-38 for each class, not all 0'],
    ['one is below 0', 'dense(3)', '[-1, 1, 0.5]', plain, '[0, 1, 0.5]'],
  ])('are refused where %s', async (_, steps, weights, images, message) => {
    const text = network(`flatten -> ${steps}`, `cross_entropy(weights: ${weights})`);
    await expect(train(text, { data: { training: images } })).rejects.toThrow(message);
  });

  test('may be as small as normal numbers of f32', async () => {
    const lossWith = async (weight: string) => {
      const text = network('flatten -> dense(3)', `cross_entropy(weights: [${weight}, ${weight}, ${weight}])`);
      const { history } = await train(text, { data: { training: plain } });
      return history.map(({ loss }) => loss);
    };
    const [small, equal] = [await lossWith('1.2e-38'), await lossWith('1')];
    small.forEach((loss, at) => expect(loss).toBeCloseTo(equal[at]!, 4));
  });

  test('may be 0 for classes of pixels', async () => {
    const text = network('conv(3, kernel: 1)', 'cross_entropy(weights: [0, 0, 1], ignore: 2)');
    const found = train(text, { data: { training: targets([4, 4], (at) => at % 3) } });
    await expect(found).rejects.toThrow('none of the 6 training images counts');
  });

  test('are in a module', async () => {
    const { files } = compile(weighed('flatten -> dense(2)'), { training: true, target: 'wasm' });
    const { loadTrainer: load } = (await importText(files[0]!.text)) as unknown as { loadTrainer: Function };
    const trainer = await load();
    const [images, rate] = [Float32Array.from({ length: 32 }, (_, at) => (at % 7) / 7), { learningRate: 0 }];
    const alone = await Promise.all([0, 1].map((n) => trainer.step(images.subarray(16 * n, 16 * n + 16), [n], rate)));
    const both = await trainer.step(images, [0, 1], rate);
    expect(both.loss).toBeCloseTo((0.5 * alone[0].loss + 3 * alone[1].loss) / 3.5, 5);
    trainer.close();
  });
});
