// Examples that are numbers, for one input or several: the steps are those of PyTorch (test/fixtures/pytorch/several-inputs.py), from
// arrays and from files; what else takes such a data set, and what is refused.

import { describe, expect, test } from 'vitest';
import goldens from '../fixtures/pytorch/several-inputs.json' with { type: 'json' };
import { digits, labelledTensors, train } from '../../src/index.ts';
import { subset } from '../../src/data/labelled-images.ts';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { cnnc } from '../cli/harness.ts';
import { npy } from '../support/npy.ts';

const count = 6;
const text = (more = '') => `block tower {
  conv(4, kernel: 3) -> relu -> flatten -> dense(5)
}

network Pair {
  input left: [2, 5, 6]
  input right: [2, 5, 6]
  input more: [3]
  share both = tower
  a = left -> both
  b = right -> both
  a - b -> abs -> concat(more)
  last = dense(3)
}

train Pair {
  loss: cross_entropy
  optimizer: sgd(learning_rate: 0.2, momentum: 0.9)
  batch: ${count}
  epochs: 4
  ${more}
}
`;

/** The same as in the Python program. */
const numbers = (size: number, seed: number): Float32Array =>
  Float32Array.from({ length: size }, (_, at) => ((at * 37 + seed * 11) % 101) / 101 - 0.5);
const inputs = {
  left: { shape: [2, 5, 6], values: numbers(count * 60, 20) },
  right: { shape: [2, 5, 6], values: numbers(count * 60, 21) },
  more: { shape: [3], values: numbers(count * 3, 22) },
};
const floats = (shape: readonly number[], values: readonly number[]): Uint8Array =>
  npy('<f4', shape, new Uint8Array(Float32Array.from(values).buffer));
const labels = Array.from({ length: count }, (_, at) => at % 3);
const shapes = [
  ['both.conv1.weight', [4, 2, 3, 3]],
  ['both.conv1.bias', [4]],
  ['both.dense1.weight', [5, 48]],
  ['both.dense1.bias', [5]],
  ['last.weight', [3, 8]],
  ['last.bias', [3]],
] as const;
const startTensors = shapes.map(([name, shape], at) => {
  const size = shape.reduce((product: number, extent) => product * extent, 1);
  return { name, shape, data: numbers(size, at + 1) };
});
const start = new Map(startTensors.map(({ name, data }) => [name, data]));
const torchNames = ['conv.weight', 'conv.bias', 'dense.weight', 'dense.bias', 'last.weight', 'last.bias'] as const;

function expectGolden(weights: Uint8Array, losses: readonly number[]): void {
  const found = new Map(readSafetensors(weights).tensors.map(({ name, data }) => [name, data]));
  shapes.forEach(([name], at) => {
    const golden = goldens.weights[torchNames[at]!];
    const apart = golden.map((value, index) => Math.abs(value - found.get(name)![index]!));
    expect(Math.max(...apart), name).toBeLessThan(2e-6);
  });
  goldens.losses.forEach((loss, at) => expect(losses[at]).toBeCloseTo(loss, 5));
}

test.each([
  ['js', {}],
  ['wasm', {}],
  ['wasm', { microBatch: 2 }],
  ['wasm', { threads: 2 }],
] as const)('the steps are those of PyTorch: %s %o', async (target, options) => {
  const data = { training: labelledTensors(count, inputs, labels) };
  const { weights, history } = await train(text(), { data, start, target, ...options });
  expectGolden(
    weights,
    history.map(({ loss }) => loss),
  );
});

test('tensors are taken by their names, in whatever order, and of a part of the examples those of that part', async () => {
  const { left, right, more } = inputs;
  const doubled = (values: Float32Array): Float32Array =>
    Float32Array.from([...values, ...values].map((value, at) => (at < values.length ? -value : value)));
  const both = (one: typeof left) => ({ ...one, values: doubled(one.values) });
  const all = labelledTensors(2 * count, { more: both(more), right: both(right), left: both(left) }, [
    ...labels,
    ...labels,
  ]);
  const training = subset(
    all,
    Array.from({ length: count }, (_, at) => count + at),
  );
  const { weights, history } = await train(text(), { data: { training }, start });
  expectGolden(
    weights,
    history.map(({ loss }) => loss),
  );
});

