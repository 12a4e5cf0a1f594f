import { encode } from 'fast-png';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { writeNpy } from '../../src/data/npy.ts';
import { defaultSettings } from '../../src/data/preprocess.ts';
import { readTensors } from '../../src/data/tensor-file.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { concat, fuzz } from './shared.ts';

const text = (content: string) => new TextEncoder().encode(content);
const read = (bytes: Uint8Array, name: string, shape: readonly number[], tensor?: string) =>
  readTensors(bytes, name, shape, defaultSettings, tensor);
const zeros = (shape: readonly number[]) =>
  writeNpy({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });

test.each([
  [[1, 28, 28], [1, 28, 28], 1],
  [[28, 28], [1, 28, 28], 1],
  [[5, 28, 28], [1, 28, 28], 5],
  [[5, 1, 28, 28], [1, 28, 28], 5],
  [[3, 8, 8], [3, 8, 8], 1],
  [[2, 3, 8, 8], [3, 8, 8], 2],
  [[10], [10], 1],
  [[4, 10], [10], 4],
])('an array %j for an input %j is a batch of %i', (found, shape, count) => {
  expect(read(zeros(found), 'x.npy', shape).count).toBe(count);
});

test.each([
  [
    [28, 28, 1],
    [1, 28, 28],
    'the array is [28, 28, 1], expected [1, 28, 28] or [N, 1, 28, 28]; the channels come last in it, and they must come first',
  ],
  [[2, 8, 9, 3], [3, 8, 9], 'the channels come last in it'],
  [[3, 8, 9], [3, 8, 8], 'the array is [3, 8, 9], expected [3, 8, 8] or [N, 3, 8, 8]'],
  [[0, 3, 8, 8], [3, 8, 8], 'the array is [0, 3, 8, 8]'],
])('an array %j for an input %j is refused', (found, shape, message) => {
  expect(() => read(zeros(found), 'x.npy', shape)).toThrow(message);
});

test('a picture by its content, whatever its name', () => {
  const bytes = encode({ width: 2, height: 1, channels: 1, depth: 8, data: Uint8Array.of(0, 255) });
  expect(read(bytes, 'x.bin', [1, 1, 2])).toEqual({ data: Float32Array.of(0, 1), count: 1 });
});

test('IDX pictures are scaled like any picture', () => {
  const idx = concat([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2], [0, 255, 51, 102]);
  expect(read(idx, 't10k-images-idx3-ubyte', [1, 1, 2])).toEqual({ data: Float32Array.of(0, 1, 0.2, 0.4), count: 2 });
});

test('IDX of reals is taken as it is', () => {
  const idx = concat([0, 0, 0x0d, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2], [0xbf, 0x80, 0, 0, 0x43, 0xfa, 0, 0]);
  expect(read(idx, 'x', [1, 1, 2])).toEqual({ data: Float32Array.of(-1, 500), count: 1 });
});

test('IDX pictures that cannot be used are refused before they are decompressed or made', () => {
  const header = (...extents: readonly number[]): Uint8Array =>
    concat([0, 0, 8, extents.length], ...extents.map((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]));
  const tiny = (count: number): Uint8Array => new Uint8Array(gzipSync(header(count, 1, 1)));
  const billions = header(0xffff_ffff, 0, 0);
  expect(() => read(billions, 'x', [1, 28, 28])).toThrow(/its header says 0×0 pixels/);
  expect(() => read(tiny(100_000_000), 'x', [1, 28, 28])).toThrow(/the picture has 1×1 pixels, but the input/);
  expect(() => read(tiny(0xffff_ffff), 'x', [1, 1, 1])).toThrow(/holds 4294967295 pictures, which take .* more than/);
  expect(() => read(header(1, 60_000, 60_000), 'x', [1, 28, 28])).toThrow(/60000×60000 pixels, more than/);
});

test('CSV: a row for each image, or the rows of one image', () => {
  expect(read(text('1,2,3,4\n5,6,7,8'), 'x.csv', [1, 2, 2])).toEqual({
    data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    count: 2,
  });
  expect(read(text('1,2\n3,4'), 'x.csv', [1, 2, 2])).toEqual({ data: Float32Array.of(1, 2, 3, 4), count: 1 });
  expect(() => read(text('1,2,3'), 'x.csv', [1, 2, 2])).toThrow(/the table has 3 columns, expected 4 columns/);
});

test('JSON and safetensors', () => {
  expect(read(text('[[[1,2]]]'), 'x.json', [1, 1, 2]).data).toEqual(Float32Array.of(1, 2));
  const two = writeSafetensors(
    ['image', 'other'].map((name, i) => ({ name, shape: [1, 1, 2], data: Float32Array.of(i, i) })),
  );
  expect(read(two, 'x.safetensors', [1, 1, 2], 'other').data).toEqual(Float32Array.of(1, 1));
  expect(() => read(two, 'x.safetensors', [1, 1, 2])).toThrow('the file holds 2 tensors (image, other)');
});

test('safetensors may be called anything', () => {
  // The length of the header is the first byte: that of `<`, `[` and `{` as well.
  for (const length of [0x3c, 0x5b, 0x7b, 0x80]) {
    const header = '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.padEnd(length);
    const bytes = concat([length, 0, 0, 0, 0, 0, 0, 0], [...text(header)], [0, 0, 0, 0x40]);
    for (const name of ['-', 'x.st', 'x.bin']) expect(read(bytes, name, [1]).data).toEqual(Float32Array.of(2));
  }
});

test('unknown kinds and text that is none are refused', () => {
  expect(() => read(text('hello'), 'x.doc', [1])).toThrow('this is no file of a known kind');
  expect(() => read(Uint8Array.of(0xff, 0xfe, 0x31), 'x.csv', [1])).toThrow('not UTF-8');
  for (const name of ['x.npy', 'x.json', 'x.csv', 'x.safetensors', 'x'])
    fuzz(zeros([2, 2]), (bytes) => read(bytes, name, [1, 2, 2]), 300);
});

test('without a name, as from the standard input, the content tells the kind', () => {
  const one = { data: Float32Array.of(0.5, 2), count: 1 };
  const data = Float32Array.of(0.5, 2);
  for (const bytes of [
    text('[0.5, 2]'),
    text('0.5,2\n'),
    text('\ufeffa,b\n0.5,2'),
    writeNpy({ shape: [2], data }),
    writeSafetensors([{ name: 'a', shape: [2], data }]),
    concat([0, 0, 0x0d, 1, 0, 0, 0, 2], [0x3f, 0, 0, 0, 0x40, 0, 0, 0]),
  ])
    expect(read(bytes, '-', [2])).toEqual(one);
  for (const bytes of [text('<html>'), text(''), Uint8Array.of(0xff, 0xfe, 0x31)])
    expect(() => read(bytes, '-', [2])).toThrow('this is no file of a known kind');
  expect(() => read(text(''), 'x.png', [2])).toThrow('no file of a known kind but an empty one');
});
