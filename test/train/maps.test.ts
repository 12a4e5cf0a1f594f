// Networks that tell the class of every pixel, as U-Net does: the loss and its gradient are those of the pixels as images, which other tests
// compare with PyTorch; on both targets, in modules, and by the command line.

import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { compileStep, compileTraining } from '../../compiler/index.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { stepInputs, stepOutputs } from '../../runtime/step-border.ts';
import type { Choice } from '../../compiler/frontend/sections/train.ts';
import { labelledImages, withTargets } from '../../src/data/labelled-images.ts';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { importText } from '../../src/network/module.ts';
import { rotate } from '../../src/train/augment/random-rotation.ts';
import { batchesOf } from '../../src/train/batch.ts';
import { mapCounter } from '../../src/train/map-score.ts';
import { loadTrainer } from '../../src/train/trainer.ts';
import { cnnc } from '../cli/harness.ts';
import { npy } from '../support/npy.ts';
import { feedsOf, numbersFrom, runStep, slopeOf } from '../support/step.ts';
import type { Feed } from '../support/step.ts';

const [classes, height, width] = [5, 3, 4];
const pixels = height * width;
const recipeOf = (labelSmoothing: number): Recipe => ({
  loss: { kind: 'cross_entropy', labelSmoothing },
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 0, decays: 'all' },
});

type Layer = readonly [op: string, attributes: Readonly<Record<string, number | string>>, name?: string];

function networkOf(input: readonly number[], layers: readonly Layer[]): Graph {
  const builder = graphBuilder('net', operators, 'train');
  const last = layers.reduce(
    (value, [op, attributes, name = op]) => {
      return builder.node({ op, name, inputs: [value], attributes })[0];
    },
    builder.input('x', input),
  );
  builder.output('scores', last);
  return builder.finish();
}

const conv: Layer = ['conv', { channels: classes, kernel: 1 }];
const onMaps = networkOf([3, height, width], [conv]);

/** [N, C, pixels] → [N · pixels, C] */
const asImages = (data: Float64Array, channels: number): Float64Array =>
  Float64Array.from(data, (_, at) => {
    const [pixel, c] = [Math.floor(at / channels), at % channels];
    return data[(Math.floor(pixel / pixels) * channels + c) * pixels + (pixel % pixels)]!;
  });

