import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/data/input-error.ts';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { hasTrained, trained } from './shared.ts';

/** A file with this header text and this many bytes of data. */
function file(header: string, dataBytes: number | readonly number[] = 0): Uint8Array {
  const json = new TextEncoder().encode(header);
  const data = typeof dataBytes === 'number' ? new Uint8Array(dataBytes) : Uint8Array.from(dataBytes);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const tensor = (name: string, dtype: string, shape: string, from: number, to: number) =>
  `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":${shape},"data_offsets":[${from},${to}]}`;

const small = () =>
  writeSafetensors([
    { name: 'a.weight', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: 'a.bias', shape: [2], data: Float32Array.of(-1, 0.5) },
  ]);

test.skipIf(!hasTrained).each(['lenet-fashion-mnist', 'lenet_bn-fashion-mnist'])(
  '%s: names and shapes as its description says',
  (name) => {
    const { bytes, tensors } = trained(name);
    const read = readSafetensors(bytes);
    expect(read.tensors.map((t) => [t.name, t.shape])).toEqual(tensors);
    expect(
      read.tensors.every(
        ({ data, shape }) => data.length === shape.reduce((a, b) => a * b, 1) && data.every(Number.isFinite),
      ),
    ).toBe(true);
  },
);

test('written files: known bytes, order kept, the same each time', () => {
  const bytes = small();
  const headerBytes = new DataView(bytes.buffer).getUint32(0, true);
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes));
  expect(header.trimEnd()).toBe(
    '{"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"a.bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]}}',
  );
  expect(headerBytes % 8).toBe(0);
  expect(bytes.length).toBe(8 + headerBytes + 32);
  expect(small()).toEqual(bytes);
  expect(readSafetensors(bytes).tensors.map(({ name, data }) => [name, [...data]])).toEqual([
    ['a.weight', [1, 2, 3, 4, 5, 6]],
    ['a.bias', [-1, 0.5]],
  ]);
});

test('names that look like array indices keep their order, metadata comes back', () => {
  const metadata = new Map([
    ['__proto__', 'x'],
    ['format', 'pt'],
  ]);
  const tensors = ['10', '2', '__proto__', 'constructor'].map((name) => ({
    name,
    shape: [1],
    data: Float32Array.of(7),
  }));
  const read = readSafetensors(writeSafetensors(tensors, { metadata }));
  expect(read.tensors.map(({ name }) => name)).toEqual(['10', '2', '__proto__', 'constructor']);
  expect(read.metadata).toEqual(metadata);
});

test('half precision, bfloat16, f64 and whole numbers by their bit patterns', () => {
  const halves = [0x00, 0x3c, 0x01, 0x00, 0xff, 0x7b, 0x00, 0xfc];
  expect([...readSafetensors(file(`{${tensor('x', 'F16', '[4]', 0, 8)}}`, halves)).tensors[0]!.data]).toEqual([
    1,
    2 ** -24,
    65504,
    -Infinity,
  ]);
  const brain = [0x80, 0x3f, 0x49, 0x40];
  expect([...readSafetensors(file(`{${tensor('x', 'BF16', '[2]', 0, 4)}}`, brain)).tensors[0]!.data]).toEqual([
    1, 3.140625,
  ]);
  const f64 = [...new Uint8Array(Float64Array.of(Math.PI).buffer)];
  expect([...readSafetensors(file(`{${tensor('x', 'F64', '[1]', 0, 8)}}`, f64)).tensors[0]!.data]).toEqual([
    Math.fround(Math.PI),
  ]);
  expect([
    ...readSafetensors(file(`{${tensor('n', 'I64', '[]', 0, 8)}}`, [3, 0, 0, 0, 0, 0, 0, 0])).tensors[0]!.data,
  ]).toEqual([3]);
});

const sizes = new Map(Object.entries({ BOOL: 1, U8: 1, I8: 1, U16: 2, I16: 2, U32: 4, I32: 4, U64: 8 }));

test('tensors of every type are listed; those without a conversion are refused when they are read', () => {
  const types = ['BOOL', 'U8', 'I8', 'U16', 'I16', 'U32', 'I32', 'U64', 'F8_E4M3', 'F8_E5M2', 'F4', 'C64', 'NEW7'];
  for (const type of types) {
    const size = sizes.get(type) ?? 8;
    const [one] = readSafetensors(
      file(`{${tensor('t', type, '[1]', 0, size)}}`, [1, ...Array(size - 1).fill(0)]),
    ).tensors;
    expect(one).toMatchObject({ name: 't', dtype: type });
    if (sizes.has(type)) expect([...one!.data]).toEqual([1]);
    else expect(() => one!.data).toThrow(new RegExp(`the data type of t is ${type}; those that can be read are F64`));
  }
});

