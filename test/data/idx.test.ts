import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { findDataset, pictureAt, readDataset } from '../../src/data/dataset.ts';
import { readIdx, readIdxBytes } from '../../src/data/idx.ts';
import { concat, data, fuzz, hasData, truncate } from './shared.ts';

const small = concat([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3], [1, 2, 3, 4, 5, 6]);

test('bytes, big-endian extents', () => {
  expect(readIdx(small)).toEqual({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  expect(readIdx(new Uint8Array(gzipSync(small)))).toEqual(readIdx(small));
  expect(readIdx(concat([0, 0, 0x0b, 1, 0, 0, 0, 2], [0xff, 0xfe, 0x01, 0x00])).data).toEqual(Float32Array.of(-2, 256));
  expect(readIdx(concat([0, 0, 0x0d, 1, 0, 0, 0, 1], [0xc0, 0x20, 0, 0])).data).toEqual(Float32Array.of(-2.5));
});

test('refused', () => {
  const cases: [Uint8Array, RegExp][] = [
    [concat('PK\x03\x04'), /starts with 50 4b 03 04, expected 00 00/],
    [concat([1], small.subarray(1)), /starts with 01 00 08 02, expected 00 00/],
    [concat([0, 1], small.subarray(2)), /starts with 00 01 08 02, expected 00 00/],
    [concat([0, 0]), /it has 2 bytes/],
    [concat([0, 0, 8, 3, 0, 0, 0, 1]), /3 dimensions need 16 bytes, but it has 8/],
    [concat([0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255]), /but it has 0/],
    [concat(small, [7]), /\[2, 3\] of u1 needs 6 bytes of data, but it has 7/],
    [concat([0, 0, 8, 255], new Uint8Array(1020).fill(255)), /255 dimensions of u1/],
  ];
  for (const [bytes, message] of cases) expect(() => readIdx(bytes)).toThrow(message);
  expect(() => readIdxBytes(concat([0, 0, 0x0d, 1, 0, 0, 0, 1], [0, 0, 0, 0]))).toThrow(/type f4; unsigned bytes/);
});

test('a compression bomb is stopped by what its header claims, and at the limit', () => {
  const zeros = new Uint8Array(1 << 24);
  const bomb = (header: readonly number[]): Uint8Array => new Uint8Array(gzipSync(concat(header, zeros)));
  expect(() => readIdx(bomb([0, 0, 8, 1, 1, 0, 0, 0]), 1 << 20)).toThrow(
    /holds 16777224 bytes, \[16777216\] of u1, more than the 1048576/,
  );
  expect(() => readIdx(bomb([0, 0, 8, 1, 0, 0, 0, 6]))).toThrow(/holds more than the 14 bytes that its header needs/);
  expect(() => readIdx(bomb([]))).toThrow(/not an IDX file: it starts with 00 00 00 00/);
  expect(readIdx(bomb([0, 0, 8, 1, 1, 0, 0, 0])).shape).toEqual([1 << 24]);
});

test('cut or damaged anywhere', () => {
  truncate(small, readIdx);
  const zipped = new Uint8Array(gzipSync(small));
  truncate(zipped, readIdx);
  fuzz(small, readIdx, 2000);
  fuzz(zipped, (bytes) => readIdx(bytes, 1 << 20), 2000);
});

test('the pair of a split', () => {
  const mnist = [
    't10k-images-idx3-ubyte.gz',
    't10k-labels-idx1-ubyte.gz',
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
  ];
  expect(findDataset(mnist, 'test')).toEqual({ images: mnist[0], labels: mnist[1] });
  expect(findDataset(mnist, 'train')).toEqual({ images: mnist[2], labels: mnist[3] });
  expect(findDataset(['t10k-images.idx3-ubyte', 't10k-labels.idx1-ubyte'], 'test').images).toBe(
    't10k-images.idx3-ubyte',
  );
  expect(() => findDataset(mnist.slice(0, 3), 'train')).toThrow(
    /no file of train labels, expected train-labels-idx1-ubyte/,
  );
});

test.skipIf(!hasData)('Fashion-MNIST: 10,000 pictures, 1,000 of each class', () => {
  const folder = 'fashion-mnist/';
  const files = findDataset(['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'], 'test');
  const set = readDataset(data(folder + files.images), data(folder + files.labels));
  expect([set.count, set.height, set.width]).toEqual([10_000, 28, 28]);
  const counts = Array.from({ length: 10 }, (_, label) => set.labels.filter((other) => other === label).length);
  expect(counts).toEqual(Array(10).fill(1000));
  const raw = gunzipSync(data(folder + files.images));
  expect(pictureAt(set, 9999).data).toEqual(new Uint8Array(raw.subarray(raw.length - 784)));
  expect(() => readDataset(data(folder + files.images), concat([0, 0, 8, 1, 0, 0, 0, 1, 5]))).toThrow(
    'there are 10000 pictures but 1 labels',
  );
});
