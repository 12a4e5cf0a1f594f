// Files of weights that PyTorch and NumPy wrote (test/fixtures/weights/generate.py), compared with them bit for bit.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readWeightsFile } from '../../src/data/weights-file.ts';
import { concat, fuzz, truncate } from './shared.ts';
import { zipOf } from './zip-writer.ts';
import { openZip } from '../../src/data/zip.ts';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/weights/${name}`, import.meta.url)));

interface Expected {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of each element as f32. */
  readonly bits: readonly number[];
}
const expected = JSON.parse(new TextDecoder().decode(fixture('expected.json'))) as Readonly<Record<string, Expected[]>>;

const contents = (bytes: Uint8Array): readonly Expected[] =>
  readWeightsFile(bytes).tensors.map(({ name, dtype, shape, data }) => ({
    name,
    dtype,
    shape,
    bits: [...new Uint32Array(Float32Array.from(data).buffer)],
  }));

describe('PyTorch', () => {
  test.each([
    ['state.pt', 'a state dict'],
    ['protocol4.pt', 'the same by a later protocol'],
    ['parallel.pt', 'names as DataParallel has them'],
    ['checkpoint.pt', 'a state dict in a checkpoint, with other tensors beside it'],
    ['parameters.pt', 'parameters, which are wrapped tensors'],
    ['views.pt', 'strides, offsets, shared storages, scalars, empty tensors'],
    ['kinds.pt', 'every type of number'],
  ])('%s: %s', (name) => expect(contents(fixture(name))).toEqual(expected[name]));

  test('a file from a big-endian machine', () => {
    const archive = openZip(fixture('kinds.pt'));
    const swapped = [...archive.entries.values()].map((entry) => {
      const data = Uint8Array.from(archive.read(entry, 1 << 20, 'ignored'));
      const tensor = expected['kinds.pt']![Number(/data\/(\d+)$/.exec(entry.name)?.[1])];
      const width = tensor ? data.length / tensor.bits.length : 1;
      for (let at = 0; at < data.length; at += width) data.subarray(at, at + width).reverse();
      return { name: entry.name, data };
    });
    const order = { name: 'kinds/byteorder', data: concat('big') };
    expect(contents(zipOf([...swapped, order]))).toEqual(expected['kinds.pt']);
    expect(() => contents(zipOf([...swapped, { ...order, data: concat('middle') }]))).toThrow(
      'its byteorder is middle',
    );
  });

  test.each([
    ['module.pt', 'holds an object of torch.nn.modules.container.Sequential, perhaps a whole module'],
    ['legacy.pt', 'a PyTorch file of the format before version 1.6: torch.save(torch.load(path), path)'],
    ['script.pt', 'holds a TorchScript program: torch.save(torch.jit.load(path).state_dict(), other_path)'],
    ['sparse.pt', 'a is a call of torch._utils._rebuild_sparse_tensor, and only plain tensors can be read'],
  ])('%s is refused', (name, words) => expect(() => readWeightsFile(fixture(name))).toThrow(words));
});

describe('NumPy', () => {
  test.each(['arrays.npz', 'compressed.npz'])('%s', (name) => expect(contents(fixture(name))).toEqual(expected[name]));

  test('arrays that are not numbers are refused only where they are wanted', () => {
    const { tensors } = readWeightsFile(fixture('objects.npz'));
    expect(tensors.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
      ['text', '<U1', [1]],
      ['objects', '|O', [1]],
    ]);
    expect(() => tensors[1]!.data).toThrow('the data type of objects is |O; those that can be read are F64,');
  });

  test('an array that its header does not describe', () => {
    const archive = zipOf([{ name: 'a.npy', data: concat('\x93NUMPY') }]);
    expect(() => readWeightsFile(archive)).toThrow('a.npy: damaged npy file');
  });

  test('a damaged array', () => {
    const bytes = fixture('arrays.npz');
    bytes[bytes.findIndex((_, i) => new TextDecoder().decode(bytes.subarray(i, i + 6)) === '(3, 1,') + 80] = 1;
    expect(() => contents(bytes)).toThrow('the bytes of conv1.weight.npy do not have its checksum');
  });
});

test.each([
  ['a Keras model', zipOf([{ name: 'model.weights.h5', data: concat('\x89HDF') }]), 'but a Keras model: model.export('],
  [
    'another archive',
    zipOf([{ name: 'a.txt', data: concat('a') }]),
    'neither arrays of NumPy nor tensors of PyTorch but a.txt',
  ],
  ['a tar archive', concat(new Uint8Array(257), 'ustar', new Uint8Array(250)), 'but a tar archive'],
  ['an HDF5 file', concat('\x89HDF\r\n\x1a\n', new Uint8Array(600)), 'but an HDF5 file (Keras): model.export('],
])('%s is refused', (_, bytes, words) => expect(() => readWeightsFile(bytes)).toThrow(words));

test.each(['state.pt', 'views.pt', 'arrays.npz', 'compressed.npz'])('damaged: %s', (name) => {
  truncate(fixture(name), contents, 13);
  fuzz(fixture(name), contents, 300);
});
