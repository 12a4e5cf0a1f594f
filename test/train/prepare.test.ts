// What is wrong with a training is said before its first step, in one sentence.

import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { operators } from '../../compiler/ops/index.ts';
import { digits } from '../../src/data/digits/digits.ts';
import { InputError } from '../../src/data/input-error.ts';
import type { LabelledImages } from '../../src/data/labelled-images.ts';
import { labelledImages, withTargets } from '../../src/data/labelled-images.ts';
import { buildNetworks } from '../../src/network/networks.ts';
import { prepare } from '../../src/train/prepare.ts';
import { run } from '../../src/train/run.ts';

const data = digits({ count: 20, height: 8, width: 8 });

/** What the settings do not say. */
function withDefaults(settings: string): string {
  const defaults = { optimizer: 'sgd(learning_rate: 0.1)', batch: '4', epochs: '2' };
  const missing = Object.entries(defaults).filter(([name]) => !settings.includes(`${name}:`));
  return [...missing.map(([name, value]) => `${name}: ${value}`), settings].join('  ');
}

/** Two numbers for each picture. */
const answered = withTargets(data, { shape: [2], values: Float32Array.from({ length: 40 }, (_, at) => at / 40) });

function prepared(body: string, settings = '', images: LabelledImages = data, test?: LabelledImages) {
  const text = `network A {\n  ${body}\n}\ntrain A { ${withDefaults(settings)} }`;
  const { networks, diagnostics } = buildNetworks({ path: 'a.cnn', text });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return prepare(networks[0]!, networks[0]!.train!, { training: images, ...(test && { test }) });
}

