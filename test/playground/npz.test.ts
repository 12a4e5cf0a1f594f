// The playground reads compressed archives of NumPy by decompression of its own, never beyond what their directory gives.

import { inflateRawSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { readWeightsFile } from '../../src/data/weights-file.ts';
import { inflateRawSync as ours } from '../../src/playground/zlib.ts';
import { zipOf } from '../data/zip-writer.ts';
import { npy } from '../support/npy.ts';

// The bundle of the playground has this file in its place.
vi.mock(import('node:zlib'), async (original) => ({
  ...(await original()),
  ...((await import('../../src/playground/zlib.ts')) as object),
}));

const values = Float32Array.from({ length: 6000 }, (_, at) => Math.fround(Math.sin(at)));
const array = npy('<f4', [60, 100], new Uint8Array(values.buffer));
const dataOf = (archive: Uint8Array): Float32Array => readWeightsFile(archive).tensors[0]!.data;

test('the page has its own decompression', () => {
  expect(inflateRawSync).toBe(ours);
});

test('arrays that are stored and compressed are the same', () => {
  const part = { name: 'weight.npy', data: array };
  expect(dataOf(zipOf([part]))).toEqual(values);
  expect(dataOf(zipOf([{ ...part, deflate: true }]))).toEqual(values);
});

test('an array that is longer than its directory says is not inflated any further', () => {
  const bomb = new Uint8Array(50_000_000);
  bomb.set(array);
  const archive = zipOf([{ name: 'weight.npy', data: bomb, deflate: true, directory: { sizeBytes: array.length } }]);
  // The size in front of the data says the same lie.
  new DataView(archive.buffer, archive.byteOffset).setUint32(22, array.length, true);
  expect(() => dataOf(archive)).toThrow(`has more than the ${array.length} bytes that its directory gives`);
});

test('damaged data are refused', () => {
  const archive = zipOf([{ name: 'weight.npy', data: array, deflate: true }]);
  archive[Math.floor(archive.length / 2)]! ^= 1;
  expect(() => dataOf(archive)).toThrow(/^(weight\.npy: )?damaged zip archive: /);
});
