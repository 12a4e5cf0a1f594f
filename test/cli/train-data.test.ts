// Data and networks that no training can begin with: `cnnc train` says why in one sentence, before the first step.

import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { npy } from '../support/npy.ts';
import { cnnc } from './harness.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

const network = (input: string, body: string, settings = 'batch: 4'): string =>
  `network Net {\n  input x: ${input}\n  ${body}\n}\ntrain Net { optimizer: adam  epochs: 2  ${settings} }\n`;
const dense = network('[1, 2, 2] { scale: 1/255 }', 'flatten\n dense(2)');

const idx = (shape: readonly number[], data: readonly number[]): Uint8Array =>
  Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((extent) => [0, 0, extent >> 8, extent & 255]), ...data);
const pixels = (count: number): number[] => Array.from({ length: 4 * count }, (_, i) => i % 256);
const mnist = (images: Uint8Array, labels: Uint8Array): Files => ({
  'd/train-images-idx3-ubyte': images,
  'd/train-labels-idx1-ubyte': labels,
});
const six = idx([6, 2, 2], pixels(6));
const twoClasses = idx([6], [0, 1, 0, 1, 0, 1]);
const good = mnist(six, twoClasses);

const png = (width: number, height: number, first = 0): Uint8Array =>
  encode({
    width,
    height,
    channels: 1,
    data: Uint8Array.from({ length: width * height }, (_, i) => (first + 16 * i) % 256),
  });
const floats = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

const train = (text: string, files: Files, ...more: readonly string[]) =>
  cnnc(['train', 'a.cnn', '--data', 'd', '--target', 'js', '--out', 'w.safetensors', ...more], {
    files: { 'a.cnn': text, ...files },
  });

test('the data of these tests are good where nothing is changed', async () => {
  expect(await train(dense, good)).toMatchObject({ code: 0 });
});

describe('pictures of several sizes', () => {
  const mixed: Files = {
    'd/train/ant/1.png': png(4, 4),
    'd/train/ant/2.png': png(6, 3),
    'd/train/bee/1.png': png(2, 5, 100),
    'd/train/bee/2.png': png(8, 8, 50),
  };

  test('become the input as its settings say, and as `run` does it', async () => {
    const text = network('[1, 4, 4] { scale: 1/255  resize: 4x4  fit: cover }', 'flatten\n dense(2)', 'batch: 2');
    expect(await train(text, mixed)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('w.safetensors is written'),
    });
    // Fitted once, they are the data set that pictures of the input's size make.
    const shorter = network('[1, 4, 4] { scale: 1/255  resize: 6  crop: 4x4 }', 'flatten\n dense(2)');
    const trained = await train(shorter, { ...mixed, 'd/test/ant/1.png': png(4, 4), 'd/test/bee/1.png': png(9, 5) });
    expect(trained).toMatchObject({ code: 0 });
    const { tensors } = readSafetensors(trained.files.get('/project/w.safetensors')!);
    expect(tensors.every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });

  test('are refused with the path of one where the input does not say how', async () => {
    const text = network('[1, 4, 4] { scale: 1/255 }', 'flatten\n dense(2)');
    expect(await train(text, mixed)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'd/train/ant/2.png: the picture has 3×6 pixels, but the input is [1, 4, 4]; resize: 4x4 fits any picture',
      ),
    });
  });
});

