// The scan of the wire format: good files pass, and of others the first flaw is named with its field. Bytes by
// protobuf.dev/programming-guides/encoding.

import { describe, expect, test } from 'vitest';
import { decodeModel } from '../../src/onnx/file/decode.ts';
import { MAX_DEPTH, MAX_FIELDS, scan } from '../../src/onnx/file/scan.ts';
import { smallModel } from './models.ts';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const varint = (value: number): readonly number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
/** A field of bytes around others. */
const wrapped = (field: number, inner: readonly number[]): readonly number[] => [
  ...varint(field * 8 + 2),
  ...varint(inner.length),
  ...inner,
];

describe('scan', () => {
  test('lets good files pass', () => {
    expect(scan(smallModel, 'ModelProto')).toBeUndefined();
    expect(scan(bytes(), 'ModelProto')).toBeUndefined();
  });

  test.each([
    ['a group', bytes(0x3b, 0x3c), 'graph', /group/],
    ['an unknown group', bytes(0xa3, 0x06), 'field 100', /group/],
    ['a length beyond the end', bytes(0x3a, 0x05, 0x0a), 'graph', /5 bytes leads beyond the end/],
    ['a length beyond what holds it', bytes(0x3a, 0x02, 0x12, 0x05, 1, 2, 3, 4, 5), 'graph.name', /beyond the end/],
    ['a number that is cut off', bytes(0x08, 0x80), 'ir_version', /cut off/],
    ['a number of eleven bytes', bytes(0x08, ...Array<number>(10).fill(0x80), 0x01), 'ir_version', /ten bytes/],
    ['a wrong wire type', bytes(0x3d, 0, 0, 0, 0), 'graph', /wire type 5/],
    ['an unused wire type', bytes(0x0e), 'ir_version', /wire type 6/],
    ['field number 0', bytes(0x02, 0x00), 'the file', /no field number 0/],
    [
      'floats that are cut',
      bytes(...wrapped(7, wrapped(5, wrapped(4, [0, 0, 0])))),
      'graph.initializer[0].float_data[0]',
      /3 bytes/,
    ],
    [
      'ints that are cut',
      bytes(...wrapped(7, wrapped(5, wrapped(7, [1, 0x80])))),
      'graph.initializer[0].int64_data[0]',
      /cut off/,
    ],
  ])('refuses %s', (_, file, field, what) => {
    const flaw = scan(file, 'ModelProto');
    expect(flaw?.field).toBe(field);
    expect(flaw?.what).toMatch(what);
  });

  test('refuses subgraphs nested without end', () => {
    // attribute 5 of a node (1) of a graph holds a graph (6)
    let inner: readonly number[] = [];
    for (let level = 0; level < MAX_DEPTH; level += 1) inner = wrapped(1, wrapped(5, wrapped(6, inner)));
    expect(scan(bytes(...wrapped(7, inner)), 'ModelProto')?.what).toMatch(/nested more than 64 deep/);
  });

  test('refuses more numbers than it lets into memory', () => {
    const file = new Uint8Array(MAX_FIELDS + 64);
    const inner = varint(MAX_FIELDS + 1);
    const head = [...varint(5 * 8 + 2), ...varint(MAX_FIELDS + 2 + inner.length), ...varint(7 * 8 + 2), ...inner];
    const start = [...varint(7 * 8 + 2), ...varint(head.length + MAX_FIELDS + 1), ...head];
    file.set(start);
    const flaw = scan(file.subarray(0, start.length + MAX_FIELDS + 1), 'ModelProto');
    expect(flaw?.what).toMatch(/more than 4194304 fields/);
  });
});

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

// As torch.save, numpy.savez, h5py, git-lfs and a web server's error page begin.
test.each([
  ['PK\x03\x04\0\0model/data.pkl', 'a PyTorch file', 'torch.onnx.export'],
  ['\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.', 'a PyTorch file', 'torch.onnx.export'],
  ['PK\x03\x04\0\0conv.weight.npy', 'a NumPy file (.npy or .npz)', '.onnx file itself'],
  ['\x89HDF\r\n\x1a\n', 'an HDF5 file (Keras)', 'tf2onnx'],
  ['version https://git-lfs.github.com/spec/v1\n', 'a git-lfs pointer', '`git lfs pull`'],
  ['<!DOCTYPE html>', 'an HTML or XML page', '.onnx file itself'],
  ['network A { input x: [4] relu }\n', 'a text file', '.onnx file itself'],
])('a file that begins %j is called %s', (start, kind, mend) => {
  expect(decodeModel(latin1(start))).toEqual({
    what: `not an ONNX file but ${kind}`,
    mend: expect.stringContaining(mend),
  });
});

test('a file that is cut anywhere is read or refused, never half understood', () => {
  for (let length = 0; length < smallModel.length; length += 1) {
    const decoded = decodeModel(smallModel.subarray(0, length));
    if ('what' in decoded) expect(decoded.what).toMatch(/damaged/);
    // Between the fields of the model itself.
    else expect([decoded.graph?.node.length ?? 0, decoded.opsetImport.length]).toEqual([length > 100 ? 4 : 0, 0]);
  }
});
