// What emitted modules read weights with: conversions, and files that are damaged.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readWeights } from '../../runtime/weights.ts';
import { runs } from '../support/runs.ts';

interface Entry {
  readonly dtype?: unknown;
  readonly shape?: unknown;
  readonly data_offsets?: unknown;
}

function file(header: Readonly<Record<string, Entry>> | string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}
const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const one = (dtype: string, data: ArrayBufferView, length: number): Uint8Array<ArrayBuffer> =>
  file({ w: { dtype, shape: [length], data_offsets: [0, data.byteLength] } }, bytesOf(data));
const spec = (...shape: readonly number[]) => [{ name: 'w', shape }];

describe('conversion to f32', () => {
  const values = [0, -0, 1, -2.5, 65504, Infinity, -Infinity, NaN, 1e-3];

  test('F32 as it is, at any alignment of header and buffer', () => {
    const data = Float32Array.from(values);
    for (let pad = 0; pad < 4; pad += 1) {
      const header = JSON.stringify({ w: { dtype: 'F32', shape: [9], data_offsets: [0, 36] } }) + ' '.repeat(pad);
      const bytes = file(header, bytesOf(data));
      for (let shift = 0; shift < 4; shift += 1) {
        const moved = new Uint8Array(bytes.length + 4);
        moved.set(bytes, shift);
        expect(readWeights(moved.subarray(shift, shift + bytes.length), spec(9))).toEqual([data]);
      }
    }
  });

  test('F64 rounds to nearest', () => {
    const data = Float64Array.from([...values, 0.1, 1e300, 1 + 2 ** -24]);
    expect(readWeights(one('F64', data, 12), spec(12))).toEqual([
      data.map(Math.fround).reduce((to, value, at) => ((to[at] = value), to), new Float32Array(12)),
    ]);
  });

  test('BF16 is the upper half of an F32', () => {
    const floats = Float32Array.from([...values.slice(0, 4), Infinity, -Infinity, 2 ** 100, 2 ** -130]);
    const halves = Uint16Array.from(new Uint32Array(floats.buffer), (word) => word >>> 16);
    expect(readWeights(one('BF16', halves, 8), spec(8))).toEqual([floats]);
  });

  // IEEE 754-2019, table 3.5: binary16 has 5 bits of exponent, 10 of fraction.
  test.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ])('F16 %i is %f', (half, value) => {
    expect(readWeights(one('F16', Uint16Array.of(half), 1), spec(1))[0]![0]).toBe(value);
  });

  test('tensors come in the order asked for, whatever the order of the file; others are ignored', () => {
    const bytes = file(
      {
        ['__metadata__']: { format: 'pt' } as Entry,
        b: { dtype: 'F32', shape: [1], data_offsets: [4, 8] },
        extra: { dtype: 'I64', shape: [1], data_offsets: [8, 16] },
        a: { dtype: 'F32', shape: [1, 1], data_offsets: [0, 4] },
      },
      bytesOf(Float32Array.of(1, 2, 0, 0)),
    );
    const read = readWeights(bytes, [
      { name: 'b', shape: [1] },
      { name: 'a', shape: [1, 1] },
    ]);
    expect(read.map((data) => [...data])).toEqual([[2], [1]]);
  });

  test('a tensor may be named __proto__', () => {
    const bytes = file('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', bytesOf(Float32Array.of(3)));
    expect([...readWeights(bytes, [{ name: '__proto__', shape: [1] }])[0]!]).toEqual([3]);
  });
});

