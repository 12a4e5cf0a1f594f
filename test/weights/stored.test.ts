// Weights in fewer bytes: what a file has, and what modules and commands read of it.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readWeights } from '../../runtime/weights.ts';
import { InputError } from '../../src/data/input-error.ts';
import { halfToNumber } from '../../src/data/numeric.ts';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { half } from '../../src/weights/half.ts';
import { storedWeights } from '../../src/weights/stored.ts';
import type { StoredType } from '../../src/weights/stored.ts';
import { runs } from '../support/runs.ts';

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

function fileOf(tensors: readonly Tensor[], type: StoredType): Uint8Array {
  const { tensors: stored, metadata } = storedWeights(tensors, type);
  return writeSafetensors(stored, { metadata: new Map(metadata) });
}

/** As a module reads them, which must be as a command does. */
function read(bytes: Uint8Array, tensors: readonly Tensor[]): readonly Float32Array[] {
  const module = readWeights(bytes, tensors) as Float32Array[];
  const command = readSafetensors(bytes).tensors;
  expect(tensors.map(({ name }) => command.find((tensor) => tensor.name === name)!.data)).toEqual(module);
  expect(command.map(({ name }) => name).toSorted()).toEqual(tensors.map(({ name }) => name).toSorted());
  return module;
}

const map: Tensor = { name: 'w', shape: [2, 4], data: Float32Array.of(0.1, -1, 0.3, 3e-6, 1000, -999, 0, 4) };
const bias: Tensor = { name: 'b', shape: [2], data: Float32Array.of(0.1, 0.2) };

describe('binary16', () => {
  test('every half has its own bits', () => {
    for (let bits = 0; bits < 0x10000; bits += 1) {
      const value = halfToNumber(bits);
      expect(half(value)).toBe(Number.isNaN(value) ? 0x7e00 : bits);
    }
  });

  // Math.f16round rounds an f64; that of an f32 is the same number.
  test.skipIf(!('f16round' in Math))('rounds as Math.f16round does', () => {
    const round = (Math as unknown as { f16round(x: number): number }).f16round;
    fc.assert(
      fc.property(fc.oneof(fc.float({ noNaN: true }), fc.float({ min: -1, max: 1, noNaN: true })), (value) => {
        expect(halfToNumber(half(value))).toBe(round(value));
      }),
      runs(2000),
    );
    for (const value of [65519.996, 65520, 2049, 2051, 2 ** -25, 2 ** -25 * 1.5, 2 ** -14 - 2 ** -26])
      expect(halfToNumber(half(value))).toBe(round(Math.fround(value)));
  });
});

describe('what is stored', () => {
  test.each<[StoredType, number, number]>([
    ['f16', 2 * 8 + 4 * 2, 2 ** -11],
    ['bf16', 2 * 8 + 4 * 2, 2 ** -8],
  ])('%s: two bytes a weight, relative error of half a unit', (type, bytes, error) => {
    const file = fileOf([map, bias], type);
    const header = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(file.length - 8 - header).toBe(bytes);
    const [w, b] = read(file, [map, bias]);
    expect(b).toEqual(bias.data);
    w!.forEach((value, at) => {
      // Below 2^-14 a half has steps of 2^-24.
      const bound = Math.max(error * Math.abs(map.data[at]!), type === 'f16' ? 2 ** -25 : 0);
      expect(Math.abs(value - map.data[at]!)).toBeLessThanOrEqual(bound);
    });
  });

  test('int8: each row has a scale, and is off by half of it at most', () => {
    const [w, b] = read(fileOf([map, bias], 'int8'), [map, bias]);
    expect(b).toEqual(bias.data);
    w!.forEach((value, at) => {
      const scale = [1 / 127, 1000 / 127][Math.floor(at / 4)]!;
      expect(Math.abs(value - map.data[at]!)).toBeLessThanOrEqual((scale / 2) * (1 + 1e-6));
      expect(Math.abs(value / scale - Math.round(value / scale))).toBeLessThan(1e-4);
    });
    // The largest of a row is kept, up to rounding.
    expect([w![1], w![4]]).toEqual([-1, 1000].map((value) => expect.closeTo(value, 3)));
  });

  test('rows of zeros stay zeros', () => {
    const zeros = { ...map, data: new Float32Array(8) };
    for (const type of ['f16', 'bf16', 'int8'] as const)
      expect(read(fileOf([zeros], type), [zeros])).toEqual([zeros.data]);
  });

  test.each<[string, StoredType, Tensor]>([
    ['an infinite weight', 'int8', { ...map, data: map.data.with(3, Infinity) }],
    ['NaN', 'bf16', { ...map, data: map.data.with(3, NaN) }],
    ['a weight beyond the largest half', 'f16', { ...map, data: map.data.with(3, 65520) }],
    ['a weight that bf16 would round to infinity', 'bf16', { ...map, data: map.data.with(3, 3.4e38) }],
    ['rows of one', 'int8', { name: 'w', shape: [4, 1, 1], data: Float32Array.of(1, 2, 3, 4) }],
    ['one axis', 'int8', { name: 'w', shape: [8], data: map.data }],
    ['no elements', 'int8', { name: 'w', shape: [0, 3], data: new Float32Array(0) }],
  ])('f32 is left where it has %s', (_, type, tensor) => {
    const file = fileOf([tensor], type);
    expect(readSafetensors(file).tensors).toMatchObject([{ name: 'w', dtype: 'F32' }]);
    expect(read(file, [tensor])).toEqual([tensor.data]);
  });

  test('a tensor of the network keeps its name where a scale would take it', () => {
    const taken = { ...bias, name: 'w.scale' };
    expect(read(fileOf([map, taken], 'int8'), [map, taken])).toEqual([map.data, taken.data]);
  });

  test('tensors that other tools read as such are whole; those of four bytes are aligned', () => {
    const odd = { name: 'odd', shape: [3, 5], data: Float32Array.from({ length: 15 }, (__, at) => at) };
    const file = fileOf([odd, bias], 'int8');
    const header = Number(new DataView(file.buffer).getBigUint64(0, true));
    const entries = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + header))) as Record<string, object>;
    expect(entries).toMatchObject({
      odd: { dtype: 'I8', shape: [3, 5] },
      'odd.scale': { dtype: 'F32', shape: [3], data_offsets: [0, 12] },
      b: { dtype: 'F32', shape: [2], data_offsets: [12, 20] },
    });
  });
});

test('commands refuse a scale that does not fit, in a sentence, and only where the tensor is used', () => {
  const bytes = writeSafetensors([
    { name: 'w', shape: [2, 4], data: new Int8Array(8) },
    { name: 'w.scale', shape: [3], data: new Float32Array(3) },
  ]);
  const [w] = readSafetensors(bytes).tensors;
  expect(() => w!.data).toThrow(InputError);
  expect(() => w!.data).toThrow(/^w is stored as I8, and w.scale is F32 \[3\]; expected F32 \[2\]$/);
});
