// Pixels that do not count, as the borders that Pascal VOC marks with 255: the loss of the others, as PyTorch's `ignore_index` has it
// (test/fixtures/pytorch/ignored.py), in steps, in modules, in measurements, where pictures are moved, and by the command line.

import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import goldens from '../fixtures/pytorch/ignored.json' with { type: 'json' };
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { compileStep, compileTraining } from '../../compiler/index.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { operators } from '../../compiler/ops/index.ts';
import { stepInputs, stepOutputs } from '../../runtime/step-border.ts';
import { labelledImages, withTargets } from '../../src/data/labelled-images.ts';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { importText } from '../../src/network/module.ts';
import { batchesOf } from '../../src/train/batch.ts';
import { mapCounter } from '../../src/train/map-score.ts';
import { loadTrainer } from '../../src/train/trainer.ts';
import { cnnc } from '../cli/harness.ts';
import { npy } from '../support/npy.ts';
import { numbersFrom, runStep } from '../support/step.ts';
import type { Feed } from '../support/step.ts';

const [images, channels, height, width, classes, rate] = [3, 2, 3, 4, 5, 0.5];
const pixels = height * width;
/** Numbers that the Python program makes likewise. */
const numbers = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, at) => ((at * 37 + seed * 11) % 101) / 50 - 1);
const x = numbers(images * channels * pixels, 1);
const start = { 'conv.weight': numbers(classes * channels * 9, 2), 'conv.bias': numbers(classes, 3) };

const builder = graphBuilder('net', operators, 'train');
const [scores] = builder.node({
  op: 'conv',
  name: 'conv',
  inputs: [builder.input('x', [channels, height, width])],
  attributes: { channels: classes, kernel: 3, padding: 1 },
});
builder.output('scores', scores);
const graph = builder.finish();
const recipeOf = (labelSmoothing: number, ignore: number): Recipe => ({
  loss: { kind: 'cross_entropy', labelSmoothing, ignore },
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 0, decays: 'all' },
});

