// `cnnc train`: what it prints and writes, and that a training that was interrupted ends with the same bytes.

import { describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { checkpointPaths } from '../../src/cli/checkpoints.ts';
import { cnnc } from './harness.ts';
import type { Outcome, World } from './harness.ts';
import { npy } from '../support/npy.ts';

const source = (settings = ''): string => `network Net {
  input image: [1, 12, 12] { scale: 1/255 }
  conv(4, kernel: 3) -> batch_norm -> relu
  dropout(0.2)
  flatten
  scores = dense(10)
  output scores
}

train Net {
  optimizer: adam(learning_rate: 0.01)
  batch: 16
  epochs: 3
  augment: random_translation
  ${settings}
}
`;
const argv = ['train', 'a.cnn', '--data', 'digits:72', '--target', 'js'] as const;
const files: NonNullable<World['files']> = { 'a.cnn': source() };
const out = ['--out', 'w.safetensors'] as const;
const [first, second] = checkpointPaths('w.safetensors');

const filesOf = ({ files: after }: Outcome): Record<string, Uint8Array> => Object.fromEntries(after);
const weightsOf = (outcome: Outcome): Uint8Array | undefined => outcome.files.get('/project/w.safetensors');

/** Runs until Ctrl-C after so many checks for it; the streams have their turn once a step. */
function interruptedAfter(steps: number, args: readonly string[], world: World): Promise<Outcome> {
  return cnnc(args, {
    ...world,
    onInterrupt(action) {
      let left = steps;
      const tick = (): void => {
        left -= 1;
        if (left < 0) action();
        else timer = setImmediate(tick);
      };
      let timer = setImmediate(tick);
      return () => clearImmediate(timer);
    },
  });
}

describe('a training', { timeout: 60_000 }, () => {
  test('prints how good the network is, and writes weights that eval takes', async () => {
    const trained = await cnnc([...argv, ...out, '--epochs', '12', '--threads', '1', '--target', 'wasm'], { files });
    expect(trained).toMatchObject({ code: 0 });
    expect(trained.stdout).toMatch(
      /^training {4}loss \d\.\d{4} {2}accuracy \d+\.\d%\ntest {8}loss \d\.\d{4} {2}accuracy \d+\.\d%\n$/,
    );
    expect(trained.stderr).toMatch(/epoch 12 of 12 {2}loss \d\.\d{4} {2}accuracy/);
    expect(trained.stderr).toMatch(/^accuracy +\d+\.\d% [▁▂▃▄▅▆▇█]{12} \d+\.\d%$/m);
    const { tensors } = readSafetensors(weightsOf(trained)!);
    expect(tensors.map(({ name }) => name)).toEqual([
      'conv1.weight',
      'conv1.bias',
      'batch_norm1.weight',
      'batch_norm1.bias',
      'batch_norm1.running_mean',
      'batch_norm1.running_var',
      'scores.weight',
      'scores.bias',
    ]);
    const run = ['run', 'a.cnn', '--weights', 'w.safetensors', '--input', 'x.json'];
    const world = {
      files: { ...filesOf(trained), 'x.json': JSON.stringify([Array.from({ length: 12 }, () => Array(12).fill(0))]) },
    };
    expect(await cnnc(run, world)).toMatchObject({ code: 0 });
  });

  test('as JSON', async () => {
    const { code, stdout } = await cnnc([...argv, '--json'], { files });
    expect(code).toBe(0);
    const epoch = (at: number) => ({
      epoch: at,
      steps: 5,
      images: 72,
      loss: expect.any(Number),
      accuracy: expect.any(Number),
      rate: 0.01,
      checked: { loss: expect.any(Number), accuracy: expect.any(Number) },
    });
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      network: 'Net',
      images: 72,
      epochs: [epoch(1), epoch(2), epoch(3)],
      checkedOn: 'test',
      final: {
        epoch: 3,
        training: { loss: expect.any(Number), accuracy: expect.any(Number) },
        test: { loss: expect.any(Number), accuracy: expect.any(Number) },
      },
      seconds: expect.any(Number),
    });
  });

  test('with a share for validation tests the best weights at the end', async () => {
    const world = { files: { 'a.cnn': source('validation: 0.25  weights: best  last: drop') } };
    const { stdout } = await cnnc([...argv, '--json'], world);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ images: 54, checkedOn: 'validation' });
    const accuracies = result.epochs.map(
      ({ checked }: { readonly checked: { readonly accuracy: number } }) => checked.accuracy,
    );
    expect(result.final.validation.accuracy).toBe(Math.max(...accuracies));
    expect(result.final.epoch).toBe(1 + accuracies.indexOf(Math.max(...accuracies)));
    expect(result.final.test).toEqual({ loss: expect.any(Number), accuracy: expect.any(Number) });
  });

  test('shows its progress on a terminal', async () => {
    const { stderr } = await cnnc(argv, { files, isTerminal: true });
    expect(stderr).toMatch(/epoch 1 of 3 █+.* loss .*% .*images\/s .* left/);
  });
});

