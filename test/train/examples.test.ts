// The `train` sections of the examples have the settings of D2L 0.17, and they train: a
// step of each is a sound graph, and where that is quick, a step is taken.

import { describe, expect, test } from 'vitest';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import type { Network } from '../../compiler/frontend/index.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { digits } from '../../src/data/digits/digits.ts';
import { prepare } from '../../src/train/prepare.ts';
import { recipeOf } from '../../src/train/recipe.ts';
import { run } from '../../src/train/run.ts';
import { readExample } from '../support/examples.ts';

/** Images per step and learning rate. */
const book = [
  ['lenet', 'LeNet', 256, 0.9],
  ['lenet-bn', 'LeNetBN', 256, 1],
  ['alexnet', 'AlexNet', 128, 0.01],
  ['vgg', 'VGG11Small', 128, 0.05],
  ['nin', 'NiN', 128, 0.1],
  ['googlenet', 'GoogLeNet', 128, 0.1],
  ['resnet', 'ResNet18', 256, 0.05],
  ['densenet', 'DenseNet', 256, 0.1],
] as const;

const networkOf = (example: string, name: string, set?: Readonly<Record<string, number>>): Network =>
  readExample(example, undefined, set).networks.find((network) => network.name === name)!;

describe.each(book)('%s: %s', (example, name, batch, rate) => {
  const network = networkOf(example, name);

  test('has the settings of the book', () => {
    expect(network.train).toMatchObject({
      loss: { name: 'cross_entropy', arguments: { label_smoothing: 0 } },
      optimizer: { name: 'sgd', arguments: { learning_rate: rate, momentum: 0, weight_decay: 0, nesterov: false } },
      schedule: { name: 'constant', arguments: { warmup: 0 } },
      init: { name: 'xavier_uniform' },
      batch,
      epochs: 10,
      augment: [],
    });
  });

  test('has a sound step', () => {
    const step = trainingStep(network.graph, operators, recipeOf(network.train!));
    expect(verifyGraph(step, operators)).toEqual([]);
  });
});

test('no other network of these files has settings', () => {
  const trained = [...new Set(book.map(([example]) => example))].flatMap((example) =>
    readExample(example).networks.flatMap((network) => (network.train ? [network.name] : [])),
  );
  expect(trained).toEqual(book.map(([, name]) => name));
});

// The smallest pictures that the network takes, or nearly.
test.each([
  ['lenet', 'LeNet', 28],
  ['lenet-bn', 'LeNetBN', 28],
  ['nin', 'NiN', 67],
  ['googlenet', 'GoogLeNet', 32],
  ['resnet', 'ResNet18', 32],
  ['densenet', 'DenseNet', 32],
] as const)('%s: %s takes a step at %d pixels', { timeout: 120_000 }, async (example, name, size) => {
  const network = networkOf(example, name, { size });
  const settings = { ...network.train!, batch: 10, epochs: 1 };
  const training = prepare(
    network,
    settings,
    { training: digits({ count: 10, height: size, width: size }) },
    { target: 'wasm' },
  );
  const from = training.begin();
  const course = await training.open();
  const { history, weights } = await run(course, from);
  course.trainer.close();
  const { loss } = history[0]!;
  // Ten classes, and weights that say nothing yet: about ln 10.
  expect(loss).toBeGreaterThan(1);
  expect(loss).toBeLessThan(6);
  const changed = [...weights].filter(([key, data]) => data.some((value, at) => value !== from.states.get(key)![at]));
  expect(changed.map(([key]) => key)).toEqual([...weights.keys()]);
});