describe.each(goldens)('label smoothing $smoothing, class $ignored', ({ smoothing, ignored, labels, ...expected }) => {
  const recipe = recipeOf(smoothing, ignored);

  test('steps are those of PyTorch, by definition', () => {
    const step = trainingStep(graph, operators, recipe);
    const counted = labels.filter((label) => label !== ignored).length / pixels;
    let feeds: Feed = new Map(
      Object.entries({
        x,
        [stepInputs.target]: labels,
        [stepInputs.images]: [images],
        [stepInputs.counted]: [counted],
        [stepInputs.learningRate]: [rate],
        [stepInputs.random]: [0, 0, 0, 0],
        ...start,
        ...Object.fromEntries(
          Object.entries(start).map(([name, { length }]) => [`velocity/${name}`, Array.from({ length }, () => 0)]),
        ),
      }).map(([name, data]) => [name, { data: Float64Array.from(data as number[]) }]),
    );
    for (const [at, loss] of expected.losses.entries()) {
      const found = runStep(step, feeds, images);
      expect(found.get(stepOutputs.loss)![0]).toBeCloseTo(loss, 12);
      expect(found.get(stepOutputs.correct)![0]! / counted).toBeCloseTo(expected.accuracies[at]!, 12);
      feeds = new Map([...feeds, ...[...found].map(([name, data]) => [name, { data }] as const)]);
    }
    const near = (name: string, data: readonly number[]): void =>
      data.forEach((value, at) => expect(feeds.get(name)!.data[at]).toBeCloseTo(value, 11));
    near('conv.weight', expected.weight);
    near('conv.bias', expected.bias);
  });

  test.each([
    { target: 'js' },
    { target: 'wasm' },
    { target: 'wasm', threads: 2 },
    { target: 'wasm', maxBatch: 2 },
    { target: 'js', maxBatch: 1 },
  ] as const)('and those that are compiled: %j', async ({ target, ...options }) => {
    const { maxBatch = images, threads = 1 } = { maxBatch: images, threads: 1, ...options };
    const parts = maxBatch < images ? { hasMicroBatches: true } : {};
    const trainer = await loadTrainer(compileStep({ graph }, { ...recipe, ...parts }, { target }), {
      ...{ maxBatch, threads, counting: { ignored }, seed: 1 },
    });
    try {
      for (const state of trainer.states)
        state.write(Float32Array.from(start[state.name as keyof typeof start] ?? state.read().fill(0)));
      for (const [number, loss] of expected.losses.entries()) {
        const result = await trainer.step(Float32Array.from(x), Float32Array.from(labels), rate, number);
        expect(result.loss).toBeCloseTo(loss, 5);
        expect(result.correct! / result.counted!).toBeCloseTo(expected.accuracies[number]!, 5);
      }
      const read = (name: string) => trainer.states.find((state) => state.name === name)!.read();
      expected.weight.forEach((value, at) => expect(read('conv.weight')[at]).toBeCloseTo(value, 5));
      expected.bias.forEach((value, at) => expect(read('conv.bias')[at]).toBeCloseTo(value, 5));
    } finally {
      trainer.close();
    }
  });

  test.each(['js', 'wasm'] as const)('and those of a module: %s', async (target) => {
    const defaults = { batch: images, epochs: 1, learningRate: rate, seed: 1 };
    const compiled = compileTraining(
      { graph: { ...graph, mode: 'infer' } },
      { recipe, init: { kind: 'default' }, defaults },
      { target },
    );
    const [file, types] = compiled.emit({ sourceName: 'net.cnn' });
    expect(types!.text).toContain(
      `\`labels\` are the classes of the pixels [N, 3, 4], whole numbers from 0 to 4, or ${ignored} for pixels that do not count.`,
    );
    expect(types!.text).toContain('readonly counted: number;');
    const { loadTrainer: load } = (await importText(file!.text)) as unknown as {
      loadTrainer(options: object): Promise<{
        step(
          images: Float32Array,
          labels: ArrayLike<number>,
          options: object,
        ): Promise<{ loss: number; accuracy: number }>;
        close(): void;
      }>;
    };
    const weights = Object.fromEntries(Object.entries(start).map(([name, data]) => [name, Float32Array.from(data)]));
    const trainer = await load({ weights, maxBatch: images });
    for (const [at, loss] of expected.losses.entries()) {
      const result = await trainer.step(Float32Array.from(x), labels, { learningRate: rate });
      expect(result.loss).toBeCloseTo(loss, 5);
      expect(result.accuracy).toBeCloseTo(expected.accuracies[at]!, 5);
    }
    const none = await trainer.step(
      Float32Array.from(x),
      labels.map(() => ignored),
      { learningRate: rate },
    );
    expect(none).toEqual({ loss: 0, correct: 0, counted: 0, accuracy: 0 });
    await expect(
      trainer.step(
        Float32Array.from(x),
        labels.map(() => 7),
        { learningRate: rate },
      ),
    ).rejects.toThrow(`label 0 is 7; expected a whole number from 0 to 4, or ${ignored}`);
    trainer.close();
  });
});

test('where no pixel counts, nothing is learnt', async () => {
  for (const target of ['js', 'wasm'] as const) {
    const trainer = await loadTrainer(compileStep({ graph }, recipeOf(0.1, 255), { target }), {
      ...{ maxBatch: images, counting: { ignored: 255 }, seed: 1 },
    });
    for (const state of trainer.states)
      state.write(Float32Array.from(start[state.name as keyof typeof start] ?? state.read().fill(0)));
    const labels = new Float32Array(images * pixels).fill(255);
    const result = await trainer.step(Float32Array.from(x), labels, rate, 0);
    expect(result).toEqual({ loss: 0, correct: 0, counted: 0 });
    for (const [name, data] of Object.entries(start))
      expect(trainer.states.find((state) => state.name === name)!.read()).toEqual(Float32Array.from(data));
    trainer.close();
  }
});