describe('interrupted, and resumed', { timeout: 60_000 }, () => {
  const whole = cnnc([...argv, ...out, '--log', 'log.jsonl'], { files });
  test.each([0, 1, 3, 5, 8, 14])('after %i steps ends with the same bytes', async (steps) => {
    const log = ['--log', 'log.jsonl'];
    const part = await interruptedAfter(steps, [...argv, ...out, ...log], { files });
    expect(part).toMatchObject({ code: 130, stdout: '' });
    expect(part.stderr).toMatch(/^stopped in epoch \d after \d of 5 steps; its checkpoint is written/m);
    expect(weightsOf(part)).toBeUndefined();
    const rest = await cnnc([...argv, ...out, ...log, '--resume'], { files: filesOf(part) });
    expect(rest).toMatchObject({ code: 0, stdout: (await whole).stdout });
    expect(weightsOf(rest)).toEqual(weightsOf(await whole));
    expect(stepsIn(rest)).toEqual(stepsIn(await whole));
  });

  const stepsIn = ({ files: after }: Outcome): readonly unknown[] =>
    new TextDecoder()
      .decode(after.get('/project/log.jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => ({ ...JSON.parse(line), seconds: 0 }));

  test('the log has a line for each step and epoch', async () => {
    expect(stepsIn(await whole)).toHaveLength(3 * (5 + 1));
    expect(stepsIn(await whole)[0]).toMatchObject({ epoch: 1, step: 1, images: 16, rate: 0.01 });
  });

  test('as JSON says where it stopped', async () => {
    const { code, stdout } = await interruptedAfter(2, [...argv, '--json'], { files });
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ epochs: [], stopped: { epoch: 1 } });
  });

  test('without --out says that nothing is kept', async () => {
    expect((await interruptedAfter(2, argv, { files })).stderr).toContain('nothing is kept, because there is no --out');
  });

  test('the newest that is whole counts', async () => {
    const after = filesOf(await whole);
    const paths = [first, second].map((path) => `/project/${path}`);
    for (const path of paths) {
      const bytes = after[path]!;
      const damaged = { ...after, [path]: bytes.subarray(0, bytes.length - 9) };
      const rest = await cnnc([...argv, ...out, '--resume'], { files: damaged });
      expect(rest.code).toBe(0);
      expect(rest.stderr).toMatch(
        /note: w\.checkpoint-\d\.safetensors: damaged .*; the training goes on from w\.checkpoint-\d/,
      );
      expect(weightsOf(rest)).toEqual(weightsOf(await whole));
    }
    const none = { ...after, [paths[0]!]: Uint8Array.of(1), [paths[1]!]: Uint8Array.of(1) };
    const refused = await cnnc([...argv, ...out, '--resume'], { files: none });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('there is no other checkpoint to go on from');
  });

  test('with none at all it begins, and a new training is not mistaken for an old one', async () => {
    const begun = await cnnc([...argv, ...out, '--resume'], { files });
    expect(begun.stderr).toContain('note: w.safetensors has no checkpoint; the training begins');
    const other = await interruptedAfter(1, [...argv, ...out, '--seed', '5'], { files: filesOf(begun) });
    const rest = await cnnc([...argv, ...out, '--seed', '5', '--resume'], { files: filesOf(other) });
    expect(rest.code).toBe(0);
    expect(weightsOf(rest)).not.toEqual(weightsOf(await whole));
  });

  test.each<[string, readonly string[], string, string]>([
    ['seed', ['--seed', '1'], source(), 'what differs: seed (0 then, 1 now)'],
    ['batch', ['--batch', '8'], source(), 'what differs: batch (16 then, 8 now)'],
    ['data', ['--data', 'digits:80'], source(), 'what differs: data (72 images'],
    ['network', [], source().replace('dropout(0.2)', 'dropout(0.3)'), 'what differs: network'],
    ['settings', [], source('clip: 1'), 'what differs: clip (none then, 1 now)'],
  ])('with another %s it is refused', async (_, changes, text, message) => {
    const world = { files: { ...filesOf(await whole), '/project/a.cnn': text } };
    const { code, stderr } = await cnnc([...argv, ...out, '--resume', ...changes], world);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
  });

  test('with other test images it says so and goes on', async () => {
    const folder = (bright: number): Record<string, Uint8Array> => ({
      '/project/d/train-images.npy': npy(
        '|u1',
        [2, 12, 12],
        new Uint8Array(2 * 144).map((_, at) => at % 251),
      ),
      '/project/d/train-labels.npy': npy('|u1', [2], Uint8Array.of(0, 1)),
      '/project/d/test-images.npy': npy('|u1', [1, 12, 12], new Uint8Array(144).fill(bright)),
      '/project/d/test-labels.npy': npy('|u1', [1], Uint8Array.of(1)),
    });
    const own = ['train', 'a.cnn', '--data', 'd', ...out, '--epochs'];
    const begun = await cnnc([...own, '1'], { files: { ...files, ...folder(3) } });
    const rest = await cnnc([...own, '2', '--resume'], { files: { ...filesOf(begun), ...folder(4) } });
    expect(rest.stderr).toContain('note: the test images are not those of the epochs before (1 images of 1×12×12, ');
    expect(rest.code).toBe(0);
  });

  test('more epochs go on where it ended', async () => {
    const more = ['--epochs', '5', '--resume'];
    const longer = await cnnc([...argv, ...out, ...more], { files: filesOf(await whole) });
    const atOnce = await cnnc([...argv, ...out, '--epochs', '5'], { files });
    expect(weightsOf(longer)).toEqual(weightsOf(atOnce));
  });
});

