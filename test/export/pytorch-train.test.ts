// train.py: what the `train` section says, in Python; and that its weights come back with the accuracy that it measured.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { pytorchPackage } from '../../src/export/pytorch/index.ts';
import { rateAt } from '../../src/train/schedule.ts';
import { cnnc } from '../cli/harness.ts';
import { digitFiles } from '../support/idx.ts';
import { npy } from '../support/npy.ts';
import { hasTorch, python } from './pytorch-runs.ts';

const text = (schedule: string): string => `network Small {
  input image: [1, 12, 12] { scale: 1/255  mean: [0.2]  std: [0.4] }
  conv(4, kernel: 3) -> batch_norm -> relu -> max_pool(2) -> dropout(0.2) -> flatten
  scores = dense(10)
  output scores
}
train Small {
  loss: cross_entropy(label_smoothing: 0.1)
  optimizer: adamw(learning_rate: 0.01)
  schedule: ${schedule}
  augment: random_flip(probability: 0.1) -> random_crop(12, padding: 1) -> random_rotation(5)
  batch: 50
  epochs: 2
  init: kaiming_normal
  clip: 1
  average: 0.9
}`;

function packageOf(schedule: string) {
  const { networks, diagnostics } = frontend({ path: 'net.cnn', text: text(schedule) }, { operators });
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  return { network: networks[0]!, ...pytorchPackage(networks[0]!, operators, undefined) };
}

const trainOf = (schedule: string): string =>
  packageOf(schedule).files.find(({ path }) => path === 'train.py')!.data as string;

