// `run --save`: which files, and which pixels the numbers of an output become. Bytes are those of the formulas in docs/data.md.

import { decode, encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { readPng } from '../../src/data/png.ts';
import { cnnc } from './harness.ts';
import type { Outcome } from './harness.ts';

const bytes = (pixels: number, channels: number): Uint8Array =>
  Uint8Array.from({ length: pixels * channels }, (_, at) => (at * 37 + 11) % 256);
const png = (width: number, height: number, channels: number): Uint8Array =>
  encode({ width, height, channels, depth: 8, data: bytes(width * height, channels) });

const files = {
  'x.png': png(4, 3, 3),
  'grey.png': png(4, 3, 1),
  'numbers.json': JSON.stringify([[[-2, -1, 0, 0.5, 1, 300]]]),
  'noise.json': '[-0.5, 0.25, 2]',
};

async function run(source: string, input: string, ...options: readonly string[]): Promise<Outcome> {
  const all = ['run', 'a.cnn', '--weights', 'random:1', '--input', input, ...options];
  return cnnc(all, { files: { ...files, 'a.cnn': source } });
}

function pixels({ files: written, code, stderr }: Outcome, name: string): readonly number[] {
  expect({ code, stderr, has: written.has(`/project/${name}`) }).toMatchObject({ code: 0, has: true });
  return [...decode(written.get(`/project/${name}`)!).data];
}

describe('numbers become pixels', () => {
  test.each([
    ['', 3],
    ['{ mean: [0.485, 0.456, 0.406]  std: [0.229, 0.224, 0.225] }', 3],
    ['{ scale: 1  mean: [104, 117, 123]  colors: bgr }', 3],
    ['{ scale: 1/127.5  mean: [1] }', 1],
  ])('as pixels became numbers of an input with the settings %s', async (settings, channels) => {
    const source = `network A { input x: [${channels}, 3, 4] ${settings}  y = identity  output y }`;
    const outcome = await run(source, channels === 3 ? 'x.png' : 'grey.png', '--save', 'out.png');
    expect(pixels(outcome, 'out.png')).toEqual([...bytes(12, channels)]);
    expect(outcome).toMatchObject({ stdout: 'out.png\n', stderr: '' });
  });

  test('as the options say it of the input', async () => {
    const source = 'network A { input x: [3, 3, 4]  y = identity  output y }';
    const outcome = await run(source, 'x.png', '--save', 'out.PNG', '--preset', 'caffe', '--resize', '3x4');
    expect(pixels(outcome, 'out.PNG')).toEqual([...bytes(12, 3)]);
  });

  test.each([
    ['sigmoid', (x: number) => 255 / (1 + Math.exp(-x))],
    ['tanh', (x: number) => 127.5 * (Math.tanh(x) + 1)],
    ['clip(min: -1, max: 3)', (x: number) => ((Math.min(3, Math.max(-1, x)) + 1) / 4) * 255],
  ])('between the bounds of a last step %s', async (step, byte) => {
    const source = `network A { input x: [1, 1, 6] { mean: [0.5]  std: [0.2] }  y = ${step}  output y }`;
    const outcome = await run(source, 'numbers.json', '--save', 'out.png');
    expect(pixels(outcome, 'out.png')).toEqual([-2, -1, 0, 0.5, 1, 300].map((x) => Math.round(byte(x))));
    expect(outcome.stderr).toBe('');
    // Where the other steps become whole numbers, what the output means stays.
    const quantized = await run(
      source,
      'numbers.json',
      '--save',
      'out.png',
      '--quantize',
      '--calibrate',
      'numbers.json',
    );
    expect(quantized).toMatchObject({ code: 0, stderr: expect.not.stringContaining('clipped') });
  });

  test('between bounds in the colours of the input, or of the options where no input is a picture', async () => {
    const source = `network A { input x: [3, 3, 4] { colors: bgr }  y = clip(min: 0, max: 1)  output y }`;
    expect(pixels(await run(source, 'x.png', '--save', 'out.png'), 'out.png')).toEqual([...bytes(12, 3)]);
    const generator =
      'network G { input z: [3]  reshape([3, 1, 1])  resize(factor: 2)  y = clip(min: 0, max: 1)  output y }';
    const given = await run(generator, 'noise.json', '--save', 'out.png', '--colors', 'bgr');
    expect(pixels(given, 'out.png').slice(0, 3)).toEqual([255, 64, 0]);
  });

  test.each([
    [['--mean', '1,2'], 'mean has 2 numbers, but the output [1, 1, 3] has 1 channel'],
    [['--std', '0'], 'std is 0'],
    [['--scale', '0'], 'scale is 0, so all pixels become the same numbers'],
  ])('%s is refused, which has no pixels', async (options, said) => {
    const source = 'network G { input z: [3]  y = reshape([1, 1, 3])  output y }';
    const outcome = await run(source, 'noise.json', '--save', 'o.png', ...options);
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(said) });
    expect(outcome.files.has('/project/o.png')).toBe(false);
  });

  test('the probabilities of logits, where the loss takes them for these', async () => {
    const source = `network A { input x: [1, 1, 6]  y = identity  output y }
train A { loss: binary_cross_entropy  optimizer: sgd(learning_rate: 0.1) }`;
    const outcome = await run(source, 'numbers.json', '--save', 'out.png');
    expect(pixels(outcome, 'out.png')).toEqual(
      [-2, -1, 0, 0.5, 1, 300].map((x) => Math.round(255 / (1 + Math.exp(-x)))),
    );
  });

  test('what is beyond black and white is clipped, and how much is said', async () => {
    const outcome = await run(
      'network A { input x: [1, 1, 6]  y = identity  output y }',
      'numbers.json',
      '--save',
      'o.png',
    );
    expect(pixels(outcome, 'o.png')).toEqual([0, 0, 0, 128, 255, 255]);
    expect(outcome.stderr).toBe(
      'note: o.png: 3 of 6 numbers are darker than black or brighter than white, and clipped; numbers become pixels as those of the input x came from pixels\n',
    );
  });

  test('NaN is black, and said', async () => {
    const outcome = await run('network A { input x: [1, 1, 6]  y = log  output y }', 'numbers.json', '--save', 'o.png');
    expect(pixels(outcome, 'o.png').slice(0, 2)).toEqual([0, 0]);
    expect(outcome.stderr).toContain('note: o.png: 2 of 6 numbers are NaN, and drawn black\n');
  });

  test('of a network without pictures, 0 is black and 1 white, unless the options say otherwise', async () => {
    const source = 'network G { input z: [3]  y = reshape([1, 1, 3])  output y }';
    const plain = await run(source, 'noise.json', '--save', 'o.png');
    expect(pixels(plain, 'o.png')).toEqual([0, 64, 255]);
    expect(plain.stderr).toContain('0 is black and 1 is white; --preset "[-1,1]" takes other numbers for these');
    expect(pixels(await run(source, 'noise.json', '--save', 'o.png', '--preset', '[-1,2]'), 'o.png')).toEqual([
      43, 106, 255,
    ]);
  });
});