describe('refused', () => {
  const npyPair = (images: readonly number[], labels = [0, 1]): Files => ({
    'd/train-images.npy': npy('<f4', [2, 2, 2], floats(images)),
    'd/train-labels.npy': npy('|u1', [2], labels),
  });
  test.each<[string, string, Files, string]>([
    [
      'a picture that cannot be read',
      dense,
      { 'd/train/a/1.png': png(2, 2), 'd/train/a/2.png': png(2, 2).subarray(0, 50), 'd/train/b/1.png': png(2, 2) },
      'd/train/a/2.png: ',
    ],
    [
      'a text with the name of a picture',
      dense,
      { 'd/train/a/1.jpg': 'hello', 'd/train/b/1.png': png(2, 2) },
      'd/train/a/1.jpg: not a picture that can be read',
    ],
    [
      'an empty class',
      dense,
      { 'd/train/a/1.png': png(2, 2), 'd/train/b/notes.txt': '' },
      'class 1 (d/train/b) has no picture, neither PNG nor JPEG',
    ],
    [
      'a class between others without a picture',
      dense,
      mnist(six, idx([6], [0, 2, 0, 2, 0, 2])),
      'd: class 1 has no picture; there are 3 classes, counted from 0',
    ],
    ['pictures cut short', dense, mnist(six.subarray(0, 30), twoClasses), 'd: '],
    ['labels cut short', dense, mnist(six, twoClasses.subarray(0, 10)), 'd: '],
    [
      'fewer labels than pictures',
      dense,
      mnist(six, idx([5], [0, 1, 0, 1, 0])),
      'd: there are 6 pictures but 5 labels',
    ],
    [
      'a batch of CIFAR cut short',
      dense,
      { 'd/train.bin': new Uint8Array(3074 * 2 - 1), 'd/test.bin': new Uint8Array(3074) },
      'd: damaged CIFAR-100 batch 1: it has 6147 bytes',
    ],
    ['pixels that are no numbers', dense, npyPair([0, 1, NaN, 0, 0, 0, 0, 0]), 'd: train images: pixel 2 is NaN'],
    [
      'npy without labels',
      dense,
      { 'd/train-images.npy': npyPair([0, 0, 0, 0, 0, 0, 0, 0])['d/train-images.npy']! },
      'there is train-images.npy, but neither train-labels.npy, a class for each image, nor train-targets.npy',
    ],
    [
      'labels beyond the classes',
      dense,
      mnist(six, idx([6], [0, 1, 2, 0, 1, 2])),
      'the labels go up to 2, but output has 2 classes, counted from 0: train image 2 is of class 2; give the last layer 3 classes',
    ],
    [
      'more folders than classes',
      dense,
      { 'd/train/ant/1.png': png(2, 2), 'd/train/bee/1.png': png(2, 2), 'd/train/cat/1.png': png(2, 2) },
      'train image 2 is of class 2, cat; give the last layer 3 classes, or leave such images out',
    ],
    [
      'images of another size',
      network('[1, 3, 3]', 'flatten\n dense(2)'),
      good,
      'the picture has 2×2 pixels, but the input is [1, 3, 3]; resize: 3x3',
    ],
    [
      'an input that no picture makes',
      network('[4]', 'dense(2)'),
      good,
      'the input is [4], but a picture makes [1, height, width]',
    ],
    [
      'two inputs',
      `network Net { input x: [1, 2, 2]\n input z: [1, 2, 2]\n add(x, z) -> flatten -> dense(2) }\ntrain Net { optimizer: adam }`,
      good,
      'Net has 2 inputs, and a picture is given to one; expected train-inputs.npz or train-inputs.safetensors with',
    ],
    ['no weights', network('[1, 2, 2]', 'flatten'), good, 'Net has no weights to train'],
    [
      'scores of pixels, but labels of images',
      network('[1, 2, 2]', 'conv(2, kernel: 1)'),
      good,
      'in train-targets.npy; the data set has one label for an image',
    ],
    [
      'one score',
      network('[1, 2, 2]', 'flatten\n dense(1)'),
      good,
      'output gives one score; cross_entropy takes one for each class',
    ],
    [
      'a loss that does not fit',
      network('[1, 2, 2]', 'conv(3, kernel: 1)', 'loss: mean_squared_error'),
      good,
      'Net gives [3, 2, 2]; mean_squared_error of labelled images takes',
    ],
    [
      'a batch larger than the data, of which the rest is dropped',
      network('[1, 2, 2]', 'flatten\n dense(2)', 'batch: 7  last: drop'),
      good,
      '6 images do not fill a batch of 7; make it smaller',
    ],
    [
      'a crop that does not fit',
      network('[1, 2, 2]', 'flatten\n dense(2)', 'augment: random_crop(5)'),
      good,
      'random_crop: 5×5 does not fit into images of 2×2 pixels',
    ],
  ])('%s', async (_, text, files, message) => {
    const { code, stdout, stderr, files: after } = await train(text, files);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    // One sentence, and nothing was learnt.
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .filter((line) => !/^\s|^$/.test(line)),
    ).toHaveLength(1);
    expect(stderr).not.toMatch(/\d images\/s/);
    expect([...after.keys()].filter((path) => path.includes('safetensors'))).toEqual([]);
  });

  test('a batch of none', async () => {
    expect(await train(dense, good, '--batch', '0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--batch takes a whole number from 1 to 1000000; found 0'),
    });
    const section = await train(network('[1, 2, 2]', 'flatten\n dense(2)').replace('batch: 4', 'batch: 0'), good);
    expect(section).toMatchObject({ code: 1, stdout: '' });
    expect(section.stderr).toContain('batch');
  });
});