describe('weights in fewer bytes', () => {
  const parts = (entries: Readonly<Record<string, [string, number[], ArrayBufferView]>>, metadata = {}) => {
    let end = 0;
    const header: Record<string, Entry> = { ['__metadata__']: metadata as Entry };
    for (const [name, [dtype, shape, data]] of Object.entries(entries))
      header[name] = { dtype, shape, data_offsets: [end, (end += data.byteLength)] };
    return file(header, Buffer.concat(Object.values(entries).map(([, , data]) => bytesOf(data))));
  };
  const matrix = [{ name: 'w', shape: [2, 3] }];
  const codes = Int8Array.of(-127, 0, 1, 127, -1, 64);
  const scale = Float32Array.of(0.1, 3e38);

  test('I8 is code · scale of the first axis, rounded to f32 once', () => {
    const bytes = parts({ w: ['I8', [2, 3], codes], 'w.scale': ['F32', [2], scale] });
    expect(readWeights(bytes, matrix)).toEqual([
      Float32Array.of(-127 * scale[0]!, 0, scale[0]!, Infinity, -scale[1]!, Infinity),
    ]);
  });

  test.each([
    ['BF16', [0x3f80, 0xc020, 0x0001, 0x7f80], [1, -2.5, 2 ** -133, Infinity]],
    ['F16', [0x3c00, 0xc100, 0x0001, 0x7c00], [1, -2.5, 2 ** -24, Infinity]],
  ])('planes of %s: upper bytes, then lower ones', (planes, halves, values) => {
    const bytes = Uint8Array.from([...halves.map((half) => half >> 8), ...halves.map((half) => half & 255)]);
    const stored = parts({ w: ['U8', [2, 2, 2], bytes] }, { 'cnnc.planes': planes });
    expect(readWeights(stored, [{ name: 'w', shape: [2, 2] }])).toEqual([Float32Array.from(values)]);
  });

  test('whole numbers that the module asks for come as they are, at any alignment', () => {
    const sums = Int32Array.of(2 ** 31 - 1, -(2 ** 31), 2 ** 24 + 1);
    const bytes = parts({ w: ['I8', [2, 3], codes], t: ['U8', [1], Uint8Array.of(200)], b: ['I32', [3], sums] });
    const read = readWeights(bytes, [
      { name: 'b', shape: [3], element: 'i32' },
      { name: 'w', shape: [2, 3], element: 'i8' },
      { name: 't', shape: [1], element: 'u8' },
    ]);
    expect(read).toEqual([sums, codes, Uint8Array.of(200)]);
  });

  test('whole numbers by name may be of their own type or f32, and of no other', () => {
    const specs = [{ name: 'w', shape: [2, 3], element: 'i8' as const }];
    expect(readWeights(new Map([['w', codes]]), specs)).toEqual([codes]);
    expect(readWeights(new Map([['w', Float32Array.from(codes)]]), specs)).toEqual([codes]);
    for (const odd of [0.5, 128, -129, NaN])
      expect(() => readWeights(new Map([['w', Float32Array.from(codes).fill(odd, 4)]]), specs)).toThrow(
        new RangeError(`w [2, 3] has ${odd}, which no Int8Array holds`),
      );
    expect(() => readWeights(new Map([['w', Int32Array.from(codes)]]), specs)).toThrow(
      /w \[2, 3\] must be an Int8Array; found an Int32Array/,
    );
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      'I8 without a scale',
      parts({ w: ['I8', [2, 3], codes] }),
      /^w is stored as I8, and its scale is missing: w.scale \[2\], F32$/,
    ],
    [
      'a scale of another length',
      parts({ w: ['I8', [2, 3], codes], 'w.scale': ['F32', [1], scale.subarray(1)] }),
      /^the weights have w.scale \[1\]; expected w.scale \[2\]$/,
    ],
    [
      'a scale of another type',
      parts({ w: ['I8', [2, 3], codes], 'w.scale': ['F64', [2], Float64Array.from(scale)] }),
      /^w.scale is stored as F64; expected F32$/,
    ],
    [
      'planes that are not said to be any',
      parts({ w: ['U8', [2, 2, 3], new Uint8Array(12)] }),
      /^the weights have w \[2,2,3\]/,
    ],
    [
      'planes of an unknown type',
      parts({ w: ['U8', [2, 2, 3], new Uint8Array(12)] }, { 'cnnc.planes': 'F8' }),
      /^the weights have w/,
    ],
    [
      'one plane',
      parts({ w: ['U8', [2, 3], new Uint8Array(6)] }, { 'cnnc.planes': 'F16' }),
      /^the weights have w \[2,3\]; expected w \[2, 2, 3\]$/,
    ],
  ])('%s is refused in a sentence', (_, bytes, message) => {
    expect(() => readWeights(bytes, matrix)).toThrow(message);
  });

  test('real numbers where the module asks for whole ones are refused', () => {
    const bytes = parts({ w: ['F32', [2], scale] });
    expect(() => readWeights(bytes, [{ name: 'w', shape: [2], element: 'i32' }])).toThrow(
      /^w is stored as F32; expected I32$/,
    );
  });
});

describe('refused with one sentence', () => {
  const data = bytesOf(Float32Array.of(1, 2));
  const good: Entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /no safetensors file, or a truncated one \(0 bytes\)/],
    ['seven bytes', new Uint8Array(7), /truncated one \(7 bytes\)/],
    ['a header of no length', new Uint8Array(16), /no safetensors file/],
    ['a header beyond the file', file({ w: good }, data).subarray(0, 40), /truncated one \(40 bytes\)/],
    ['a length of 2^63', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80, 0x7b, 0x7d), /no safetensors file/],
    ['a header that is no JSON', file('{"w": ', data), /header is not JSON/],
    ['a header that is no UTF-8', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe), /header is not JSON/],
    ['a header that is null', file('null', data), /header is no object/],
    ['a missing tensor', file({ v: good }, data), /the weights have no tensor w \[2\]/],
    ['a tensor that is no object', file('{"w": 3}', data), /the weights have no tensor w \[2\]/],
    ['another shape', file({ w: { ...good, shape: [1, 2] } }, data), /the weights have w \[1,2\]; expected w \[2\]/],
    ['no shape', file({ w: { dtype: 'F32' } }, data), /the weights have w \[undefined\]; expected w \[2\]/],
    [
      'another type',
      file({ w: { ...good, dtype: 'I32' } }, data),
      /w is stored as I32; expected F32, F64, F16 or BF16/,
    ],
    ['no type', file({ w: { shape: [2] } }, data), /w is stored as undefined/],
    [
      'data beyond the end',
      file({ w: good }, data.subarray(0, 7)),
      /w has no 8 bytes in the weights file; it is damaged/,
    ],
    ['too few bytes', file({ w: { ...good, data_offsets: [0, 4] } }, data), /w has no 8 bytes/],
    ['offsets out of order', file({ w: { ...good, data_offsets: [8, 0] } }, data), /w has no 8 bytes/],
    ['offsets before the start', file({ w: { ...good, data_offsets: [-8, 0] } }, data), /w has no 8 bytes/],
    ['offsets that are no numbers', file({ w: { ...good, data_offsets: ['0', '8'] } }, data), /w has no 8 bytes/],
    ['no offsets', file({ w: { dtype: 'F32', shape: [2] } }, data), /w has no 8 bytes/],
  ])('%s', (_, bytes, message) => {
    let thrown: unknown;
    try {
      readWeights(bytes, spec(2));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(RangeError);
    expect((thrown as RangeError).message).toMatch(message);
    expect((thrown as RangeError).message).not.toContain('\n');
  });

  test('every truncation, and random damage, ends in a RangeError or in tensors', () => {
    const whole = file({ w: good }, data);
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => readWeights(whole.subarray(0, length), spec(2))).toThrow(RangeError);
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const damaged = whole.with(at, byte);
        try {
          expect(readWeights(damaged, spec(2))[0]).toHaveLength(2);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      runs(500),
    );
  });
});