describe('scores of classes at each pixel', () => {
  const scores = [[[1, 5, 0, 2]], [[2, 5, 0, 1]], [[3, 0, 1, 0]], [[0, 6, 0.5, 0]]];
  const logs = [[[-1, 1, 2, 1]], [[1, 2, 1, 1]], [[1, 1, 1, 1]], [[9, 1, 1, 1]]];
  const world = {
    'nan.json': JSON.stringify(logs),
    's.json': JSON.stringify(scores),
    'three.json': JSON.stringify(scores.slice(0, 3)),
  };
  const save = (source: string, input: string): Promise<Outcome> =>
    cnnc(['run', 'a.cnn', '--input', input, '--save', 'mask.png'], { files: { ...world, 'a.cnn': source } });

  test('are a mask of the likeliest, in the colours of Pascal VOC, as data sets have them', async () => {
    const outcome = await save('network S { input x: [4, 1, 4]  y = identity  output y }', 's.json');
    expect(pixels(outcome, 'mask.png')).toEqual([2, 3, 2, 0]);
    const mask = outcome.files.get('/project/mask.png')!;
    expect([...readPng(mask, 'numbers').data]).toEqual([2, 3, 2, 0]);
    expect(decode(mask).palette).toEqual([
      [0, 0, 0],
      [128, 0, 0],
      [0, 128, 0],
      [128, 128, 0],
    ]);
  });

  test('of a pixel with NaN are drawn as class 0, and that is said', async () => {
    const outcome = await save('network S { input x: [4, 1, 4]  y = log  output y }', 'nan.json');
    expect(pixels(outcome, 'mask.png')).toEqual([0, 1, 0, 0]);
    expect(outcome.stderr).toBe('note: mask.png: 1 of 4 pixels have scores that are NaN, and are drawn as class 0\n');
  });

  test('of three classes are a mask where the network says that they are classes, and colours where not', async () => {
    const source = 'network S { input x: [3, 1, 4]  y = identity  output y }';
    const known = await save(`${source} train S { optimizer: sgd(learning_rate: 0.1) }`, 'three.json');
    expect(pixels(known, 'mask.png')).toEqual([2, 0, 2, 0]);
    const unknown = await save(source, 'three.json');
    expect(decode(unknown.files.get('/project/mask.png')!).channels).toBe(3);
  });
});

