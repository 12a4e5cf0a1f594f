// Auxiliary outputs, as GoogLeNet has them (C. Szegedy et al., 2015): their loss counts in a training, as PyTorch computes it
// (test/fixtures/pytorch/auxiliary.py), and nothing of them is left in the network.

import { describe, expect, test } from 'vitest';
import goldens from '../fixtures/pytorch/auxiliary.json' with { type: 'json' };
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { frontend } from '../../compiler/frontend/index.ts';
import { compileStep } from '../../compiler/index.ts';
import { parseGraph } from '../../compiler/ir/parse-text.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { stepInputs } from '../../runtime/step-border.ts';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { compiledTraining } from '../../src/train/compiled.ts';
import { recipeOf } from '../../src/train/recipe.ts';
import { importText } from '../../src/network/module.ts';
import { loadTrainer } from '../../src/train/trainer.ts';
import { cnnc } from '../cli/harness.ts';
import { npy } from '../support/npy.ts';
import { expectLosses, feedsOf, numbersFrom, runStep, slopeOf } from '../support/step.ts';
import type { Feed } from '../support/step.ts';

const [images, height, width, classes, rate] = [3, 4, 6, 4, 0.25];
const textOf = (
  loss: string,
  outputs = 'output scores\n  output early { auxiliary: 0.3 }\n  output late { auxiliary: 0.5 }',
) =>
  `network Net {
  input image: [1, ${height}, ${width}]
  stem = conv(3, kernel: 3, padding: 1)
  flow = stem -> relu
  flat = flow -> flatten
  early = flat -> dense(${classes})
  middle = flow -> conv(2, kernel: 1)
  last = middle -> relu -> flatten
  late = last -> dense(${classes})
  scores = last -> dense(${classes})
  ${outputs}
}
train Net { loss: ${loss}  optimizer: sgd(learning_rate: ${rate}, momentum: 0.9)  batch: ${images}  epochs: 1 }
`;
const built = (text: string) => {
  const { networks, diagnostics } = frontend({ path: 'net.cnn', text }, { operators });
  expect(diagnostics).toEqual([]);
  return networks[0]!;
};

/** Numbers that the Python program makes likewise. */
const numbers = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, at) => (((at * 37 + seed * 11) % 101) / 50 - 1) / 4);
const x = numbers(images * height * width, 50).map((value) => value * 4);
const order = ['stem', 'early', 'middle', 'late', 'scores'].flatMap((name) => [`${name}.weight`, `${name}.bias`]);

describe.each(goldens)('$loss', ({ loss, losses, weights: learnt }) => {
  const network = built(textOf(loss));
  const targets = loss === 'cross_entropy' ? [2, 0, 3] : numbers(images * classes, 60);
  const trained = network.trainingGraph!;
  const recipe = recipeOf(network.train!);
  const start = new Map(
    Object.entries(learnt).map(([name, { length }]) => [name, numbers(length, order.indexOf(name))] as const),
  );
  const expectLearnt = (
    read: (name: string) => ArrayLike<number>,
    digits: number,
    names = Object.keys(learnt),
  ): void => {
    for (const name of names) {
      const found = read(name);
      learnt[name as keyof typeof learnt].forEach((value, at) => expect(found[at]).toBeCloseTo(value, digits));
    }
  };

  test('steps are those of PyTorch, by definition', () => {
    const step = trainingStep(trained, operators, recipe);
    expect(verifyGraph(step, operators)).toEqual([]);
    const given = new Map<string, readonly number[]>([
      ['image', x],
      [stepInputs.target, targets],
      [stepInputs.images, [images]],
      [stepInputs.learningRate, [rate]],
      [stepInputs.random, [0, 0, 0, 0]],
      ...start,
      ...[...start].map(([name, data]) => [`velocity/${name}`, data.map(() => 0)] as const),
    ]);
    const feeds = expectLosses(step, given, images, losses);
    expectLearnt((name) => feeds.get(name)!.data, 11);
  });

  test.each([
    { target: 'js' },
    { target: 'wasm' },
    { target: 'wasm', threads: 2 },
    { target: 'wasm', maxBatch: 2 },
  ] as const)('and those that are compiled: %j', async ({ target, ...given }) => {
    const { maxBatch, threads } = { maxBatch: images, threads: 1, ...given };
    const parts = maxBatch < images ? { hasMicroBatches: true } : {};
    const step = compileStep(network, { ...recipe, ...parts }, { target });
    const trainer = await loadTrainer(step, { maxBatch, threads, seed: 1 });
    try {
      for (const { name, write, read } of trainer.states) write(Float32Array.from(start.get(name) ?? read().fill(0)));
      for (const [number, expected] of losses.entries()) {
        const result = await trainer.step(Float32Array.from(x), Float32Array.from(targets), rate, number);
        expect(result.loss).toBeCloseTo(expected, 5);
      }
      expectLearnt((name) => trainer.states.find((state) => state.name === name)!.read(), 5);
    } finally {
      trainer.close();
    }
  });

  test.each(['js', 'wasm'] as const)('and those of a module, which keeps what the network has: %s', async (target) => {
    const [file] = compiledTraining(network, network.train!, { target }).emit({ sourceName: 'net.cnn' });
    const module = (await importText(file!.text)) as unknown as {
      loadTrainer(options?: object): Promise<{
        step(images: Float32Array, labels: ArrayLike<number>, options: object): Promise<{ loss: number }>;
        run(images: Float32Array): Promise<Float32Array>;
        weights(): Promise<Record<string, Float32Array>>;
        weightsFile(): Promise<Uint8Array>;
        state(): Promise<{ readonly tensors: Record<string, Float32Array> }>;
        close(): void;
      }>;
    };
    const first = await module.loadTrainer();
    const { tensors, ...rest } = await first.state();
    first.close();
    const state = {
      ...rest,
      tensors: { ...tensors, ...Object.fromEntries([...start].map(([name, data]) => [name, Float32Array.from(data)])) },
    };
    const trainer = await module.loadTrainer({ state });
    for (const expected of losses) {
      const result = await trainer.step(Float32Array.from(x), targets, { learningRate: rate });
      expect(result.loss).toBeCloseTo(expected, 5);
    }
    const weights = await trainer.weights();
    const kept = order.filter((name) => !/^(early|late)\./.test(name));
    expect(Object.keys(weights).toSorted()).toEqual(kept.toSorted());
    expectLearnt((name) => weights[name]!, 5, kept);
    const saved = readSafetensors(await trainer.weightsFile()).tensors;
    expect(saved.map(({ name }) => name).toSorted()).toEqual(kept.toSorted());
    const scores = await trainer.run(Float32Array.from(x));
    expect(scores).toHaveLength(images * classes);
    trainer.close();
    // A training that begins with them draws those of the auxiliary outputs.
    const next = await module.loadTrainer({ weights });
    expect(await next.weights()).toEqual(weights);
    expect((await next.state()).tensors['early.weight']!.some((value) => value !== 0)).toBe(true);
    next.close();
  });
});