const refusal = (...given: Parameters<typeof prepared>): string => {
  try {
    prepared(...given);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  return '';
};

const input = 'input x: [1, 8, 8]';
const dense = `${input}\n  flatten\n  dense(10)`;

describe('refused are', () => {
  test.each<[string, Parameters<typeof prepared>, string]>([
    [
      'labels beyond the classes',
      [`${input}\n flatten\n scores = dense(9)\n output scores`],
      'the labels go up to 9, but scores has 9 classes',
    ],
    ['one score', [`${input}\n flatten\n scores = dense(1)\n output scores`], 'scores gives one score'],
    [
      'a map where scores are due',
      [`${input}\n conv(2, kernel: 3)`],
      'A gives [2, 6, 6], scores for each pixel, which are compared with the class of each pixel: targets [6, 6] of each image',
    ],
    [
      'squared errors of a map',
      [`${input}\n conv(2, kernel: 3)`, 'loss: mean_squared_error'],
      'A gives [2, 6, 6]; mean_squared_error',
    ],
    ['two inputs', [`${input}\n input y: [1, 8, 8]\n add(x, y) -> flatten -> dense(10)`], 'A has 2 inputs'],
    ['no weights', [`${input}\n flatten`, 'loss: mean_squared_error'], 'A has no weights to train'],
    [
      'images of another size',
      ['input x: [1, 9, 9]\n flatten\n dense(10)'],
      'the picture has 8×8 pixels, but the input is [1, 9, 9]',
    ],
    [
      'targets of another shape',
      [`${input}\n flatten -> dense(3)`, 'loss: mean_squared_error', answered],
      'A gives [3], but the targets of the data set are [2]',
    ],
    ['targets where scores are due', [`${input}\n flatten -> dense(2)`, '', answered], 'cross_entropy takes labels'],
    [
      'targets of pictures that change',
      [`${input}\n flatten -> dense(2)`, 'loss: mean_squared_error  augment: random_flip', answered],
      'the data set has targets, which `augment` would leave as they are while the pictures change; remove augment',
    ],
    [
      'test images without targets',
      [`${input}\n flatten -> dense(2)`, 'loss: mean_squared_error', answered, data],
      'the training images have targets [2], but the test images labels',
    ],
    ['a batch that nothing fills', [dense, 'batch: 21  last: drop'], 'do not fill a batch of 21'],
  ])('%s', (_, given, message) => expect(refusal(...given)).toContain(message));

  test('an operator without a gradient', () => {
    const [network] = buildNetworks({
      path: 'a.cnn',
      text: `network A { ${dense} }\ntrain A { optimizer: adam }`,
    }).networks;
    const g = graphBuilder('A', operators, 'train');
    const [hidden] = g.node({ op: 'dense', inputs: [g.input('x', [4])], attributes: { features: 10 } });
    const attributes = { momentum: 0, decay: 0 };
    g.output('y', g.node({ op: 'sgd_velocity', name: 'step', inputs: [hidden, hidden, hidden], attributes })[0]);
    expect(() => prepare({ ...network!, graph: g.finish() }, network!.train!, { training: data })).toThrow(
      'step: `sgd_velocity` cannot be differentiated, and so A cannot be trained',
    );
  });

  test('batch norm of one value, by the batch or what is left of it', () => {
    const body = `${input}\n flatten\n dense(10) -> batch_norm -> relu\n dense(10)`;
    expect(refusal(body, 'batch: 1')).toContain('batch_norm1 sees one value per channel');
    expect(refusal(body, 'batch: 19')).toContain('the last batch of an epoch has one image; write `last: drop`');
    expect(refusal(body, 'batch: 19  last: drop')).toBe('');
    expect(refusal(body)).toBe('');
    expect(refusal(`${input}\n conv(2, kernel: 3) -> batch_norm\n flatten\n dense(10)`, 'batch: 1')).toBe('');
  });
});

/** The losses of the epochs, and those on images that were kept. */
async function losses(
  body: string,
  settings: string,
  images?: LabelledImages,
): Promise<readonly (readonly number[])[]> {
  const training = prepared(body, settings, images);
  const course = await training.open();
  try {
    const { history } = await run(course, training.begin());
    return history.map(({ loss, checked }) => [loss, ...(checked ? [checked.loss] : [])]);
  } finally {
    course.close();
  }
}

describe('losses fall', { timeout: 60_000 }, () => {
  const scaled = 'input x: [1, 8, 8] { scale: 1/255 }';
  test.each([
    ['of classes', `${scaled}\n flatten\n dense(10)`, 'epochs: 12'],
    ['of classes, as probabilities', `${scaled}\n flatten\n dense(10) -> softmax`, 'epochs: 12'],
    [
      'with adamw, clipping, an average and a share for validation',
      `${scaled}\n flatten\n dense(10)`,
      'optimizer: adamw(learning_rate: 0.01)  clip: 1  average: 0.5  validation: 0.2  epochs: 8',
    ],
    ['of scores, squared', `${scaled}\n flatten\n dense(10)`, 'loss: mean_squared_error  epochs: 6'],
    [
      'of a number, squared',
      `${scaled}\n flatten\n dense(1)`,
      'loss: mean_squared_error  epochs: 6  optimizer: adam(learning_rate: 0.02)',
    ],
    ['of a picture made again', `${scaled}\n conv(1, kernel: 3, padding: 1)`, 'loss: mean_squared_error  epochs: 6'],
  ])('%s', async (_, body, settings) => {
    const found = await losses(body, settings);
    expect(found.at(-1)![0]!).toBeLessThan(0.9 * found[0]![0]!);
  });
});

test('what an epoch is measured on is kept from the training', () => {
  const training = prepared(dense, 'validation: 0.25');
  expect(training).toMatchObject({ images: 15, stepsPerEpoch: 4, checkedOn: 'validation' });
  expect(prepared(dense)).not.toHaveProperty('checkedOn');
});

test('a perfect memory of two pictures is measured as such', async () => {
  const two = labelledImages({ count: 2, channels: 1, height: 1, width: 2 }, Uint8Array.of(255, 0, 0, 255), [0, 1]);
  const body = 'input x: [1, 1, 2] { scale: 1/255 }\n  flatten\n  dense(2)';
  const text = `network A { ${body} }\ntrain A { optimizer: sgd(learning_rate: 1)  batch: 2  epochs: 40 }`;
  const network = buildNetworks({ path: 'a.cnn', text }).networks[0]!;
  const training = prepare(network, network.train!, { training: two, test: two });
  const course = await training.open();
  const { history, weights } = await run(course, training.begin());
  course.close();
  const last = history.at(-1)!;
  expect(last).toMatchObject({ accuracy: 1, checked: { accuracy: 1 } });
  // After the step: two scores each, from the weights themselves.
  const [w, b] = [weights.get('dense1.weight')!, weights.get('dense1.bias')!];
  const surprise = [0, 1].map((label) => {
    const scores = [0, 1].map((row) => w[2 * row + label]! + b[row]!);
    return Math.log(Math.exp(scores[0]!) + Math.exp(scores[1]!)) - scores[label]!;
  });
  expect(last.checked!.loss).toBeCloseTo((surprise[0]! + surprise[1]!) / 2, 5);
});

test('targets are those of the pictures of a step, and of what it is measured on', async () => {
  // The answer is the first pixel, 0 or 1, and −2 times it: learned exactly, in whatever order the pictures come.
  const pixels = Uint8Array.of(255, 0, 0, 0, 0, 255, 255, 255);
  const pictures = labelledImages({ count: 4, channels: 1, height: 1, width: 2 }, pixels, [0, 0, 0, 0]);
  const values = Float32Array.of(1, -2, 0, 0, 0, 0, 1, -2);
  const set = withTargets(pictures, { shape: [2], values });
  const body = 'input x: [1, 1, 2] { scale: 1/255 }\n  flatten\n  dense(2, bias: false)';
  const text = `network A { ${body} }\ntrain A { loss: mean_squared_error  optimizer: sgd(learning_rate: 0.5)  batch: 2  epochs: 150 }`;
  const network = buildNetworks({ path: 'a.cnn', text }).networks[0]!;
  const training = prepare(network, network.train!, { training: set, test: set });
  const course = await training.open();
  const { history, weights } = await run(course, training.begin());
  course.trainer.close();
  const learned = weights.get('dense1.weight')!;
  [1, 0, -2, 0].forEach((weight, at) => expect(learned[at]).toBeCloseTo(weight, 4));
  expect(history.at(-1)!.checked!.loss).toBeLessThan(1e-10);
  const others = withTargets(set, { shape: [2], values: values.map((value) => -value) });
  expect(prepare(network, network.train!, { training: others }).identity).not.toEqual(training.identity);
});