describe.each([0, 0.1])('with label smoothing %d', (smoothing) => {
  test('a step is that of the pixels as images', () => {
    const [maps, images] = [onMaps, networkOf([3], [['dense', { features: classes }]])].map((graph) =>
      trainingStep(graph, operators, recipeOf(smoothing)),
    ) as [Graph, Graph];
    expect(verifyGraph(maps, operators)).toEqual([]);
    const batch = 2;
    const next = numbersFrom(7);
    const filled = (length: number, value: () => number) => ({ data: Float64Array.from({ length }, value) });
    const x = filled(batch * 3 * pixels, next);
    const labels = filled(batch * pixels, () => Math.floor((next() + 1) * 2.5) % classes);
    const states = { weight: filled(3 * classes, next), bias: filled(classes, next) };
    const feeds = (op: string, count: number, own: Feed): Feed =>
      new Map([
        ...own,
        [stepInputs.target, labels],
        [stepInputs.images, { data: Float64Array.of(count) }],
        [stepInputs.learningRate, { data: Float64Array.of(0.1) }],
        [stepInputs.random, { data: new Float64Array(4) }],
        ...Object.entries(states).map(([name, value]) => [`${op}.${name}`, value] as const),
        ...Object.entries(states).map(
          ([name, { data }]) => [`momentum/${op}.${name}`, { data: new Float64Array(data.length) }] as const,
        ),
      ]);
    const named = (step: Graph, given: Feed): Feed =>
      new Map(step.inputs.map(({ name }) => [name, given.get(name) ?? given.get(`momentum/${name.split('/')[1]}`)!]));
    const found = runStep(maps, named(maps, feeds('conv', batch, new Map([['x', x]]))), batch);
    const flat = new Map([['x', { data: asImages(x.data, 3) }]]);
    const expected = runStep(images, named(images, feeds('dense', batch * pixels, flat)), batch * pixels);
    expect(found.get(stepOutputs.loss)![0]).toBeCloseTo(expected.get(stepOutputs.loss)![0]!, 13);
    // Of maps, shares of their pixels.
    expect(found.get(stepOutputs.correct)![0]! * pixels).toBeCloseTo(expected.get(stepOutputs.correct)![0]!, 10);
    for (const name of Object.keys(states)) {
      const [a, b] = [found.get(`conv.${name}`)!, expected.get(`dense.${name}`)!];
      a.forEach((value, at) => expect(value).toBeCloseTo(b[at]!, 13));
    }
  });

  test.each(['js', 'wasm'] as const)('%s computes what the step is by definition', async (target) => {
    const graph = networkOf(
      [2, height, width],
      [
        ['conv', { channels: 6, kernel: 3, padding: 1 }],
        ['relu', {}],
        [conv[0], conv[1], 'scores'],
      ],
    );
    const step = trainingStep(graph, operators, recipeOf(smoothing));
    const batch = 3;
    let feeds = feedsOf(step, { batch, rate: 0.2, seed: 3 });
    const labels = Float64Array.from({ length: batch * pixels }, (_, at) => (at * 7 + (at >> 3)) % classes);
    feeds = new Map([...feeds, [stepInputs.target, { data: labels }]]);
    const compiled = compileStep({ graph: { ...graph, mode: 'train' } }, recipeOf(smoothing), { target });
    const trainer = await loadTrainer(compiled, { maxBatch: batch, seed: 3 });
    try {
      for (const state of trainer.states) state.write(Float32Array.from(feeds.get(state.name)!.data));
      for (let number = 0; number < 4; number += 1) {
        const x = Float32Array.from(feeds.get('x')!.data);
        const result = await trainer.step(x, Float32Array.from(labels), 0.2, number);
        const expected = runStep(step, feeds, batch);
        expect(result.loss).toBeCloseTo(expected.get(stepOutputs.loss)![0]!, 5);
        expect(result.correct).toBeCloseTo(expected.get(stepOutputs.correct)![0]!, 5);
        for (const state of trainer.states)
          state.read().forEach((value, at) => expect(value).toBeCloseTo(expected.get(state.name)![at]!, 5));
        feeds = new Map([...feeds, ...[...expected].map(([name, data]) => [name, { data }] as const)]);
      }
    } finally {
      trainer.close();
    }
  });

  test('the gradient is that of central differences', () => {
    const step = trainingStep(onMaps, operators, { ...recipeOf(smoothing), optimizer: plain });
    const labels = Float64Array.from({ length: 2 * pixels }, (_, at) => at % classes);
    const feeds: Feed = new Map([
      ...feedsOf(step, { batch: 2, rate: 1, seed: 5 }),
      [stepInputs.target, { data: labels }],
    ]);
    const after = runStep(step, feeds, 2).get('conv.weight')!;
    for (let at = 0; at < after.length; at += 1)
      expect(feeds.get('conv.weight')!.data[at]! - after[at]!).toBeCloseTo(
        slopeOf(step, feeds, 2, 'conv.weight', at),
        8,
      );
  });
});

const plain = { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'all' } as const;
test('of probabilities the loss is that of the scores before them', () => {
  const ended = networkOf([3, height, width], [conv, ['softmax', { over: 'channels' }]]);
  const feeds = (step: Graph): Feed => {
    const labels = Float64Array.from({ length: 2 * pixels }, (_, at) => at % classes);
    return new Map([...feedsOf(step, { batch: 2, rate: 1, seed: 5 }), [stepInputs.target, { data: labels }]]);
  };
  const [a, b] = [onMaps, ended].map((graph) => {
    const step = trainingStep(graph, operators, recipeOf(0));
    return runStep(step, feeds(step), 2);
  });
  expect(a!.get('conv.weight')).toEqual(b!.get('conv.weight'));
});

test('the mean IoU of four pixels, by hand', () => {
  const counter = mapCounter(3);
  // Scores say 0, 1, 1, NaN; the classes are 0, 0, 1, 1; nothing is of class 2.
  const scores = Float32Array.of(...[2, 0, 1, 0], ...[1, 3, 1.5, NaN], ...[0, 0, 0, 0]);
  expect(counter.take(scores, [0, 0, 1, 1])).toBe(2);
  expect(counter.score()).toEqual({ pixels: 4, correct: 2, broken: 1, meanIou: (1 / 2 + 1 / 3) / 2 });
});

const module_ = (graph: Graph) =>
  compileTraining(
    { graph: { ...graph, mode: 'infer' } },
    {
      recipe: recipeOf(0),
      init: { kind: 'default' },
      defaults: { batch: 2, epochs: 1, learningRate: 0.1, seed: 1 },
    },
    { target: 'js' },
  );