test.each<[string, () => unknown, string]>([
  [
    'fewer numbers',
    () => labelledTensors(2, { x: { shape: [3], values: [1, 2, 3] } }),
    'x: 2 examples of shape [3] are 6 numbers, but there are 3',
  ],
  [
    'no shape',
    () => labelledTensors(2, { x: [1, 2] as never }),
    'x: expected { shape, values }, where the shape lists',
  ],
  ['no tensor', () => labelledTensors(2, {}), 'there is no tensor; expected one for each input of the network'],
  [
    'no example',
    () => labelledTensors(0, { x: { shape: [1], values: [] } }),
    'there are 0 examples; expected a whole number from 1 on',
  ],
  [
    'fewer labels',
    () => labelledTensors(2, { x: { shape: [1], values: [1, 2] } }, [0]),
    'there are 2 examples but 1 labels',
  ],
  [
    'more than f32 can say',
    () => labelledTensors(1, { x: { shape: [2], values: [1, 1e39] } }),
    'number 1 of example 0 is 1e+39 in x; expected finite numbers, of up to 3.4e38',
  ],
  [
    'text',
    () => labelledTensors(1, { x: { shape: [1], values: ['1'] as never } }),
    'number 0 of example 0 is a string in x; expected finite numbers',
  ],
  [
    'null as labels',
    () => labelledTensors(1, { x: { shape: [1], values: [1] } }, null as never),
    'there are 1 examples but no labels',
  ],
  [
    'more examples than there can be',
    () => labelledTensors(1e12, { x: { shape: [1], values: [1] } }),
    'x: 1000000000000 examples of shape [1] are 1000000000000 numbers, but there are 1',
  ],
  ['an example beyond', () => labelledTensors(1, { x: { shape: [1], values: [1] } }).image(1), 'there is no picture 1'],
])('arrays are refused with a sentence: %s', (_, make, message) => {
  expect(make).toThrow(message);
});

test('of several inputs none is the answer: labels are compared with the scores of classes', async () => {
  const text = `network Two { input a: [2]  input b: [1]  a -> concat(b) -> dense(3) }
train Two { loss: mean_squared_error  optimizer: sgd(learning_rate: 0.1)  batch: ${count}  epochs: 1 }
`;
  const tensors = {
    a: { shape: [2], values: numbers(2 * count, 1) },
    b: { shape: [1], values: numbers(count, 2) },
  };
  const zeros = new Map([
    ['dense1.weight', new Float32Array(9)],
    ['dense1.bias', new Float32Array(3)],
  ]);
  const data = { training: labelledTensors(count, tensors, labels) };
  const { history } = await train(text, { data, start: zeros });
  // Of three scores that are 0, one should be 1.
  expect(history[0]!.loss).toBeCloseTo(1 / 3, 6);
});

describe('what answers with its input', () => {
  const text = `network Same { input x: [4]  dense(4) }
train Same { loss: binary_cross_entropy  optimizer: sgd(learning_rate: 0.1)  batch: 2  epochs: 1 }
`;
  const shares = (most: number) =>
    labelledTensors(2, { x: { shape: [4], values: Float32Array.from({ length: 8 }, (_, at) => (most * at) / 7) } });

  test('learns it', async () => {
    const zeros = new Map([
      ['dense1.weight', new Float32Array(16)],
      ['dense1.bias', new Float32Array(4)],
    ]);
    const { history } = await train(text, { data: { training: shares(1) }, start: zeros });
    // Of logits that are 0, whatever the share.
    expect(history[0]!.loss).toBeCloseTo(Math.log(2), 6);
  });

  test.each([
    ['train', { training: shares(7), test: shares(1) }],
    ['test', { training: shares(1), test: shares(7) }],
  ])('takes shares only: %s', async (split, data) => {
    await expect(train(text, { data })).rejects.toThrow(
      `${split} image 0 has 2 as number 2 of its inputs, which are its targets; binary_cross_entropy takes numbers from 0 to 1`,
    );
  });
});

