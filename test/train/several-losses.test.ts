// Losses of several outputs, as SSD has them (W. Liu et al., 2016, and section 14.7 of Dive into Deep Learning): steps are those of
// PyTorch (test/fixtures/pytorch/several-losses.py), by definition, compiled, in a module, and from files.

import { describe, expect, test } from 'vitest';
import goldens from '../fixtures/pytorch/several-losses.json' with { type: 'json' };
import { partsOf } from '../../compiler/autodiff/loss-sum.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { frontend } from '../../compiler/frontend/index.ts';
import { compileStep } from '../../compiler/index.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { stepInputs } from '../../runtime/step-border.ts';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { importText } from '../../src/network/module.ts';
import { compiledTraining } from '../../src/train/compiled.ts';
import { recipeOf } from '../../src/train/recipe.ts';
import { loadTrainer } from '../../src/train/trainer.ts';
import { cnnc } from '../cli/harness.ts';
import { npy } from '../support/npy.ts';
import { expectLosses } from '../support/step.ts';

const [images, side, rows, rate] = [3, 4, 40, 0.25];
const losses = {
  book: 'cross_entropy(of: scores) + mean_absolute_error(of: boxes)',
  ignored: 'cross_entropy(of: scores, ignore: 255, weights: [0.5, 1, 2]) + 0.5 * huber(of: boxes, delta: 0.5)',
};
const textOf = (loss: string) => `network Ssd {
  input image: [1, ${side}, ${side}] { scale: 1/50  mean: [1] }
  large = conv(3, kernel: 3, padding: 1)
  first = large -> relu
  small = first -> conv(4, kernel: 3, padding: 1, stride: 2)
  second = small -> relu
  classes1 = first -> conv(6, kernel: 3, padding: 1)
  offsets1 = first -> conv(8, kernel: 3, padding: 1)
  classes2 = second -> conv(6, kernel: 3, padding: 1)
  offsets2 = second -> conv(8, kernel: 3, padding: 1)
  a = classes1 -> permute(hwc) -> flatten
  b = classes2 -> permute(hwc) -> flatten
  c = offsets1 -> permute(hwc) -> flatten
  d = offsets2 -> permute(hwc) -> flatten
  scores = a -> concat(b) -> reshape([${rows}, 3])
  boxes = c -> concat(d)
  output scores
  output boxes
}
train Ssd { loss: ${loss}  optimizer: sgd(learning_rate: ${rate}, momentum: 0.9)  batch: ${images}  epochs: 3 }
`;
const built = (text: string) => {
  const { networks, diagnostics } = frontend({ path: 'net.cnn', text }, { operators });
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  return networks[0]!;
};

/** Numbers that the Python program makes likewise: bytes, by which a picture gives the same. */
const bytes = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, at) => (at * 37 + seed * 11) % 101);
const numbers = (count: number, seed: number): number[] => bytes(count, seed).map((value) => (value / 50 - 1) / 4);
const x = numbers(images * side * side, 50).map((value) => value * 4);
const order = ['large', 'small', 'classes1', 'offsets1', 'classes2', 'offsets2'].flatMap((name) => [
  `${name}.weight`,
  `${name}.bias`,
]);
const right = Array.from(
  { length: images * rows },
  (_, at) => ((Math.floor(at / rows) * 5 + (at % rows) * 7) % 11) % 3,
);
const boxes = numbers(images * rows * 4, 60).map((value, at) => (right[Math.floor(at / 4)]! > 0 ? value * 4 : NaN));
const scoresOf = (name: string) => right.map((value, at) => (name === 'ignored' && at % 6 === 0 ? 255 : value));

/** The answers of each image, one behind the other. */
const joined = (scores: readonly number[]): number[] =>
  Array.from({ length: images }, (_, image) => [
    ...scores.slice(image * rows, (image + 1) * rows),
    ...boxes.slice(image * rows * 4, (image + 1) * rows * 4),
  ]).flat();