test('names of classes make no classes of the colours of another output', async () => {
  const source = 'network A { input x: [3, 3, 4]  y = identity  flatten  c = dense(5)  output y, c }';
  const outcome = await cnnc(
    ['run', 'a.cnn', '--weights', 'random:1', '--input', 'x.png', '--labels', 'five.txt', '--save', 'o.png'],
    { files: { ...files, 'a.cnn': source, 'five.txt': 'a\nb\nc\nd\ne\n' } },
  );
  expect(pixels(outcome, 'o.png')).toEqual([...bytes(12, 3)]);
  expect(outcome.stdout).toContain('(probabilities: softmax applied)');
});

describe('files', () => {
  const two = `network A { input x: [3, 3, 4]  a = identity
  b = relu
  c = global_avg_pool
  output a  output b  output c }`;

  test('of several outputs have their names, and those that are no pictures are printed', async () => {
    const outcome = await run(two, 'x.png', '--save', 'p/out.png');
    expect(outcome.stdout).toMatch(/^c {2}3×1×1\n(.*\n)+p\/out-a.png\np\/out-b.png\n$/);
    expect(pixels(outcome, 'p/out-b.png')).toEqual([...bytes(12, 3)]);
    const json = JSON.parse((await run(two, 'x.png', '--save', 'out.png', '--json')).stdout) as {
      readonly files: readonly string[];
      readonly images: readonly { readonly outputs: readonly { readonly values?: unknown }[] }[];
    };
    expect(json.files).toEqual(['out-a.png', 'out-b.png']);
    expect(json.images[0]!.outputs.map(({ values }) => values !== undefined)).toEqual([false, false, true]);
  });

  test('of several images are numbered, and taps are feature maps beside them', async () => {
    const source = 'network A { input x: [1, 1, 2]  h = relu  y = identity  output y }';
    const outcome = await cnnc(['run', 'a.cnn', '--input', 'x.json', '--tap', 'h', '--save', 'out.png'], {
      files: { 'a.cnn': source, 'x.json': '[[[[0, 1]]], [[[1, 0]]]]' },
    });
    expect(outcome.stdout).toContain('out-1.png\nout-2.png\nout-h-1.png\nout-h-2.png\n');
    expect(pixels(outcome, 'out-2.png')).toEqual([255, 0]);
  });

  test('FILE.npy is one array', async () => {
    const outcome = await run(
      'network A { input x: [1, 1, 6]  y = identity  output y }',
      'numbers.json',
      '--save',
      'o.npy',
    );
    expect(outcome.stdout).toBe('o.npy\n');
    expect(new TextDecoder('latin1').decode(outcome.files.get('/project/o.npy'))).toContain("'shape': (1, 1, 6)");
  });

  test.each([
    [
      'x.png',
      'network A { input x: [3, 3, 4]  global_avg_pool  y = flatten  output y }',
      1,
      'error: --save x.png: no output of A is a picture; found y [3]; a picture is [1, height, width] or [3, height, width], or has scores of up to 256 classes at each pixel, [classes, height, width]; --save FOLDER or FILE.npy writes any numbers\n',
    ],
    ['', two, 2, 'error: --save writes files; found an empty path'],
    ['-', two, 2, 'error: --save writes files; found -; give FILE.png'],
    ['x.jpeg', two, 2, 'error: --save writes pictures as PNG; found x.jpeg; name it x.png\n'],
    ['x.svg', two, 2, 'error: --save writes pictures as PNG; found x.svg; name it x.png\n'],
    ['y.csv', two, 2, 'error: --save writes numbers as .npy; found y.csv; name it y.npy\n'],
    [
      'x.png',
      'network A { input x: [3, 3, 4]  y = conv(5, kernel: 1)  output y }  train A { loss: mean_squared_error  optimizer: sgd(learning_rate: 0.1) }',
      1,
      'no output of A is a picture; found y [5, 3, 4]',
    ],
  ])('%s is refused before anything runs (%#)', async (path, source, code, said) => {
    const outcome = await run(source, 'x.png', '--save', path);
    expect(outcome).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(said) });
  });
});