test('the test data are numbers where the training data are', async () => {
  const training = labelledTensors(2, { x: { shape: [1, 28, 28], values: numbers(2 * 784, 1) } });
  const text = `network One { input x: [1, 28, 28]  flatten -> dense(10) }
train One { loss: cross_entropy  optimizer: sgd(learning_rate: 0.1)  batch: 2  epochs: 1 }
`;
  const drawn = digits({ count: 10 });
  const refused = (one: string, other: string) => `the training data are ${one}, but the test data ${other}; expected`;
  await expect(train(text, { data: { training, test: drawn } })).rejects.toThrow(refused('numbers', 'pictures'));
  const turned = { training: drawn, test: training };
  await expect(train(text, { data: turned })).rejects.toThrow(refused('pictures', 'numbers'));
});

test('a tensor without a name stands for the one input, but not beside others', async () => {
  const text = `network Net { input x: [3]  dense(3) }
train Net { loss: cross_entropy  optimizer: sgd(learning_rate: 0.1)  batch: ${count}  epochs: 1 }
`;
  const { more } = inputs;
  const { history } = await train(text, { data: { training: labelledTensors(count, { '': more }, labels) } });
  expect(history).toHaveLength(1);
  await expect(
    train(text, { data: { training: labelledTensors(count, { '': more, other: more }, labels) } }),
  ).rejects.toThrow('the train inputs have one tensor without a name; expected x [count, 3]');
});

const tensorFile = (given: typeof inputs | object = inputs): Uint8Array =>
  writeSafetensors(
    Object.entries(given as typeof inputs).map(([name, { shape, values }]) => ({
      name,
      shape: [count, ...shape],
      data: values,
    })),
  );
const files = (more: Readonly<Record<string, string | Uint8Array>> = {}) => ({
  'net.cnn': text(),
  'start.safetensors': writeSafetensors(startTensors),
  'data/train-inputs.safetensors': tensorFile(),
  'data/train-labels.npy': npy('|u1', [count], labels),
  'data/test-inputs.safetensors': tensorFile(),
  'data/test-labels.npy': npy('|u1', [count], labels),
  ...more,
});
const training = ['train', 'net.cnn', '--data', 'data', '--weights', 'start.safetensors', '--out', 'out.safetensors'];