describe.each(goldens)('$name', ({ name, losses: expected, weights: learnt }) => {
  const text = textOf(losses[name as keyof typeof losses]);
  const network = built(text);
  const recipe = recipeOf(network.train!);
  const scores = scoresOf(name);
  const targets = joined(scores);
  const start = new Map(
    Object.entries(learnt).map(([tensor, { length }]) => [tensor, numbers(length, order.indexOf(tensor))] as const),
  );
  const expectLearnt = (read: (tensor: string) => ArrayLike<number>, digits: number): void => {
    for (const [tensor, values] of Object.entries(learnt)) {
      const found = read(tensor);
      values.forEach((value, at) => expect(found[at]).toBeCloseTo(value, digits));
    }
  };

  test('steps are those of PyTorch, by definition', () => {
    const step = trainingStep(network.graph, operators, recipe);
    expect(verifyGraph(step, operators)).toEqual([]);
    const weighed = [0.5, 1, 2];
    const counted = scores.reduce((sum, value) => sum + (weighed[value] ?? 0), 0) / rows;
    const given = new Map<string, readonly number[]>([
      ['image', x],
      [stepInputs.target, targets.map((value) => (Number.isNaN(value) ? 0 : value))],
      [stepInputs.mask, targets.map((value) => Number(!Number.isNaN(value)))],
      [stepInputs.images, [images]],
      [stepInputs.learningRate, [rate]],
      [stepInputs.random, [0, 0, 0, 0]],
      ['@counted/scores', [counted]],
      ['@class_weights/scores', weighed],
      ...start,
      ...[...start].map(([tensor, data]) => [`velocity/${tensor}`, data.map(() => 0)] as const),
    ]);
    const feeds = expectLosses(
      step,
      given,
      images,
      expected.map(([loss]) => loss!),
    );
    expectLearnt((tensor) => feeds.get(tensor)!.data, 11);
  });

  test.each([
    { target: 'js' },
    { target: 'wasm' },
    { target: 'wasm', threads: 2 },
    { target: 'wasm', maxBatch: 2 },
  ] as const)('and those that are compiled: %j', async ({ target, ...given }) => {
    const { maxBatch, threads } = { maxBatch: images, threads: 1, ...given };
    const split = maxBatch < images ? { hasMicroBatches: true } : {};
    const step = compileStep(network, { ...recipe, ...split }, { target });
    const parts = recipe.loss.kind === 'sum' ? partsOf(network.graph, recipe.loss) : [];
    const trainer = await loadTrainer(step, { maxBatch, threads, seed: 1, counting: { parts } });
    try {
      for (const { name: state, write, read } of trainer.states)
        write(Float32Array.from(start.get(state) ?? read().fill(0)));
      for (const [number, [loss]] of expected.entries()) {
        const result = await trainer.step(Float32Array.from(x), Float32Array.from(targets), rate, number);
        expect(result.loss).toBeCloseTo(loss!, 5);
      }
      expectLearnt((tensor) => trainer.states.find((state) => state.name === tensor)!.read(), 5);
    } finally {
      trainer.close();
    }
  });

  test.each(['js', 'wasm'] as const)('and those of a module: %s', async (target) => {
    const [file] = compiledTraining(network, network.train!, { target }).emit({ sourceName: 'net.cnn' });
    const module = (await importText(file!.text)) as unknown as {
      loadTrainer(options: object): Promise<{
        step(pictures: Float32Array, labels: unknown, options: object): Promise<{ loss: number }>;
        weights(): Promise<Record<string, Float32Array>>;
        close(): void;
      }>;
    };
    const weights = Object.fromEntries([...start].map(([tensor, data]) => [tensor, Float32Array.from(data)]));
    const trainer = await module.loadTrainer({ weights });
    const pictures = Float32Array.from(x);
    const options = { learningRate: rate };
    for (const [wrong, message] of [
      [scores, 'labels must be an object with an array for each of scores, boxes; found an Array'],
      [{ scores }, 'labels of boxes must be an array of numbers; found undefined'],
      [{ scores, boxes, other: [] }, 'there are labels of other, which has no loss; expected scores, boxes'],
      [{ scores, boxes: boxes.slice(1) }, 'there are 479 labels of boxes for 3 images; expected 480'],
      [{ scores: scores.with(41, 3), boxes }, /^label 41 of scores is 3; expected a whole number from 0 to 2/],
      [{ scores, boxes: boxes.with(2, Infinity) }, /^label 2 of boxes is Infinity; expected a finite number/],
    ] as const)
      await expect(trainer.step(pictures, wrong, options)).rejects.toThrow(message);
    for (const [loss] of expected) {
      const result = await trainer.step(pictures, { boxes, scores }, options);
      expect(result.loss).toBeCloseTo(loss!, 5);
    }
    const found = await trainer.weights();
    expectLearnt((tensor) => found[tensor]!, 5);
    trainer.close();
  });

  test('and those of the command, which measures each output', async () => {
    const tensors = (entries: readonly (readonly [string, readonly number[], readonly number[]])[]): Uint8Array =>
      writeSafetensors(
        entries.map(([tensor, shape, values]) => ({ name: tensor, shape, data: Float32Array.from(values) })),
      );
    const shapes = new Map(
      network.graph.parameters.map(({ name: one, value }) => [one, network.graph.types.get(value)!.shape]),
    );
    const answers = tensors([
      ['boxes', [images, rows * 4], boxes],
      ['scores', [images, rows], scores],
    ]);
    const pictures = npy('|u1', [images, side, side], bytes(images * side * side, 50));
    const files = {
      'net.cnn': text,
      'start.safetensors': tensors([...start].map(([tensor, data]) => [tensor, shapes.get(tensor)!, data])),
      ...Object.fromEntries(
        ['train', 'test'].flatMap((split) => [
          [`data/${split}-images.npy`, pictures],
          [`data/${split}-targets.safetensors`, answers],
        ]),
      ),
    };
    const trained = await cnnc(
      ['train', 'net.cnn', '--data', 'data', '--weights', 'start.safetensors', '--json', '--out', 'out.safetensors'],
      { files },
    );
    expect(trained.stderr).not.toContain('note');
    const { epochs } = JSON.parse(trained.stdout);
    const close = (value: number | undefined) => expect.closeTo(value!, 5);
    expect(epochs).toMatchObject(expected.map(([loss]) => ({ loss: close(loss) })));
    const [total, first, second] = expected[1]!;
    const measured = {
      loss: close(total),
      losses: [
        { of: 'scores', loss: close(first) },
        { of: 'boxes', loss: close(second) },
      ],
    };
    expect(epochs[0].checked).toMatchObject(measured);
    const saved = new Map(
      readSafetensors(trained.files.get('/project/out.safetensors')!).tensors.map((one) => [one.name, one.data]),
    );
    expectLearnt((tensor) => saved.get(tensor)!, 5);
    const [before] = expected;
    const told = await cnnc(['eval', 'net.cnn', '--data', 'data', '--weights', 'start.safetensors'], { files });
    expect(told.stdout).toBe(
      `scores  loss ${before![1]!.toFixed(4)}  accuracy ${told.stdout.match(/[\d.]+%/)![0]}
boxes   loss ${before![2]!.toFixed(4)}
sum     loss ${before![0]!.toFixed(4)}
`,
    );
  });
});