test('a module takes the class of each pixel, and says what is wrong with them', async () => {
  const emitted = (await importText(module_(onMaps).emit({ sourceName: 'a.cnn' })[0]!.text)) as unknown as {
    loadTrainer(): Promise<{
      step(x: Float32Array, labels: ArrayLike<number>, options: object): Promise<{ loss: number; accuracy: number }>;
      close(): void;
    }>;
  };
  const trainer = await emitted.loadTrainer();
  const images = new Float32Array(2 * 3 * pixels).fill(1);
  const rate = { learningRate: 0.1 };
  const labels = new Uint8Array(2 * pixels).fill(2);
  let [accuracy, loss] = [0, 0];
  for (let at = 0; at < 20; at += 1) ({ accuracy, loss } = await trainer.step(images, labels, rate));
  expect({ accuracy, isLow: loss < 0.2 }).toEqual({ accuracy: 1, isLow: true });
  await expect(trainer.step(images, [1, 2], rate)).rejects.toThrow('there are 2 labels for 2 images; expected 24');
  await expect(trainer.step(images, labels.fill(5), rate)).rejects.toThrow(
    'label 0 is 5; expected a whole number from 0 to 4',
  );
  trainer.close();
});

describe('augment moves the classes of pixels with the picture', () => {
  const [count, side] = [6, 9];
  const next = numbersFrom(3);
  const bytes = Uint8Array.from({ length: count * side * side }, () => (next() + 1) * 100);
  const pictures = labelledImages({ count, channels: 1, height: side, width: side }, bytes, [0, 1, 0, 1, 0, 1]);
  const images = withTargets(pictures, { shape: [1, side, side], values: Float32Array.from(bytes) });
  const indices = [3, 0, 5, 1];
  const settings = { scale: 1, colors: 'gray' } as const;
  const changed = (augment: readonly Choice[], epoch = 2) => {
    const { maps, fillTraining, elements } = batchesOf(images, {
      ...{ shape: [1, side, side], settings, augment, seed: 8, isMap: true },
    });
    const values = new Float32Array(indices.length * elements);
    fillTraining(indices, epoch, values, new Int32Array(indices.length));
    return { picture: [...values], classes: [...maps!(indices, epoch)] };
  };
  const flip: Choice = { name: 'random_flip', arguments: { horizontal: true, vertical: true, probability: 0.5 } };
  const crop: Choice = { name: 'random_crop', arguments: { size: [side, side], padding: [2, 1, 2, 3] } };
  const translation: Choice = { name: 'random_translation', arguments: { height: 0.2, width: 0.2 } };
  const jitter = (brightness: number): Choice => ({
    name: 'color_jitter',
    arguments: { brightness, contrast: 0, saturation: 0, hue: 0 },
  });
  const erase: Choice = {
    name: 'random_erase',
    arguments: { probability: 1, scale: [0.1, 0.3] as never, ratio: [0.5, 2] as never },
  };
  const moves = [flip, crop, translation];

  test('flips, crops and translations', () => {
    const { picture, classes } = changed([jitter(0), ...moves]);
    expect(classes).toEqual(picture);
    expect(classes).not.toEqual(indices.flatMap((at) => [...images.image(at)]));
    expect(changed([jitter(0), ...moves], 3).classes).not.toEqual(classes);
  });

  test('colours that change, and what is erased, are still of their class', () => {
    const { classes } = changed(moves);
    expect(changed([...moves, erase]).classes).toEqual(classes);
    expect(changed([...moves, erase]).picture).not.toEqual(classes);
    const { classes: bright, picture } = changed([jitter(0.5), ...moves]);
    expect(bright).toEqual(changed([jitter(0), ...moves]).classes);
    expect(picture).not.toEqual(bright);
  });

  test('turned and resized, pixels keep one class', () => {
    const square = (): Choice => ({
      name: 'random_resized_crop',
      arguments: { size: [side, side], scale: [0.3, 0.6] as never, ratio: [1, 1] as never, filter: 'bilinear' },
    });
    const known = new Set<number>([0, ...bytes]);
    for (const step of [{ name: 'random_rotation', arguments: { degrees: 180 } }, square()]) {
      const { classes } = changed([step]);
      expect(classes.every((value) => known.has(value))).toBe(true);
    }
    // A quarter turn against the clock: the column on the right becomes the row at the top.
    const row = (data: ArrayLike<number>): number[] => [...Array(side).keys()].map((at) => data[at]!);
    const column = (data: ArrayLike<number>): number[] =>
      [...Array(side).keys()].map((at) => data[at * side + side - 1]!);
    const one = { width: side, height: side, channels: 1, data: images.image(0) } as const;
    for (const filter of ['bilinear', 'nearest'] as const)
      expect(row(rotate(one, 90, filter).data)).toEqual(column(one.data));
  });

  test('what cannot be moved is refused', () => {
    const options = { shape: [1, side, side], settings, augment: [flip], isMap: true };
    const other = withTargets(pictures, { shape: [3, 3], values: new Float32Array(count * 9) });
    expect(() => batchesOf(other, options)).toThrow('maps of 9×9 are needed, those of the data set are [3, 3]');
    const many = withTargets(pictures, { shape: [9, 9], values: new Float32Array(count * 81).fill(256) });
    expect(() => batchesOf(many, options)).toThrow('augment moves maps of up to 256 classes; remove augment');
    const small: Choice = { name: 'random_crop', arguments: { size: [6, 6], padding: [0, 0, 0, 0] } };
    expect(() => batchesOf(images, { ...options, augment: [small] })).toThrow(
      'augment makes pictures of 6×6 pixels, but those of the data set, and the maps of their classes, have 9×9',
    );
    // The network may enlarge what it gets: its scores are compared with maps of 9×9 all the same.
    expect(() => batchesOf(images, { ...options, augment: [small], shape: [1, 6, 6] })).toThrow('have 9×9');
    const whole: Choice = { name: 'random_crop', arguments: { size: [9, 9], padding: [1, 1, 1, 1] } };
    expect(() => batchesOf(images, { ...options, augment: [whole], shape: [1, 6, 6] })).toThrow(
      'augment makes pictures of 9×9 pixels, but the input is [1, 6, 6]',
    );
  });
});