describe('from files', () => {
  test('train, eval, and whole numbers', async () => {
    const run = await cnnc([...training, '--json'], { files: files() });
    expect(run.stderr).not.toContain('error');
    const { epochs } = JSON.parse(run.stdout);
    expectGolden(
      run.files.get('/project/out.safetensors')! as Uint8Array,
      epochs.map(({ loss }: { loss: number }) => loss),
    );
    const scores = goldens.scores;
    const right = labels.filter((label, at) => {
      const own = scores.slice(3 * at, 3 * at + 3);
      return own.indexOf(Math.max(...own)) === label;
    });
    expect(epochs.at(-1).checked.accuracy).toBeCloseTo(right.length / count, 6);
    const trained = files({ 'out.safetensors': run.files.get('/project/out.safetensors')! as Uint8Array });
    const counted = ['eval', 'net.cnn', '--data', 'data', '--weights', 'out.safetensors', '--json'];
    const plain = await cnnc(counted, { files: trained });
    expect(JSON.parse(plain.stdout)).toMatchObject({ correct: right.length, total: count });
    const quantized = await cnnc([...counted, '--quantize', '--calibrate', 'data'], { files: trained });
    expect(quantized.code).toBe(0);
    expect(JSON.parse(quantized.stdout)).toMatchObject({ f32: { correct: right.length }, total: count });
  });

  test('threads have nothing to do, and shards are of the same numbers', async () => {
    const run = await cnnc([...training, '--workers', '1'], { files: files() });
    expect(run.stderr).toContain('note: batches were prepared between the steps: numbers are taken as they are');
    const part = (index: number) => [
      ...['eval', 'net.cnn', '--data', 'data', '--weights', 'start.safetensors'],
      ...['--shard', `${index}/2`, '--out', 'parts'],
    ];
    const first = await cnnc(part(0), { files: files() });
    expect(first.code).toBe(0);
    const { left } = inputs;
    const other = tensorFile({ ...inputs, left: { ...left, values: left.values.map((value) => -value) } });
    const began = Object.fromEntries([...first.files].map(([path, file]) => [path, file!]));
    const changed = await cnnc(part(1), { files: { ...began, 'data/test-inputs.safetensors': other } });
    expect(changed.code).toBe(1);
    expect((await cnnc(part(1), { files: began })).code).toBe(0);
  });

  const one = `network One {
  input x: [4, 5, 5]
  conv(2, kernel: 3) -> relu -> flatten -> dense(2)
}
train One { loss: cross_entropy  optimizer: sgd(learning_rate: 0.1)  batch: 3  epochs: 2 }
`;

  test('an input of four channels has an npy file, and vectors have answers', async () => {
    const world = files({
      'net.cnn': one,
      'data/train-inputs.npy': floats([count, 4, 5, 5], [...numbers(count * 100, 1)]),
    });
    for (const name of Object.keys(world).filter(
      (path) => path.includes('inputs.safetensors') || path.includes('test-'),
    ))
      delete (world as Record<string, unknown>)[name];
    const labelled = {
      ...world,
      'data/train-labels.npy': npy(
        '|u1',
        [count],
        labels.map((label) => label % 2),
      ),
    };
    const run = await cnnc(['train', 'net.cnn', '--data', 'data', '--json'], { files: labelled });
    expect([run.code, JSON.parse(run.stdout).images]).toEqual([0, count]);
    const line =
      'network Line { input x: [3]  dense(1) }\ntrain Line { loss: mean_squared_error  optimizer: sgd(learning_rate: 0.5, momentum: 0.9)  batch: 6  epochs: 400 }\n';
    // y = 2 a − b + 3 c, which is learnt exactly, but for a bias of 0.
    const x = numbers(count * 3, 5);
    const y = Array.from({ length: count }, (_, at) => 2 * x[3 * at]! - x[3 * at + 1]! + 3 * x[3 * at + 2]!);
    const vectors = {
      'net.cnn': line,
      'data/train-inputs.npy': floats([count, 3], [...x]),
      'data/train-targets.npy': floats([count], y),
    };
    const { 'data/train-targets.npy': _, ...without } = vectors;
    const refused = await cnnc(['train', 'net.cnn', '--data', 'data'], { files: without });
    expect(refused.stderr).toContain(
      'there is train-inputs.npy, but neither train-labels.npy, a class for each example, nor train-targets.npy',
    );
    expect(refused.stderr).toContain('; where they are the inputs themselves, a copy of these');
    const learnt = await cnnc(['train', 'net.cnn', '--data', 'data', '--out', 'w.safetensors'], { files: vectors });
    expect(learnt.code).toBe(0);
    const { tensors } = readSafetensors(learnt.files.get('/project/w.safetensors')!);
    const weights = tensors.flatMap(({ data }) => [...data]);
    [2, -1, 3, 0].forEach((value, at) => expect(weights[at]).toBeCloseTo(value, 2));
  });

  const oneTensor = {
    'data/train-inputs.safetensors': writeSafetensors([]),
    'data/train-inputs.npy': floats([count, 3], [...numbers(18, 1)]),
  };
  test.each<[string, Record<string, string | Uint8Array>, string]>([
    [
      'pictures',
      {
        'data/train-images.npy': npy(
          '|u1',
          [count, 4, 4],
          Array.from({ length: 16 * count }, () => 1),
        ),
      },
      'there are train-images.npy and train-inputs.safetensors; expected one of them',
    ],
    [
      'no numbers',
      { 'data/train-inputs.safetensors': tensorFile({ ...inputs, more: { shape: [0], values: new Float32Array(0) } }) },
      'train-inputs.safetensors: more is [6, 0], without a number; expected what an input gets of each example',
    ],
    ['two files', oneTensor, 'there are train-inputs.npy and train-inputs.safetensors; expected one of them'],
    [
      'another name',
      { 'data/train-inputs.safetensors': tensorFile({ ...inputs, other: inputs.more }) },
      'the train inputs have other, which is no input of Pair; expected left [count, 2, 5, 6] and right [count, 2, 5, 6] and more [count, 3]',
    ],
    [
      'one less',
      { 'data/train-inputs.safetensors': tensorFile({ left: inputs.left, right: inputs.right }) },
      'there is no more among the train inputs; expected left',
    ],
    [
      'another shape',
      {
        'data/test-inputs.safetensors': tensorFile({ ...inputs, more: { shape: [4], values: numbers(4 * count, 1) } }),
      },
      'the test inputs more are [4] of each example; Pair takes [3]',
    ],
    [
      'another count',
      {
        'data/train-inputs.safetensors': writeSafetensors([
          { name: 'left', shape: [5, 2, 5, 6], data: numbers(300, 1) },
        ]),
      },
      'there are 5 examples but 6 labels',
    ],
    [
      'NaN',
      {
        'data/train-inputs.safetensors': tensorFile({
          ...inputs,
          more: { shape: [3], values: numbers(18, 1).fill(NaN, 4, 5) },
        }),
      },
      'number 1 of example 1 is NaN in more; expected finite numbers',
    ],
    [
      'augment',
      { 'net.cnn': text('augment: random_flip') },
      'augment changes pictures, but the inputs of the data set are numbers',
    ],
    ['flip', { 'net.cnn': text('evaluate: flip') }, 'evaluate: flip takes mirror images of pictures'],
  ])('refused with a sentence: %s', async (_, more, message) => {
    const run = await cnnc(training, { files: files(more) });
    expect(run.stderr).toContain(message);
    expect(run.code).toBe(1);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('several inputs take no pictures, and one of several channels is told where its numbers go', async () => {
    const pair = await cnnc(['train', 'net.cnn', '--data', 'digits:20'], { files: files() });
    expect(pair.stderr).toContain('Pair has 3 inputs, and a picture is given to one; expected train-inputs.npz');
    const vector = `network Vector { input x: [8]  dense(10) }
train Vector { loss: cross_entropy  optimizer: sgd(learning_rate: 0.1) }
`;
    for (const command of [['train'], ['eval', '--weights', 'random:1']]) {
      const run = await cnnc([...command, 'net.cnn', '--data', 'digits:20'], { files: { 'net.cnn': vector } });
      expect(run.stderr).toContain('the input is [8], but a picture makes [1, height, width] or');
      expect(run.stderr).toContain('; numbers are inputs: train-inputs.npy');
    }
    const images = {
      'net.cnn': one,
      'data/train-images.npy': floats([count, 4, 5, 5], [...numbers(count * 100, 1)]),
      'data/train-labels.npy': npy('|u1', [count], labels),
    };
    const pixels = { ...images, 'data/train-images.npy': floats([count, 4, 5], [...numbers(count * 20, 1)]) };
    const negative = await cnnc(['train', 'net.cnn', '--data', 'data'], { files: pixels });
    expect(negative.stderr).toContain('before any mean is subtracted; other numbers are inputs: train-inputs.npy');
    const four = await cnnc(['train', 'net.cnn', '--data', 'data'], { files: images });
    expect(four.stderr).toContain('numbers that are no pictures are inputs: train-inputs.npy');
  });
});