test('an output that no loss sees is told', async () => {
  const text = source().replace('output scores', 'boxes = dense(4)\n  output scores, boxes');
  const { stderr } = await cnnc([...argv, '--epochs', '1'], { files: { 'a.cnn': text } });
  expect(stderr).toContain('note: the loss is that of scores; layers that lead to boxes alone learn nothing\n');
  expect((await cnnc([...argv, '--epochs', '1'], { files })).stderr).not.toContain('note: ');
});

test('checkpoints by steps are written in turn', async () => {
  const { files: after } = await cnnc([...argv, ...out, '--epochs', '1', '--checkpoint-every', '2'], { files });
  expect([first, second].every((path) => after.has(`/project/${path}`))).toBe(true);
});

describe('refused', () => {
  const only = (text: string): World => ({ files: { 'a.cnn': text } });
  const idx = (rank: number, ...bytes: readonly number[]): Uint8Array => Uint8Array.from([0, 0, 8, rank, ...bytes]);
  test.each<[string, readonly string[], World, number, string]>([
    [
      'no section',
      argv,
      only('network Net { input x: [1, 12, 12]\n flatten\n dense(10) }'),
      1,
      'train Net { optimizer: adam }',
    ],
    [
      'a loss that does not fit',
      argv,
      only(source().replace('flatten\n', '').replace('scores = dense(10)', 'scores = conv(2, kernel: 3)')),
      1,
      'Net gives [2, 8, 8], scores for each pixel, which are compared with the class of each pixel',
    ],
    [
      'no data',
      ['train', 'a.cnn', '--data', 'empty'],
      { files: { ...files, 'empty/notes.txt': '' } },
      1,
      'empty: there are no images to train on',
    ],
    [
      'an empty data set',
      ['train', 'a.cnn', '--data', 'd'],
      {
        files: {
          ...files,
          'd/train-images-idx3-ubyte': idx(3, ...Array(8).fill(0), 0, 0, 0, 12),
          'd/train-labels-idx1-ubyte': idx(1, 0, 0, 0, 0),
        },
      },
      1,
      'd: ',
    ],
    [
      'too few digits',
      ['train', 'a.cnn', '--data', 'digits:9'],
      { files },
      2,
      '--data digits:COUNT takes a whole number from 10',
    ],
    ['--resume without --out', [...argv, '--resume'], { files }, 2, '--resume needs --out'],
    [
      '--out in the place of the network',
      [...argv, '--out', 'a.cnn'],
      { files },
      2,
      'a.cnn would take the place of the network',
    ],
    ['--log in the place of a checkpoint', [...argv, ...out, '--log', first], { files }, 2, 'would take the place of'],
    [
      '--html in the place of the weights',
      [...argv, ...out, '--html', 'w.safetensors'],
      { files },
      2,
      'would take the place of',
    ],
    ['--html in the place of the network', [...argv, '--html', 'a.cnn'], { files }, 2, 'a.cnn would take the place of'],
    [
      '--html to the standard output',
      [...argv, '--html', '-'],
      { files },
      2,
      '--out, --log and --html take the names of files',
    ],
    ['no epochs', [...argv, '--epochs', '0'], { files }, 2, '--epochs takes a whole number from 1'],
    ['rounding that JavaScript has not', [...argv, '--math', 'fast'], { files }, 2, '--math fast needs --target wasm'],
    ['threads of JavaScript', [...argv, '--threads', '2'], { files }, 2, '--threads needs --target wasm'],
  ])('is %s', async (_, args, world, code, message) => {
    const found = await cnnc(args, world);
    expect({ code: found.code, stdout: found.stdout, stderr: found.stderr }).toEqual({
      code,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});

test('a loss that is not finite ends it, and keeps the last checkpoint', async () => {
  const text = source().replace('adam(learning_rate: 0.01)', 'sgd(learning_rate: 1e38)');
  const { code, stderr } = await cnnc([...argv, ...out], { files: { 'a.cnn': text } });
  expect(code).toBe(1);
  expect(stderr).toMatch(/error: the loss is (NaN|Infinity) at step \d of 5 in epoch 1/);
});
