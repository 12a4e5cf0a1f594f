// The protocol's data types against numbers whose bits are known from IEEE 754 and two's complement.

import { describe, expect, test } from 'vitest';
import { datatypes, floatBytes, readElements } from '../../src/serve/datatypes.ts';

const bytes = (...values: readonly number[]): Uint8Array => new Uint8Array(values);

describe('numbers in binary, little-endian', () => {
  test.each([
    ['BOOL', bytes(0, 1, 2), [0, 1, 1]],
    ['UINT8', bytes(0, 255), [0, 255]],
    ['UINT16', bytes(0x34, 0x12, 0xff, 0xff), [0x1234, 65_535]],
    ['UINT32', bytes(0, 0, 0, 0x80), [2 ** 31]],
    ['UINT64', bytes(0, 0, 0, 0, 1, 0, 0, 0), [2 ** 32]],
    ['INT8', bytes(0xff, 0x80), [-1, -128]],
    ['INT16', bytes(0xfe, 0xff), [-2]],
    ['INT32', bytes(0, 0, 0, 0x80), [-(2 ** 31)]],
    ['INT64', bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), [-1]],
    ['FP16', bytes(0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00), [1, -2, 2 ** -24]],
    ['FP32', bytes(0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x80, 0xff), [1, -Infinity]],
    ['FP64', bytes(0, 0, 0, 0, 0, 0, 0xf8, 0x3f), [1.5]],
  ])('%s', (name, data, expected) => {
    expect([...readElements(name, data)]).toEqual(expected);
  });

  test('all of the protocol but texts', () => {
    expect([...datatypes.keys()].toSorted()).toEqual([
      'BOOL',
      'FP16',
      'FP32',
      'FP64',
      'INT16',
      'INT32',
      'INT64',
      'INT8',
      'UINT16',
      'UINT32',
      'UINT64',
      'UINT8',
    ]);
  });

  test('at odd addresses', () => {
    const data = bytes(9, 0x00, 0x00, 0x80, 0x3f).subarray(1);
    expect([...readElements('FP32', data)]).toEqual([1]);
  });

  test('f32 goes back as the same bytes', () => {
    expect([...floatBytes(new Float32Array([1, -0]))]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0x80]);
  });
});