test('pixels that do not count have no part in the mean IoU', () => {
  const counter = mapCounter(3, 255);
  // Scores of 5 pixels that say 0, 1, 1, 2, 2.
  const said = [0, 1, 1, 2, 2];
  const scores = Float32Array.from({ length: 15 }, (_, at) => Number(said[at % 5] === Math.floor(at / 5)));
  expect(counter.take(scores, [0, 1, 255, 1, 255])).toBe(2);
  // Class 0: 1 of 1; class 1: 1 of 2; class 2: 0 of 1.
  expect(counter.score()).toEqual({ pixels: 3, correct: 2, broken: 0, meanIou: 0.5 });
});

describe.each([255, -1, 0, 7])('augment, where class %d does not count', (ignored) => {
  const side = 6;
  const marked = Float32Array.from({ length: side * side }, (_, at) => (at % 5 === 2 ? ignored : 1 + (at % 4)));
  const pictures = labelledImages(
    { count: 1, channels: 1, height: side, width: side },
    new Uint8Array(side * side),
    [0],
  );
  const set = withTargets(pictures, { shape: [side, side], values: marked });
  const moved = (padding: number, epoch: number): Float32Array =>
    batchesOf(set, {
      shape: [1, side, side],
      augment: [{ name: 'random_crop', arguments: { size: [side, side], padding: [padding, 0, 0, 0] } }],
      isMap: true,
      ignored,
    }).maps!([0], epoch);

  test('classes come back as they were', () => expect([...moved(0, 0)]).toEqual([...marked]));

  test('what comes in does not count', () => {
    const rows = [...Array(12).keys()].map((epoch) => {
      const all = [...moved(3, epoch)];
      // The map begins with a row in which not all pixels are alike.
      const first = all.findIndex(
        (_, at) => at % side === 0 && all.slice(at, at + side).some((one) => one !== ignored),
      );
      expect(all).toEqual([
        ...Array.from({ length: first }, () => ignored),
        ...marked.subarray(0, side * side - first),
      ]);
      return first / side;
    });
    expect(new Set(rows)).toEqual(new Set([0, 1, 2, 3]));
  });
});