test.skipIf(!hasTorch)(
  'trains, and cnnc eval finds its accuracy (needs python3-torch)',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pytorch-'));
    try {
      const data = digitFiles(200);
      for (const { path, data: bytes } of packageOf('cosine(warmup: 1)').files)
        writeFileSync(join(folder, path), bytes);
      for (const [name, bytes] of Object.entries(data)) writeFileSync(join(folder, name), bytes);
      const trained = spawnSync(python, ['train.py', '--data', '.'], { cwd: folder, encoding: 'utf8' });
      expect(trained).toMatchObject({ status: 0, stderr: '' });
      const [, right] = /epoch 2\/2 {2}loss [\d.]+ {2}accuracy [\d.]+% {2}(\d+) of 200/.exec(trained.stdout)!;
      const files = {
        'net.cnn': text('constant'),
        'trained.safetensors': new Uint8Array(readFileSync(join(folder, 'trained.safetensors'))),
        ...Object.fromEntries(Object.entries(data).map(([name, bytes]) => [`data/${name}`, bytes])),
      };
      const argv = ['eval', 'net.cnn', '--weights', 'trained.safetensors', '--data', 'data', '--json'];
      const { stdout } = await cnnc(argv, { files });
      expect(JSON.parse(stdout)).toMatchObject({ correct: Number(right), total: 200 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test('what it leaves out is said at its head', () => {
  expect(trainOf('constant')).toContain('\nOf the file, this leaves out: augment random_rotation, average.\n"""');
});

const schedules = [
  'constant',
  'constant(warmup: 1)',
  'step(every: 1, factor: 0.5)',
  'step(every: 2, warmup: 1)',
  'multi_step(at: [1, 3], factor: 0.5)',
  'multi_step(at: [2], warmup: 1)',
  'cosine(final: 0.001)',
  'cosine(warmup: 1)',
  'one_cycle',
  'one_cycle(peak: 0.5, start: 0.1, final: 0.01, warmup: 2)',
];

test.skipIf(!hasTorch)('learning rates are those of cnnc train (needs python3-torch)', () => {
  const [epochs, steps] = [5, 7];
  const program = schedules.map((schedule) => {
    const code = trainOf(schedule);
    const functions = code.slice(
      code.indexOf(code.includes('def between') ? 'def between' : 'def learning_rate'),
      code.indexOf('def initialise'),
    );
    return `${functions}\nprint([learning_rate(at, ${steps}, ${epochs}) for at in range(${steps * epochs})])`;
  });
  const { stdout, stderr } = spawnSync(python, ['-c', `import math\n${program.join('\n')}`], { encoding: 'utf8' });
  expect(stderr).toBe('');
  for (const [at, line] of stdout.trimEnd().split('\n').entries()) {
    const settings = { ...packageOf(schedules[at]!).network.train!, epochs };
    const rates = JSON.parse(line) as readonly number[];
    expect(rates).toHaveLength(steps * epochs);
    for (const [step, rate] of rates.entries()) expect(rate).toBeCloseTo(rateAt(settings, step, steps), 12);
  }
});

const mapText = (augment: string, loss: string): string => `network Bright {
  input image: [1, 4, 6] { scale: 1/255 }
  scores = conv(2, kernel: 1)
  output scores
}
train Bright {
  loss: cross_entropy(${loss})
  optimizer: sgd(learning_rate: 0.5)
  batch: 4
  epochs: 3
  ${augment}
}`;

// Classes have to move as the pictures do: a mirror image of a picture alone has its bright pixels elsewhere.
test.skipIf(!hasTorch).each([
  ['label_smoothing: 0.1', ''],
  ['label_smoothing: 0.1', 'augment: random_flip(vertical: true, probability: 1) -> random_crop(4x6)'],
  ['label_smoothing: 0.1, ignore: 255', ''],
  ['ignore: 1', 'augment: random_flip(probability: 1) -> random_crop(4x6)'],
  ['weights: [0.5, 3], label_smoothing: 0.1, ignore: 255', ''],
  ['weights: [1, 3]', ''],
])(
  'learns the class of each pixel as cnnc train does, %s, %s (needs python3-torch)',
  { timeout: 120_000 },
  async (loss, augment) => {
    const program = mapText(augment, loss);
    const { networks } = frontend({ path: 'net.cnn', text: program }, { operators });
    const folder = mkdtempSync(join(tmpdir(), 'pytorch-'));
    try {
      // One batch an epoch, so that the order of the images does not matter.
      const bytes = Uint8Array.from({ length: 4 * 24 }, (_, at) => (at * 97) % 256);
      // Where a class is left out, there are other numbers of it in each image.
      const bright = bytes.map((value, at) => (loss.endsWith('255') && at % 29 < 11 ? 255 : Number(value > 127)));
      const data = {
        'train-images.npy': npy('|u1', [4, 4, 6], bytes),
        // Of a type that PyTorch has not, the lower byte last.
        'train-targets.npy': npy('>u2', [4, 1, 4, 6], Uint8Array.from([...bright].flatMap((value) => [0, value]))),
        'test-images.npy': npy('|u1', [4, 4, 6], bytes),
        'test-targets.npy': npy('|u1', [4, 4, 6], bright),
      };
      const start = { 'conv.weight': [0.3, -0.2], 'conv.bias': [0.1, 0] };
      const weights = writeSafetensors([
        { name: 'scores.weight', shape: [2, 1, 1, 1], data: Float32Array.from(start['conv.weight']) },
        { name: 'scores.bias', shape: [2], data: Float32Array.from(start['conv.bias']) },
      ]);
      for (const { path, data: file } of pytorchPackage(networks[0]!, operators, undefined).files)
        writeFileSync(join(folder, path), file);
      for (const [name, file] of Object.entries({ ...data, 'start.safetensors': weights }))
        writeFileSync(join(folder, name), file);
      const argv = ['train.py', '--data', '.', '--weights', 'start.safetensors'];
      const trained = spawnSync(python, argv, { cwd: folder, encoding: 'utf8' });
      expect(trained).toMatchObject({ status: 0, stderr: '' });
      const told = [...trained.stdout.matchAll(/loss ([\d.]+) {2}accuracy ([\d.]+)% of the pixels/g)];
      const files = {
        'net.cnn': program,
        'start.safetensors': weights,
        ...Object.fromEntries(Object.entries(data).map(([name, file]) => [`data/${name}`, file])),
      };
      const own = [
        'train',
        'net.cnn',
        '--data',
        'data',
        '--weights',
        'start.safetensors',
        '--out',
        'w.safetensors',
        '--json',
      ];
      const { stdout, files: written } = await cnnc(own, { files });
      const { epochs } = JSON.parse(stdout);
      expect(told.map(([, loss]) => Number(loss))).toEqual(
        epochs.map(({ loss }: { loss: number }) => expect.closeTo(loss, 3)),
      );
      expect(told.map(([, , accuracy]) => Number(accuracy))).toEqual(
        epochs.map(({ checked }: { checked: { accuracy: number } }) => expect.closeTo(100 * checked.accuracy, 1)),
      );
      const [theirs, ours] = [
        new Uint8Array(readFileSync(join(folder, 'trained.safetensors'))),
        written.get('/project/w.safetensors')!,
      ].map((file) => readSafetensors(file).tensors);
      for (const { name, data: numbers } of ours!)
        theirs!
          .find((one) => one.name === name)!
          .data.forEach((value, at) => expect(value).toBeCloseTo(numbers[at]!, 5));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test.each([
  ['mean_squared_error', 'F.mse_loss(output, answers.view_as(output), reduction="mean")'],
  ['mean_absolute_error', 'F.l1_loss(output, answers.view_as(output), reduction="mean")'],
  ['huber(delta: 0.3)', 'F.huber_loss(output, answers.view_as(output), delta=0.3, reduction="mean")'],
  [
    'binary_cross_entropy(reduction: sum)',
    'F.binary_cross_entropy_with_logits(output, answers.view_as(output), reduction="sum") * processes',
  ],
])('the loss %s is PyTorch’s', (loss, expected) => {
  const program = `network A { input x: [1, 4, 4]\n flatten -> dense(3) -> sigmoid }
    train A { loss: ${loss}  optimizer: adam }`;
  const { networks } = frontend({ path: 'net.cnn', text: program }, { operators });
  const { files } = pytorchPackage(networks[0]!, operators, undefined);
  const textOf = (name: string) => files.find(({ path }) => path === name)?.data;
  expect(textOf('train.py')).toContain(`    return ${expected}\n`);
  expect(textOf('train.py')).toContain('ANSWERS = ["targets", "labels"]');
  // Of labels, the class counts as 1, as in `cnnc train`.
  expect(textOf('train.py')).toContain('answers = np.eye(3)[answers]');
  expect(String(textOf('train.py')).includes('expected 0 to 1')).toBe(loss.startsWith('binary'));
  // Logits are trained, without the sigmoid that the network ends with.
  const isOfLogits = loss.startsWith('binary');
  expect(String(textOf('training_model.py') ?? textOf('model.py')).includes('igmoid')).toBe(!isOfLogits);
});

// As `cnnc train` learns with the same options, with a batch norm that stays as it is, and one that moves.
test.skipIf(!hasTorch)('layers learn alone and at other rates (needs python3-torch)', { timeout: 60_000 }, async () => {
  const program = `network A {
  input image: [1, 4, 6] { scale: 1/255 }
  a = conv(2, kernel: 1) -> batch_norm
  b = conv(2, kernel: 1, bias: false)
  n = batch_norm
  scores = conv(2, kernel: 1)
  output scores
}
train A { optimizer: adamw(learning_rate: 0.01, weight_decay: 0.1, amsgrad: true, epsilon: 1e-3)  batch: 4  epochs: 3 }`;
  const folder = mkdtempSync(join(tmpdir(), 'pytorch-'));
  try {
    const bytes = Uint8Array.from({ length: 4 * 24 }, (_, at) => (at * 97) % 256);
    const data = {
      'train-images.npy': npy('|u1', [4, 4, 6], bytes),
      'train-targets.npy': npy(
        '|u1',
        [4, 4, 6],
        bytes.map((value) => Number(value > 127)),
      ),
    };
    const pace = ['--learn', 'b', '--learn', 'n', '--learn', 'scores', '--rate', 'scores=10', '--rate', 'b=0.5'];
    const files = {
      'net.cnn': program,
      ...Object.fromEntries(Object.entries(data).map(([name, file]) => [`data/${name}`, file])),
    };
    const start = await cnnc(['train', 'net.cnn', '--data', 'data', '--epochs', '1', '--out', 's.safetensors'], {
      files,
    });
    const weights = start.files.get('/project/s.safetensors')!;
    const from = { ...files, 's.safetensors': weights };
    const made = await cnnc(['export', 'net.cnn', '--pytorch', '-o', 'py', ...pace], { files: from });
    expect(made).toMatchObject({ code: 0 });
    for (const [path, file] of made.files)
      if (path.startsWith('/project/py/')) writeFileSync(join(folder, path.slice(12)), file);
    for (const [name, file] of Object.entries({ ...data, 'start.safetensors': weights }))
      writeFileSync(join(folder, name), file);
    const argv = ['train.py', '--data', '.', '--weights', 'start.safetensors'];
    const trained = spawnSync(python, argv, { cwd: folder, encoding: 'utf8' });
    expect(trained).toMatchObject({ status: 0, stderr: '' });
    const own = ['train', 'net.cnn', '--data', 'data', '--weights', 's.safetensors', '--out', 'w.safetensors', ...pace];
    const ours = readSafetensors((await cnnc(own, { files: from })).files.get('/project/w.safetensors')!).tensors;
    const before = new Map(readSafetensors(weights).tensors.map(({ name, data: numbers }) => [name, numbers]));
    const theirs = readSafetensors(new Uint8Array(readFileSync(join(folder, 'trained.safetensors')))).tensors;
    expect(ours.map(({ name }) => name)).toEqual(expect.arrayContaining(['n.running_mean', 'scores.weight']));
    for (const { name, data: numbers } of ours) {
      const found = theirs.find((one) => one.name === name)!.data;
      numbers.forEach((value, at) => expect(found[at], name).toBeCloseTo(value, 5));
      const isKept = !/^(b|n|scores)\./.test(name);
      expect(
        found.every((value, at) => value === before.get(name)![at]),
        name,
      ).toBe(isKept);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('layers that learn are those of the network, and of PyTorch’s train.py', async () => {
  const files = {
    'net.cnn': 'network A { input x: [1, 4, 4]\n flatten -> scores = dense(2) }'.replace(
      'flatten -> scores',
      'flatten\n scores',
    ),
  };
  const made = (...options: readonly string[]) => cnnc(['export', 'net.cnn', '-o', 'o', ...options], { files });
  expect((await made('--pytorch', '--learn', 'score')).stderr).toContain('--learn');
  expect(await made('--onnx', '--rate', 'scores=2', '--weights', 'random:1')).toMatchObject({
    code: 2,
    stderr: 'error: --learn and --rate are for --pytorch, whose train.py learns\n',
  });
});