describe('refused, each with one sentence', () => {
  const a = tensor('a', 'F32', '[1]', 0, 4);
  const cases: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /has 0 bytes/],
    ['a huge header', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7b), /allows 100 MB/],
    [
      'a header past the end',
      Uint8Array.of(100, 0, 0, 0, 0, 0, 0, 0, 0x7b),
      /should take 100 bytes, but only 1 follow/,
    ],
    ['another format', file('PK'), /does not start with "\{"/],
    ['broken JSON', file('{"a":'), /not valid UTF-8 JSON/],
    ['a name twice', file(`{${a},${tensor('a', 'F32', '[1]', 4, 8)}}`, 8), /has the key a twice/],
    [
      'a name twice, once escaped',
      file(`{${a},${tensor('a', 'F32', '[1]', 4, 8).replace('"a"', '"\\u0061"')}}`, 8),
      /has the key a twice/,
    ],
    [
      'a field twice',
      file('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
      /has the key dtype twice/,
    ],
    ['overlap', file(`{${a},${tensor('b', 'F32', '[1]', 2, 6)}}`, 8), /the data of a and b overlap/],
    ['a hole', file(`{${a},${tensor('b', 'F32', '[1]', 8, 12)}}`, 12), /4 bytes between a and b belong to no tensor/],
    ['trailing bytes', file(`{${a}}`, 9), /5 bytes after a belong to no tensor/],
    ['data past the end', file(`{${a}}`, 3), /a ends at byte 4 of the data, but the file has 3/],
    [
      'a shape that disagrees',
      file(`{${tensor('a', 'F32', '[2]', 0, 4)}}`, 4),
      /takes 4 bytes, but \[2\] of F32 needs 8/,
    ],
    ['an enormous shape', file(`{${tensor('a', 'F32', '[1e15,1e15]', 0, 4)}}`, 4), /the shape of a is not/],
    ['a negative extent', file(`{${tensor('a', 'F32', '[-1]', 0, 4)}}`, 4), /the shape of a is not/],
    ['offsets backwards', file(`{${tensor('a', 'F32', '[1]', 4, 0)}}`, 4), /takes -4 bytes/],
    ['no type', file('{"a":{"shape":[1],"data_offsets":[0,4]}}', 4), /data type of a is missing/],
    ['offsets of an unknown type backwards', file(`{${tensor('a', 'NEW7', '[1]', 4, 0)}}`, 4), /a takes -4 bytes/],
    ['an unknown type past the end', file(`{${tensor('a', 'NEW7', '[1]', 0, 9)}}`, 4), /a ends at byte 9/],
    ['nesting', file(`{"a":${'['.repeat(3_000_000)}${']'.repeat(3_000_000)}}`), /nested deeper/],
    ['many axes', file(`{${tensor('a', 'F32', `[${'1,'.repeat(100_000)}1]`, 0, 4)}}`, 4), /a has 100001 axes/],
    ['many values', file(`{${tensor('a', 'F32', `[${'1,'.repeat(120_000)}1]`, 0, 4)}}`, 4), /more than 120000 values/],
    ['a header above the limit', file(' '.repeat(8_000_001).replace(' ', '{')), /has 8000001 bytes; at most 8000000/],
    [
      'an unknown field',
      file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"__proto__":1}}', 4),
      /unknown field __proto__/,
    ],
    ['metadata of numbers', file('{"__metadata__":{"a":1}}'), /__metadata__ has a, which is not a string/],
    [
      'control characters in a name',
      file(`{${tensor('\u001b[31m', 'F32', '[2]', 0, 4)}}`, 4),
      /"\\u001b\[31m" takes 4 bytes/,
    ],
  ];
  test.each(cases)('%s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(InputError);
    expect(() => readSafetensors(bytes)).toThrow(message);
    expect(() => readSafetensors(bytes)).toThrow(/^.{1,300}$/);
  });
});

test('a file cut anywhere is refused', () => {
  const bytes = small();
  for (let length = 0; length < bytes.length; length++)
    expect(() => readSafetensors(bytes.subarray(0, length)), `${length}`).toThrow(InputError);
});

test('damaged files are read or refused, never anything else', () => {
  const bytes = small();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      (changes) => {
        const damaged = bytes.slice();
        for (const [at, byte] of changes) damaged[at] = byte;
        try {
          for (const { data } of readSafetensors(damaged).tensors) data.at(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test('a deeply nested header is refused', () => {
  expect(() => readSafetensors(file(`{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`))).toThrow(InputError);
});