describe('by the command line', () => {
  const text = (body: string, settings = 'optimizer: adam(learning_rate: 0.05)  batch: 4  epochs: 12'): string =>
    `network Net {\n  input image: [1, 4, 6] { scale: 1/255 }\n  ${body}\n  output scores\n}\ntrain Net { ${settings} }\n`;
  const net = text('scores = conv(2, kernel: 1)');
  const next = numbersFrom(11);
  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count * 24 }, () => 128 * (next() + 1) * 0.99);
  const bright = (pictures: Uint8Array): Uint8Array => pictures.map((value) => Number(value > 127));
  const [images, tested] = [bytes(16), bytes(5)];
  const files = {
    'net.cnn': net,
    'd/train-images.npy': npy('|u1', [16, 4, 6], images),
    'd/train-targets.npy': npy('|u1', [16, 4, 6], bright(images)),
    'd/test-images.npy': npy('|u1', [5, 4, 6], tested),
    'd/test-targets.npy': npy('|u1', [5, 1, 4, 6], bright(tested)),
  };
  const train = ['train', 'net.cnn', '--data', 'd', '--out', 'w.safetensors'];

  test('train learns which pixels are bright, and eval counts them', async () => {
    const trained = await cnnc([...train, '--json'], { files });
    expect(trained).toMatchObject({ code: 0 });
    const { epochs, final } = JSON.parse(trained.stdout);
    expect(epochs[0].checked.accuracy).toBeLessThan(final.test.accuracy);
    expect(final.test.accuracy).toBeGreaterThan(0.9);
    expect(final.test.meanIou).toBeGreaterThan(0.8);
    const weights = trained.files.get('/project/w.safetensors')!;
    const measured = { files: { ...files, 'w.safetensors': weights } };
    const argv = ['eval', 'net.cnn', '--weights', 'w.safetensors', '--data', 'd'];
    const result = JSON.parse((await cnnc([...argv, '--json'], measured)).stdout);
    expect(result).toMatchObject({ total: 5 * 24, accuracy: final.test.accuracy, meanIou: final.test.meanIou });
    const told = await cnnc(argv, measured);
    expect(told.stdout).toBe(
      `accuracy ${(100 * result.accuracy).toFixed(1)}%  ${result.correct} of 120 pixels  mean IoU ${result.meanIou.toFixed(3)}\n`,
    );
    // What it has learnt: a pixel is bright where w · x + b of the second class is the larger one.
    const { tensors } = readSafetensors(weights);
    const [w, b] = [0, 1].map((at) => tensors[at]!.data) as [Float32Array, Float32Array];
    const right = [...tested].filter((value) => {
      const score = (c: number): number => w[c]! * (value / 255) + b[c]!;
      return Number(score(1) > score(0)) === Number(value > 127);
    });
    expect(result.correct).toBe(right.length);
  });

  test('augment moves classes with pictures, whatever thread makes the batches', async () => {
    const moved = text(
      'scores = conv(2, kernel: 1)',
      'optimizer: adam(learning_rate: 0.05)  batch: 4  epochs: 12  augment: random_flip(vertical: true) -> random_crop(4x6, padding: 1)',
    );
    const given = { files: { ...files, 'net.cnn': moved } };
    const trained = await cnnc([...train, '--workers', '0'], given);
    // What comes in is black, and of class 0, as black pixels are.
    expect(Number(/test .* accuracy ([\d.]+)%/.exec(trained.stdout)![1])).toBeGreaterThan(90);
    const other = await cnnc([...train, '--workers', '1'], given);
    expect(other.files.get('/project/w.safetensors')).toEqual(trained.files.get('/project/w.safetensors'));
  });

  test('epochs are told, and shown on a page', async () => {
    const {
      stdout,
      stderr,
      files: written,
    } = await cnnc([...train, '--epochs', '3', '--html', 'page.html'], { files });
    expect(stdout).toMatch(
      /^training {4}loss [\d.]+ {2}accuracy [\d.]+%\ntest {8}loss [\d.]+ {2}accuracy [\d.]+% {2}mean IoU 0\.\d{3}\n/,
    );
    expect(stderr).toMatch(/test loss [\d.]+ accuracy [\d.]+% mean IoU 0\.\d{3}/);
    const page = new TextDecoder().decode(written.get('/project/page.html'));
    expect(page).toContain('<th scope="col" class="number">test mean IoU</th>');
    expect(page).toContain('test mean IoU');
    for (const name of ['image 0', 'image 1', 'image 2'])
      expect(page).toMatch(
        new RegExp(`alt="Example: ${name}".*alt="Classes of ${name}".*alt="Classes that ${name} gets"`),
      );
    // The classes of the first test image: white is bright.
    const [, stored] = /alt="Classes of image 0"[^>]*base64,([^"]*)"/.exec(page)!;
    const asked = decode(Buffer.from(stored!, 'base64'));
    expect([...asked.data]).toEqual([...bright(tested.subarray(0, 24))].map((value) => 255 * value));
  });

  const scoresFor =
    'Net gives [2, 4, 6], scores for each pixel, which are compared with the class of each pixel: targets [4, 6] of each image';
  test.each<[string, readonly string[], Readonly<Record<string, string | Uint8Array>>, string]>([
    [
      'one label for an image',
      train,
      {
        'net.cnn': net,
        'd/train-images.npy': files['d/train-images.npy'],
        'd/train-labels.npy': npy(
          '|u1',
          [16],
          Uint8Array.from({ length: 16 }, (_, at) => at % 2),
        ),
      },
      `${scoresFor}, in train-targets.npy; the data set has one label for an image`,
    ],
    [
      'classes of other pixels',
      train,
      { ...files, 'd/train-targets.npy': npy('|u1', [16, 6, 4], bright(images)) },
      `${scoresFor}; those of the data set are [6, 4]`,
    ],
    [
      'a class that there is not',
      train,
      { ...files, 'd/train-targets.npy': npy('|u1', [16, 4, 6], bright(images).fill(255, 30, 31)) },
      'train image 1 has 255 as the class of a pixel (row 1, column 0), but scores has 2 classes, counted from 0; give each pixel one of these',
    ],
    [
      'a class that there is not, of a test image, by a training',
      train,
      { ...files, 'd/test-targets.npy': npy('|u1', [5, 4, 6], bright(tested).fill(2, 119)) },
      'test image 4 has 2 as the class of a pixel (row 3, column 5), but scores has 2 classes, counted from 0',
    ],
    [
      'the same, by a measurement',
      ['eval', 'net.cnn', '--weights', 'random:1', '--data', 'd'],
      { ...files, 'd/test-targets.npy': npy('|i1', [5, 4, 6], bright(tested).fill(255, 0, 1)) },
      'test image 0 has -1 as the class of a pixel (row 0, column 0), but scores has 2 classes, counted from 0',
    ],
    [
      'squared errors of classes of pixels',
      train,
      { ...files, 'net.cnn': text('scores = conv(2, kernel: 1)', 'optimizer: adam  loss: mean_squared_error') },
      'Net gives [2, 4, 6], but the targets of the data set are [4, 6]; `loss: cross_entropy` compares scores of classes with the class of each pixel',
    ],
    [
      'mirror images of maps',
      ['eval', 'net.cnn', '--weights', 'random:1', '--data', 'd', '--flip'],
      files,
      'Net has scores for each pixel, whose mirror image is another map; leave --flip out',
    ],
    [
      'targets of a network with one class for an image',
      ['eval', 'net.cnn', '--weights', 'random:1', '--data', 'd'],
      { ...files, 'net.cnn': text('flatten\n  scores = dense(2)') },
      'd: the test images have targets; accuracy is counted of images with classes',
    ],
  ])('refused: %s', async (_, argv, given, message) => {
    const { code, stderr } = await cnnc(argv, { files: given });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
  });
});