test('of maps whose pixels do not all count, the gradient is that of central differences', () => {
  const { trainingGraph, train } = built(`network Net {
  input image: [1, 3, 4]
  stem = conv(2, kernel: 3, padding: 1)
  early = stem -> conv(3, kernel: 1)
  flow = stem -> sigmoid
  scores = flow -> conv(3, kernel: 1)
  output scores
  output early { auxiliary: 0.4 }
}
train Net { loss: cross_entropy(label_smoothing: 0.1, ignore: 255)  optimizer: sgd(learning_rate: 1) }
`);
  const step = trainingStep(trainingGraph!, operators, recipeOf(train!));
  const labels = Float64Array.from({ length: 24 }, (_, at) => (at % 5 === 0 ? 255 : at % 3));
  const counted = labels.filter((label) => label !== 255).length / 12;
  const feeds: Feed = new Map([
    ...feedsOf(step, { batch: 2, rate: 1, seed: 5 }),
    [stepInputs.target, { data: labels }],
    [stepInputs.counted, { data: Float64Array.of(counted) }],
  ]);
  const after = runStep(step, feeds, 2);
  for (const name of ['stem.weight', 'early.weight', 'scores.bias'])
    after.get(name)!.forEach((value, at) => {
      expect(feeds.get(name)!.data[at]! - value).toBeCloseTo(slopeOf(step, feeds, 2, name, at), 8);
    });
});

test('the network has nothing of them', () => {
  const { graph, trainingGraph, taps } = built(textOf('cross_entropy'));
  expect(graph.outputs.map(({ name }) => name)).toEqual(['scores']);
  expect(graph.nodes.some(({ name }) => name === 'late')).toBe(false);
  expect([taps.has('late'), taps.has('middle')]).toEqual([false, true]);
  expect(trainingGraph!.outputs.map(({ name, auxiliary }) => [name, auxiliary])).toEqual([
    ['scores', undefined],
    ['early', 0.3],
    ['late', 0.5],
  ]);
  const text = printGraph(trainingGraph!, operators);
  expect(text).toContain(' auxiliary 0.3\n');
  expect(printGraph(parseGraph(text, operators), operators)).toBe(text);
});

test('which output comes first in the text makes no difference', () => {
  const { graph } = built(textOf('cross_entropy', 'output early, late { auxiliary: 0.3 }\n  output scores'));
  expect(graph.outputs.map(({ name }) => name)).toEqual(['scores']);
});

