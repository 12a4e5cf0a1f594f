// `cnnc eval`: how many pictures a network gets right, of every kind of data that a training takes.

import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { npy } from '../support/npy.ts';
import { cnnc } from './harness.ts';

describe('eval', () => {
  const idx = (rank: number, ...bytes: readonly number[]): Uint8Array => Uint8Array.from([0, 0, 8, rank, ...bytes]);
  // Class 0 when the left pixel is brighter. Pictures of 1×2 pixels: 255|0, 0|255, 255|0; the last label is wrong.
  const files = {
    'a.cnn': 'network Sides { input x: [1, 1, 2]\n flatten\n scores = dense(2, bias: false)\n output scores }',
    'w.safetensors': writeSafetensors([{ name: 'scores.weight', shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) }]),
    'd/t10k-images-idx3-ubyte': idx(3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 255, 0, 0, 255, 255, 0),
    'd/t10k-labels-idx1-ubyte': idx(1, 0, 0, 0, 3, 0, 1, 1),
  };
  const argv = ['eval', 'a.cnn', '--weights', 'w.safetensors', '--data', 'd'];

  test('counts right answers', async () => {
    expect(await cnnc(argv, { files })).toMatchObject({ code: 0, stdout: 'accuracy 66.7%  2 of 3\n', stderr: '' });
    const { stdout } = await cnnc([...argv, '--json'], { files });
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      network: 'Sides',
      split: 'test',
      correct: 2,
      total: 3,
      accuracy: 2 / 3,
    });
  });

  // A picture and its mirror image together have equal scores for both classes, of which the first counts.
  test('--flip takes the mean of the scores with those of the mirror image', async () => {
    expect((await cnnc([...argv, '--flip'], { files })).stdout).toBe('accuracy 33.3%  1 of 3\n');
  });

  test('progress is only for terminals', async () => {
    expect((await cnnc(argv, { files, isTerminal: true })).stderr).toContain('3 of 3');
  });

  test('a missing split and labels beyond the classes are explained', async () => {
    expect(await cnnc([...argv, '--split', 'train'], { files })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('train'),
    });
    const labels = idx(1, 0, 0, 0, 3, 0, 1, 7);
    const wrong = await cnnc(argv, { files: { ...files, 'd/t10k-labels-idx1-ubyte': labels } });
    expect(wrong).toMatchObject({
      code: 1,
      stderr:
        'error: the labels go up to 7, but scores has 2 classes, counted from 0: test image 2 is of class 7; give the last layer 8 classes, or leave such images out\n',
    });
  });

  describe('one number for each pixel', () => {
    const data = {
      'm.safetensors': writeSafetensors([
        { name: 'weight', shape: [1, 1, 1, 1], data: Float32Array.of(1) },
        { name: 'bias', shape: [1], data: Float32Array.of(-1.5) },
      ]),
      'd/test-images.npy': npy('|u1', [2, 1, 1, 2], Uint8Array.of(0, 2, 1, 3)),
      'd/test-targets.npy': npy('|u1', [2, 1, 2], Uint8Array.of(0, 1, 1, 1)),
    };
    const run = (last: string, loss: string) => {
      const text = `network A { input x: [1, 1, 2] { scale: 1 }\n conv(1, kernel: 1)\n y = ${last}\n output y }
        train A { loss: ${loss}  optimizer: adam }`;
      const options = ['--weights', 'm.safetensors', '--match', 'order', '--data', 'd'];
      return cnnc(['eval', 'a.cnn', ...options], { files: { ...data, 'a.cnn': text } });
    };

    // The second and the last are above 0 as logits, and above one half as probabilities.
    test.each(['identity', 'sigmoid'])('tells 0 from 1 where it is trained to: %s', async (last) => {
      expect(await run(last, 'binary_cross_entropy')).toMatchObject({
        code: 0,
        stdout: 'accuracy 75.0%  3 of 4 pixels  mean IoU 0.583\n',
      });
    });

    test('but only two classes', async () => {
      const text = 'network A { input x: [1, 1, 1]\n y = flatten -> dense(1)\n output y }\n';
      const files = {
        'a.cnn': `${text}train A { loss: binary_cross_entropy  optimizer: adam }`,
        'd/test-images.npy': npy('|u1', [2, 1, 1], Uint8Array.of(0, 2)),
        'd/test-labels.npy': npy('|u1', [2], Uint8Array.of(1, 2)),
      };
      const found = await cnnc(['eval', 'a.cnn', '--weights', 'random:1', '--data', 'd'], { files });
      expect(found).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(
          'but y is one number, which tells 0 from 1: test image 1 is of class 2; take a',
        ),
      });
    });

    test('and no classes elsewhere', async () => {
      expect(await run('identity', 'mean_squared_error')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('y gives one score; classes are told apart by one score for each, or by one'),
      });
    });
  });

  // The same three pictures, whatever files they come from.
  const [left, right] = [Uint8Array.of(255, 0), Uint8Array.of(0, 255)];
  const png = (data: Uint8Array, width = 2, height = 1): Uint8Array => encode({ width, height, channels: 1, data });
  const { 'a.cnn': network, 'w.safetensors': matrix } = files;
  test.each([
    [
      'a folder for each class',
      {
        'd/test/0/a.png': png(left),
        'd/test/1/b.png': png(right),
        'd/test/1/c.png': png(left),
      },
    ],
    [
      'npy files',
      {
        'd/test-images.npy': npy('|u1', [3, 1, 2], Uint8Array.of(...left, ...right, ...left)),
        'd/test-labels.npy': npy('|u1', [3], Uint8Array.of(0, 1, 1)),
      },
    ],
  ])('takes %s', async (_, data) => {
    const counted = await cnnc(argv, { files: { 'a.cnn': network, 'w.safetensors': matrix, ...data } });
    expect(counted).toMatchObject({ code: 0, stdout: 'accuracy 66.7%  2 of 3\n', stderr: '' });
    const halves = await Promise.all(
      ['0/2', '1/2'].map((part) =>
        cnnc([...argv, '--shard', part, '--out', `o${part[0]}`], {
          files: { 'a.cnn': network, 'w.safetensors': matrix, ...data },
        }),
      ),
    );
    const sums = halves.map(({ stdout }) => /: (\d) of (\d)/.exec(stdout)!.slice(1).map(Number));
    expect(sums.reduce(([a, b], [c, d]) => [a! + c!, b! + d!])).toEqual([2, 3]);
  });

  test('brings pictures of several sizes to the input as its settings say', async () => {
    const fitted = network.replace('[1, 1, 2]', '[1, 1, 2] { resize: 1x2  filter: nearest }');
    const data = {
      'd/test/0/a.png': png(Uint8Array.of(255, 255, 0, 0, 255, 255, 0, 0), 4, 2),
      'd/test/1/b.png': png(right),
    };
    const counted = await cnnc(argv, { files: { 'a.cnn': fitted, 'w.safetensors': matrix, ...data } });
    expect(counted).toMatchObject({ code: 0, stdout: 'accuracy 100.0%  2 of 2\n' });
  });

  test('counts the classes that are trained on, where the test has fewer', async () => {
    const common = {
      'a.cnn': network,
      'w.safetensors': matrix,
      'd/train/0/a.png': png(left),
      'd/train/1/a.png': png(right),
    };
    const fewer = await cnnc(argv, { files: { ...common, 'd/test/1/b.png': png(right) } });
    expect(fewer).toMatchObject({ code: 0, stdout: 'accuracy 100.0%  1 of 1\n' });
    const other = await cnnc(argv, { files: { ...common, 'd/test/2/b.png': png(right) } });
    expect(other).toMatchObject({ code: 1, stderr: 'error: d/test/2 is none of the classes: 0, 1\n' });
  });

  test('draws digits, as a training does', async () => {
    const text = 'network Any { input x: [1, 12, 12]\n flatten\n dense(10) }';
    const given = ['eval', 'a.cnn', '--weights', 'random:1', '--data', 'digits:100'];
    expect((await cnnc(given, { files: { 'a.cnn': text } })).stdout).toMatch(/ of 20\n$/);
    expect((await cnnc([...given, '--split', 'train'], { files: { 'a.cnn': text } })).stdout).toMatch(/ of 100\n$/);
  });

  test('refuses targets, and a folder without any of these', async () => {
    const targets = {
      'd/test-images.npy': npy('|u1', [1, 1, 2], left),
      'd/test-targets.npy': npy('<f4', [1, 2], new Uint8Array(8)),
    };
    const common = { 'a.cnn': network, 'w.safetensors': matrix };
    expect(await cnnc(argv, { files: { ...common, ...targets } })).toMatchObject({
      code: 1,
      stderr: 'error: d: the test images have targets; accuracy is counted of images with classes\n',
    });
    expect(await cnnc(argv, { files: { ...common, 'd/cat.png': png(left) } })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /d: there are no test images, expected .*a folder `test` with a folder of pictures/,
      ),
    });
  });
});
