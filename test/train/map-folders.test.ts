// Pictures in one folder and the classes of their pixels in another, as numbers of a grey PNG or of a palette.

import { describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { cnnc } from '../cli/harness.ts';
import { npy } from '../support/npy.ts';
import { png } from '../support/png.ts';
import { numbersFrom } from '../support/step.ts';

const [height, width, count] = [4, 6, 8];
const pixels = height * width;
const next = numbersFrom(5);
const bytes = Uint8Array.from({ length: count * pixels }, () => 128 * (next() + 1) * 0.99);
const classes = bytes.map((value) => (value > 200 ? 2 : Number(value > 127)));
const rows = (from: ArrayLike<number>, at: number, perLine: number): number[][] =>
  Array.from({ length: (height * width) / perLine }, (_, y) => {
    return Array.from({ length: perLine }, (__, x) => from[at * pixels + y * perLine + x]!);
  });

const grey = (from: Uint8Array, at: number): Buffer =>
  png(
    width,
    height,
    8,
    0,
    rows(from, at, width).flatMap((row) => [0, ...row]),
  );
/** Two bits for each pixel, which is the index of a colour. */
const indexed = (at: number): Buffer => {
  const lines = rows(classes, at, width).flatMap((row) => [
    0,
    ...[0, 4].map((x) => [0, 1, 2, 3].reduce((byte, i) => byte | ((row[x + i] ?? 0) << (6 - 2 * i)), 0)),
  ]);
  return png(width, height, 2, 3, lines, [0, 0, 0, 128, 0, 0, 0, 128, 0]);
};
/** Every pixel as a square of `by` pixels. */
const enlarged = (from: Uint8Array, at: number, by: number): Buffer => {
  const lines = rows(from, at, width).flatMap((row) => {
    const wide = row.flatMap((value) => Array<number>(by).fill(value));
    return Array.from({ length: by }, () => [0, ...wide]).flat();
  });
  return png(width * by, height * by, 8, 0, lines);
};

const text = (settings = '', train = ''): string => `network Net {
  input image: [1, 4, 6] { scale: 1/255 ${settings} }
  conv(4, kernel: 1) -> relu
  scores = conv(3, kernel: 1)
  output scores
}
train Net { optimizer: adam(learning_rate: 0.05)  batch: 4  epochs: 3  ${train} }
`;
type Files = Readonly<Record<string, string | Uint8Array>>;
const each = (make: (at: number) => Files): Files => Object.assign({}, ...[...Array(count).keys()].map(make));
const arrays: Files = {
  'd/train-images.npy': npy('|u1', [count, height, width], bytes),
  'd/train-targets.npy': npy('|u1', [count, height, width], classes),
};
const folders = each((at) => ({
  [`d/train-images/${at}.png`]: grey(bytes, at),
  [`d/train-targets/${at}.png`]: at % 2 ? indexed(at) : grey(classes, at),
}));

async function trained(files: Files, settings?: string, section?: string) {
  const argv = ['train', 'net.cnn', '--data', 'd', '--target', 'js', '--out', 'w.safetensors'];
  const {
    code,
    stdout,
    stderr,
    files: written,
  } = await cnnc(argv, {
    files: { 'net.cnn': text(settings, section), ...files },
  });
  return { code, stdout, stderr, weights: written.get('/project/w.safetensors') };
}

test('they are the data set that arrays of the same numbers are', async () => {
  const [expected, found] = [await trained(arrays), await trained(folders)];
  expect(expected.code).toBe(0);
  expect(found.weights).toEqual(expected.weights);
  const moved = 'augment: random_flip -> random_crop(4x6, padding: 1)';
  expect((await trained(folders, '', moved)).weights).toEqual((await trained(arrays, '', moved)).weights);
});

test('pictures of several sizes become the input, and their classes with them, unmixed', async () => {
  const several = each((at) => ({
    [`d/train-images/${at}.png`]: at === 3 ? grey(bytes, at) : enlarged(bytes, at, 1 + (at % 3)),
    [`d/train-targets/${at}.png`]: at === 3 ? indexed(at) : enlarged(classes, at, 1 + (at % 3)),
  }));
  // Of squares of the same number, nearest pixels give that number.
  const found = await trained(several, 'resize: 4x6  filter: nearest');
  expect(found).toMatchObject({ code: 0 });
  expect(found.weights).toEqual((await trained(arrays)).weights);
});

test('where pictures are mixed, classes are not', async () => {
  // Halves of 0 and 2, whose mixture is 1, and a network that says 1 of every pixel.
  const halves = png(8, 6, 8, 0, Array.from({ length: 6 }, () => [0, 0, 0, 0, 0, 0, 2, 2, 2]).flat());
  const one = { 'd/test-images/a.png': halves, 'd/test-targets/a.png': halves };
  const net = `network One {\n  input x: [1, 4, 5] { resize: 4x5  filter: bilinear }\n  scores = conv(3, kernel: 1)\n  output scores\n}\n`;
  const weights = writeSafetensors([
    { name: 'scores.weight', shape: [3, 1, 1, 1], data: new Float32Array(3) },
    { name: 'scores.bias', shape: [3], data: Float32Array.of(0, 1, 0) },
  ]);
  const argv = ['eval', 'net.cnn', '--weights', 'w.safetensors', '--data', 'd'];
  const { stdout } = await cnnc(argv, { files: { 'net.cnn': net, 'w.safetensors': weights, ...one } });
  expect(stdout).toBe('accuracy 0.0%  0 of 20 pixels  mean IoU 0.000\n');
});

test('what comes in beside a picture does not count', async () => {
  const square = png(4, 4, 8, 0, Array.from({ length: 4 }, () => [0, 1, 1, 1, 1]).flat());
  const net = `network One {\n  input x: [1, 4, 8] { resize: 4x8  fit: contain }\n  scores = conv(2, kernel: 1)\n  output scores\n}\ntrain One { optimizer: adam  loss: cross_entropy(ignore: 255) }\n`;
  const weights = writeSafetensors([
    { name: 'scores.weight', shape: [2, 1, 1, 1], data: new Float32Array(2) },
    { name: 'scores.bias', shape: [2], data: Float32Array.of(0, 1) },
  ]);
  const argv = ['eval', 'net.cnn', '--weights', 'w.safetensors', '--data', 'd'];
  const files = { 'w.safetensors': weights, 'd/test-images/a.png': square, 'd/test-targets/a.png': square };
  const said = async (text: string) => (await cnnc(argv, { files: { 'net.cnn': text, ...files } })).stdout;
  expect(await said(net)).toBe('accuracy 100.0%  16 of 16 pixels  mean IoU 1.000\n');
  // Nor where its class is no byte, or is that of a picture's pixels.
  for (const outside of ['-1', '256', '65535'])
    expect(await said(net.replace('255', outside))).toBe('accuracy 100.0%  16 of 16 pixels  mean IoU 1.000\n');
  expect(await said(net.replace('255', '0'))).toBe('accuracy 100.0%  16 of 16 pixels  mean IoU 1.000\n');
  expect(await said(net.replace('(ignore: 255)', ''))).toBe('accuracy 50.0%  16 of 32 pixels  mean IoU 0.250\n');
});

test('eval counts them, and they calibrate', async () => {
  const asTest = Object.fromEntries(
    Object.entries(folders).map(([name, data]) => [name.replace('train', 'test'), data]),
  );
  const files = { 'net.cnn': text(), ...asTest };
  const argv = ['eval', 'net.cnn', '--weights', 'random:1', '--data', 'd', '--json'];
  const { stdout } = await cnnc(argv, { files });
  const inArrays = {
    'net.cnn': text(),
    'd/test-images.npy': arrays['d/train-images.npy']!,
    'd/test-targets.npy': arrays['d/train-targets.npy']!,
  };
  expect(JSON.parse(stdout)).toMatchObject({ total: count * pixels });
  expect(stdout).toBe((await cnnc(argv, { files: inArrays })).stdout);
  const quantized = await cnnc([...argv, '--quantize', '--calibrate', 'd'], { files });
  const { correct, accuracy, meanIou } = JSON.parse(stdout);
  expect(JSON.parse(quantized.stdout)).toMatchObject({ total: count * pixels, f32: { correct, accuracy, meanIou } });
});

describe('refused', () => {
  const without = (name: string): Files => Object.fromEntries(Object.entries(folders).filter(([key]) => key !== name));
  test.each<[string, Files, string, settings?: string, section?: string]>([
    [
      'a picture without classes',
      without('d/train-targets/5.png'),
      'd/train-images/5.png has no map of classes, 5.png',
    ],
    ['classes without a picture', without('d/train-images/5.png'), 'd/train-targets/5.png is the map of no picture'],
    [
      'classes of other pixels',
      { ...folders, 'd/train-targets/2.png': enlarged(classes, 2, 2) },
      'd/train-targets/2.png has 8×12 pixels, but d/train-images/2.png 4×6; each pixel needs its class',
    ],
    [
      'classes in colours',
      { ...folders, 'd/train-targets/2.png': png(6, 4, 8, 2, Array<number>(4 * 19).fill(0)) },
      'd/train-targets/2.png: its pixels have colours; expected a grey PNG, or one with a palette, whose numbers are classes',
    ],
    [
      'classes of 16 bits',
      { ...folders, 'd/train-targets/2.png': png(6, 4, 16, 0, Array<number>(4 * 13).fill(0)) },
      'd/train-targets/2.png: its pixels have 16 bits; expected up to 8, whose numbers are classes',
    ],
    [
      'a class that there is not',
      {
        ...folders,
        'd/train-targets/0.png': grey(
          classes.map(() => 255),
          0,
        ),
      },
      'train image 0 has 255 as the class of a pixel (row 0, column 0), but scores has 3 classes, counted from 0',
    ],
    [
      'no number left for what comes in beside a picture',
      Object.fromEntries(
        ['images', 'targets'].map((kind) => [
          `d/train-${kind}/a.png`,
          png(
            16,
            16,
            8,
            0,
            [...Array(16).keys()].flatMap((y) => [0, ...[...Array(16).keys()].map((x) => 16 * y + x)]),
          ),
        ]),
      ),
      'd/train-targets/a.png: its pixels have all 256 numbers, and what comes in beside them is of class -1',
      'resize: 4x6  fit: contain',
      'loss: cross_entropy(ignore: -1)',
    ],
    ['no classes at all', { 'd/train-images/0.png': grey(bytes, 0) }, 'd/train-images/0.png has no map of classes'],
    ['nothing', { 'd/train-images/notes.txt': 'none' }, 'there is no picture, neither PNG nor JPEG'],
    [
      'pictures that do not become the input',
      { 'd/train-images/0.png': enlarged(bytes, 0, 2), 'd/train-targets/0.png': enlarged(classes, 0, 2) },
      'd/train-images/0.png: the picture has 8×12 pixels, but the input is [1, 4, 6]; resize: 4x6 fits any picture',
    ],
  ])('%s', async (_, files, message, settings, section) => {
    const { code, stderr } = await trained(files, settings, section);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
  });
});