describe('by the command line', () => {
  const next = numbersFrom(3);
  const bytes = Uint8Array.from({ length: 16 * height * width }, () => 128 * (next() + 1) * 0.99);
  const files = {
    'net.cnn': textOf('cross_entropy'),
    'd/train-images.npy': npy('|u1', [16, height, width], bytes),
    'd/train-labels.npy': npy(
      '|u1',
      [16],
      Uint8Array.from({ length: 16 }, (_, at) => at % classes),
    ),
  };
  const train = ['train', 'net.cnn', '--data', 'd', '--out', 'w.safetensors'];

  const afterwards = (found: ReadonlyMap<string, Uint8Array>) =>
    Object.fromEntries([...found].map(([path, data]) => [path.replace('/project/', ''), data]));

  test('a training is the same in one go and in two, and leaves the weights of the network', async () => {
    const whole = await cnnc([...train, '--epochs', '4'], { files });
    expect(whole).toMatchObject({ code: 0 });
    const half = await cnnc([...train, '--epochs', '2'], { files });
    const rest = await cnnc([...train, '--epochs', '4', '--resume'], { files: afterwards(half.files) });
    expect(rest).toMatchObject({ code: 0 });
    const weights = whole.files.get('/project/w.safetensors')!;
    expect(rest.files.get('/project/w.safetensors')).toEqual(weights);
    expect(readSafetensors(weights).tensors.map(({ name }) => name)).toEqual(
      order.filter((name) => !/^(early|late)\./.test(name)),
    );
    const measured = { files: { ...files, 'w.safetensors': weights } };
    const argv = ['eval', 'net.cnn', '--weights', 'w.safetensors', '--data', 'd', '--split', 'train'];
    expect((await cnnc(argv, measured)).stdout).toMatch(/^accuracy .* of 16\n$/);
    // Another training begins where this one ended.
    const again = await cnnc(
      ['train', 'net.cnn', '--data', 'd', '--weights', 'w.safetensors', '--out', 'v.safetensors'],
      measured,
    );
    expect(again).toMatchObject({ code: 0 });
  });

  test('reports count the network, and of a training all that it computes', async () => {
    const plain = {
      ...files,
      'net.cnn': textOf('cross_entropy', 'output scores').replace(/ +(flat|early|late) = .*/g, ''),
    };
    const reported = async (given: typeof files) =>
      JSON.parse((await cnnc(['report', 'net.cnn', '--json'], { files: given })).stdout);
    // The lines of the text differ.
    const withoutLines = (found: object) => JSON.parse(JSON.stringify(found).replaceAll(/"line":\d+/g, '"line":0'));
    const { auxiliary, ...ofNetwork } = await reported(files);
    expect(auxiliary).toEqual(['early', 'late']);
    expect(withoutLines(ofNetwork)).toEqual(withoutLines(await reported(plain)));
    for (const form of [[], ['--md'], ['--html', 'page.html']]) {
      const { stdout, files: written } = await cnnc(['report', 'net.cnn', ...form], { files });
      const page = written.get('/project/page.html');
      expect(page ? new TextDecoder().decode(page) : stdout).toContain(
        'auxiliary outputs, for the training only: early, late',
      );
    }
    const training = async (given: typeof files) =>
      JSON.parse((await cnnc(['report', 'net.cnn', '--training', '--json'], { files: given })).stdout);
    const [own, other] = [await training(files), await training(plain)];
    expect(own.macs.forward).toBeGreaterThan(other.macs.forward);
    expect(own.state.parameters - other.state.parameters).toBe(4 * classes * ((3 + 2) * height * width + 2));
  });

  test.each<[string, string, string]>([
    [
      'all of them',
      'output early { auxiliary: 0.3 }',
      'an auxiliary output is for the training only, and there is no other',
    ],
    ['a weight below 0', 'output scores\n  output early { auxiliary: -1 }', '`auxiliary` must be at least 0'],
    ['no number', 'output scores\n  output early { auxiliary: "much" }', '`auxiliary`'],
    ["PyTorch's short name", 'output scores\n  output early { aux: 0.3 }', 'auxiliary'],
  ])('refused: %s', async (_, outputs, message) => {
    const { code, stderr } = await cnnc(['check', 'net.cnn'], {
      files: { 'net.cnn': textOf('cross_entropy', outputs) },
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
  });

  test('refused: another shape', async () => {
    const text = textOf('cross_entropy').replace('early = flat -> dense(4)', 'early = flat -> dense(5)');
    const { code, stderr } = await cnnc(train, { files: { ...files, 'net.cnn': text } });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(
        'Net gives [4], but its auxiliary output early [5]; both are compared with the same answers',
      ),
    });
  });

  test('the training of an export has a module of its own', async () => {
    const { stderr, files: written } = await cnnc(['export', 'net.cnn', '--pytorch', '-o', 'out'], { files });
    expect(stderr).toBe('');
    const textAt = (path: string): string => new TextDecoder().decode(written.get(`/project/out/${path}`));
    expect(textAt('train.py')).toContain('from training_model import Net,');
    expect(textAt('training_model.py')).toContain('self.early = ');
    expect(textAt('model.py')).not.toContain('self.early = ');
  });
});