describe('by the command line', () => {
  const textOf = (loss: string, settings = ''): string => `network Net {
  input image: [1, 4, 6] { scale: 1/255 }
  scores = conv(2, kernel: 1)
  output scores
}
train Net { loss: ${loss}  optimizer: adam(learning_rate: 0.05)  batch: 4  epochs: 12 ${settings} }
`;
  const next = numbersFrom(11);
  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count * 24 }, () => 128 * (next() + 1) * 0.99);
  /** Bright pixels are of class 1; some at the edges do not count, and what they are is wrong. */
  const classesOf = (pictures: Uint8Array): Uint8Array =>
    pictures.map((value, at) => (at % 6 === 0 ? 255 : Number(value > 127)));
  const [learnt, tested] = [bytes(16), bytes(5)];
  const files = {
    'net.cnn': textOf('cross_entropy(ignore: 255)'),
    'd/train-images.npy': npy('|u1', [16, 4, 6], learnt),
    'd/train-targets.npy': npy('|u1', [16, 4, 6], classesOf(learnt)),
    'd/test-images.npy': npy('|u1', [5, 4, 6], tested),
    'd/test-targets.npy': npy('|u1', [5, 4, 6], classesOf(tested)),
  };
  const train = ['train', 'net.cnn', '--data', 'd', '--out', 'w.safetensors'];

  test('train learns from the others, and eval counts them', async () => {
    const trained = await cnnc([...train, '--json', '--html', 'page.html'], { files });
    expect(trained).toMatchObject({ code: 0 });
    const { final } = JSON.parse(trained.stdout);
    expect(final.test.accuracy).toBeGreaterThan(0.9);
    const weights = trained.files.get('/project/w.safetensors')!;
    const measured = (text: string) => ({ files: { ...files, 'net.cnn': text, 'w.safetensors': weights } });
    const argv = ['eval', 'net.cnn', '--weights', 'w.safetensors', '--data', 'd', '--json'];
    const own = JSON.parse((await cnnc(argv, measured(files['net.cnn']))).stdout);
    expect(own).toMatchObject({ total: 5 * 20, meanIou: final.test.meanIou });
    expect(own.accuracy).toBeCloseTo(final.test.accuracy, 12);
    // What it has learnt, of the pixels that count.
    const { tensors } = readSafetensors(weights);
    const [w, b] = [0, 1].map((at) => tensors[at]!.data) as [Float32Array, Float32Array];
    const score = (c: 0 | 1, value: number): number => w[c]! * (value / 255) + b[c]!;
    const isRight = (value: number): boolean => score(1, value) > score(0, value) === value > 127;
    expect(own.correct).toBe([...tested].filter((value, at) => at % 6 !== 0 && isRight(value)).length);
    // A network that says nothing of it.
    const plain = measured(textOf('cross_entropy'));
    expect(JSON.parse((await cnnc([...argv, '--ignore', '255'], plain)).stdout)).toEqual(own);
    expect((await cnnc(argv, plain)).stderr).toContain(
      'test image 0 has 255 as the class of a pixel (row 0, column 0), but scores has 2 classes, counted from 0; give each pixel one of these, or let such pixels not count: --ignore 255',
    );
    // On the page they are orange.
    const page = new TextDecoder().decode(trained.files.get('/project/page.html'));
    expect(page).toContain('classes of its pixels; orange ones do not count');
    const [, stored] = /alt="Classes of image 0"[^>]*base64,([^"]*)"/.exec(page)!;
    const shown = decode(Buffer.from(stored!, 'base64'));
    const expected = [...classesOf(tested.subarray(0, 24))].flatMap((value) =>
      value === 255 ? [217, 100, 10] : [1, 1, 1].map((one) => 255 * value * one),
    );
    expect([...shown.data]).toEqual(expected);
  });

  test('other settings learn as well: interrupted, in micro-batches, moved', async () => {
    const weightsOf = async (argv: readonly string[], text = files['net.cnn']) =>
      (await cnnc([...train, ...argv], { files: { ...files, 'net.cnn': text } })).files.get('/project/w.safetensors')!;
    const whole = readSafetensors(await weightsOf([])).tensors;
    const parts = readSafetensors(await weightsOf(['--micro-batch', '3'])).tensors;
    for (const [at, { data }] of whole.entries())
      data.forEach((value, i) => expect(parts[at]!.data[i]).toBeCloseTo(value, 4));
    const augment = 'augment: random_flip(vertical: true) -> random_crop(4x6, padding: 1)';
    const text = textOf('cross_entropy(ignore: 255)', augment);
    const moved = await cnnc(train, { files: { ...files, 'net.cnn': text } });
    expect(Number(/test .* accuracy ([\d.]+)%/.exec(moved.stdout)![1])).toBeGreaterThan(90);
    expect(await weightsOf(['--workers', '1'], text)).toEqual(moved.files.get('/project/w.safetensors'));
  });

  test('they may have a negative number, also in a measurement', async () => {
    const negative = (targets: Uint8Array) => Uint8Array.from(targets, (value) => (value === 255 ? -1 : value));
    const others = {
      ...files,
      'd/train-targets.npy': npy('|i1', [16, 4, 6], negative(classesOf(learnt))),
      'd/test-targets.npy': npy('|i1', [5, 4, 6], negative(classesOf(tested))),
    };
    const minusOne = { ...others, 'net.cnn': textOf('cross_entropy(ignore: -1)') };
    const trained = await cnnc([...train, '--json'], { files: minusOne });
    const weights = trained.files.get('/project/w.safetensors')!;
    expect(weights).toEqual((await cnnc(train, { files })).files.get('/project/w.safetensors'));
    const argv = ['eval', 'net.cnn', '--weights', 'w.safetensors', '--data', 'd', '--json'];
    const plain = { files: { ...others, 'net.cnn': textOf('cross_entropy'), 'w.safetensors': weights } };
    const { correct, accuracy, meanIou } = JSON.parse((await cnnc([...argv, '--ignore', '-1'], plain)).stdout);
    expect(correct).toBeGreaterThan(90);
    expect({ accuracy, meanIou }).toEqual({
      accuracy: expect.closeTo(JSON.parse(trained.stdout).final.test.accuracy, 12),
      meanIou: JSON.parse(trained.stdout).final.test.meanIou,
    });
    expect((await cnnc(argv, plain)).stderr).toContain('let such pixels not count: --ignore -1');
    const tooSmall = await cnnc([...argv, '--ignore', '-32769'], plain);
    expect(tooSmall.stderr).toContain('--ignore takes a whole number from -32768 to 65535; found -32769');
  });

  const nothing = (count: number): Uint8Array => npy('|u1', [count, 4, 6], new Uint8Array(count * 24).fill(255));
  test.each<[string, readonly string[], Readonly<Record<string, Uint8Array | string>>, string]>([
    ['training', train, { 'd/train-targets.npy': nothing(16) }, 'no pixel of the 16 training images counts'],
    ['test', train, { 'd/test-targets.npy': nothing(5) }, 'no pixel of the 5 test images counts'],
    [
      'validation',
      train,
      {
        'net.cnn': textOf('cross_entropy(ignore: 255)', 'validation: 0.9'),
        'd/train-targets.npy': npy('|u1', [16, 4, 6], new Uint8Array(384).fill(255).fill(0, 0, 24)),
      },
      // Two images are left to learn from; whichever part has the one that counts, the other has none.
      'images counts: all are of the class 255, which is ignored',
    ],
    [
      'eval',
      ['eval', 'net.cnn', '--weights', 'random:1', '--data', 'd'],
      { 'd/test-targets.npy': nothing(5) },
      'no pixel of the 5 test images counts: all are of the class 255, which is ignored',
    ],
  ])('refused, where no pixel counts: %s', async (_, argv, others, message) => {
    const { code, stderr } = await cnnc(argv, { files: { ...files, ...others } });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
  });

  test('an epoch in which no pixel counts has no loss', async () => {
    // Only the last image has pixels that count, and the last batch is dropped: in some epochs there are none.
    const one = new Uint8Array(16 * 24).fill(255).fill(1, 15 * 24);
    const { stdout, stderr } = await cnnc([...train, '--batch', '9', '--json', '--log', 'log.jsonl'], {
      files: {
        ...files,
        'net.cnn': textOf('cross_entropy(ignore: 255)', 'last: drop'),
        'd/train-targets.npy': npy('|u1', [16, 4, 6], one),
      },
    });
    expect(stderr).not.toContain('NaN');
    const epochs: { loss: number; accuracy: number }[] = JSON.parse(stdout).epochs;
    expect(epochs).toContainEqual(expect.objectContaining({ loss: 0, accuracy: 0 }));
    expect(epochs.some(({ loss }) => loss > 0)).toBe(true);
  });

  const image = textOf('cross_entropy(ignore: 1)').replace(
    'scores = conv(2, kernel: 1)',
    'flatten\n  scores = dense(2)',
  );
  test.each<[string, readonly string[], string, string]>([
    [
      'one class for an image',
      train,
      image,
      'Net gives [2], one class for an image; `ignore` leaves out pixels, of scores such as [21, 64, 64]; leave it out',
    ],
    [
      'the same, of a measurement',
      ['eval', 'net.cnn', '--weights', 'random:1', '--data', 'digits:20', '--ignore', '1'],
      image.replaceAll('[1, 4, 6]', '[1, 8, 8]').replace('dense(2)', 'dense(10)'),
      '--ignore leaves out pixels; Net gives [10], one class for a picture',
    ],
    [
      'another number',
      train,
      textOf('cross_entropy(ignore: 254)'),
      'has 255 as the class of a pixel (row 0, column 0), but scores has 2 classes, counted from 0, and ignores 254; give each pixel one of these',
    ],
    ['half a class', train, textOf('cross_entropy(ignore: 0.5)'), 'ignore'],
    ["PyTorch's name", train, textOf('cross_entropy(ignore_index: 255)'), 'ignore'],
  ])('refused: %s', async (_, argv, text, message) => {
    const { code, stderr } = await cnnc(argv, { files: { ...files, 'net.cnn': text } });
    expect({ code, stderr }).toEqual({ code: expect.any(Number), stderr: expect.stringContaining(message) });
    expect(code).not.toBe(0);
  });
});
