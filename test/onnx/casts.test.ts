// Constants of other types than f32, cast and computed with. Expected are the rounding of IEEE 754 and the wrapping of two's complement;
// what ONNX leaves open is what onnxruntime gives on x86-64, where all pairs of types have been compared.

import { expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { dataTypes } from '../../src/onnx/file/messages.ts';
import { border, floats, modelBytes, node } from './models.ts';
import type { NodeInit, TensorInit } from './models.ts';

const { float, float16, bfloat16, double, int8, uint8, int16, int32, uint32, int64, bool } = dataTypes;

/** What `nodes` make of constants, in f32: two numbers, by which x is multiplied. */
function constantOf(nodes: readonly NodeInit[], initializer: readonly TensorInit[]): readonly number[] {
  const last = nodes.at(-1)!.output![0]!;
  const product = [node('Cast', [last], ['f'], { to: float }), node('Mul', ['x', 'f'], ['y'])];
  const model = modelBytes(
    {
      name: 'a',
      input: [border('x', ['n', 2, 1])],
      output: [border('y', [])],
      initializer: [...initializer],
      node: [...nodes, ...product],
    },
    { opsetImport: [{ domain: '', version: 21n }] },
  );
  const found = importOnnx(model);
  if ('problems' in found) throw new Error(found.problems.map(({ what }) => what).join('; '));
  const [weight] = found.weights.values();
  return [...weight!.data];
}

/** A pair of numbers in a type, then in the next ones. */
function cast(pair: readonly [number, number], ...types: readonly number[]): readonly number[] {
  const nodes = types.map((to, at) => node('Cast', [`c${at}`], [`c${at + 1}`], { to }));
  const stored: TensorInit = { name: 'c0', dims: [2n, 1n], dataType: double, doubleData: [...pair] };
  return constantOf(nodes, [stored]);
}

const casts: readonly (readonly [string, readonly [number, number], readonly number[], readonly [number, number]])[] = [
  ['f16 rounds to the nearest, ties to even', [2049, 2051], [float16], [2048, 2052]],
  ['f16 ends at 65504', [65519, 65520], [float16], [65504, Infinity]],
  ['f16 has steps of 2^-24 at the bottom', [1.5 * 2 ** -24, 2 ** -25], [float16], [2 ** -23, 0]],
  ['f16 takes what f32 has left of f64', [1 + 2 ** -11 + 2 ** -40, -1 / 3], [float16], [1, -0.333251953125]],
  ['bf16 has eight digits', [257, 259], [bfloat16], [256, 260]],
  ['integers are cut towards zero', [1.9, -1.9], [int64], [1, -1]],
  ['of f16, too', [1.9999, -1.9999], [float16, int32], [2, -2]],
  ['int64 to int8 wraps', [200, -129], [int64, int8], [-56, 127]],
  ['int64 to uint8 wraps', [-1, 256], [int64, uint8], [255, 0]],
  ['int64 to int16 wraps', [32768, 65537], [int64, int16], [-32768, 1]],
  ['int64 to int32 wraps', [2 ** 31, 2 ** 32 + 5], [int64, int32], [-(2 ** 31), 5]],
  ['int32 to uint32 wraps', [-(2 ** 31), 7], [int32, uint32], [2 ** 31, 7]],
  ['the largest int64 has all bits set but the first', [2 ** 63, 3], [uint32, int64], [0, 3]],
  ['floats to uint8 wrap', [300.7, -1.9], [uint8], [44, 255]],
  ['floats that no int32 is near', [3e9, -3e9], [int32], [-(2 ** 31), -(2 ** 31)]],
  ['all but 0 is true', [0.25, -0], [bool], [1, 0]],
  ['what rounds to 0 is false', [1e-9, 2 ** -24], [float16, bool], [0, 1]],
];
test.each(casts.map(([title, ...others]) => ({ title, others })))('$title', ({ others: [pair, types, expected] }) => {
  expect(cast(pair, ...types)).toEqual(expected);
});

test('the largest int64 is −1 in 32 bits', () => {
  const largest: TensorInit = { name: 'c', dims: [2n, 1n], dataType: int64, int64Data: [2n ** 63n - 1n, 5n] };
  expect(constantOf([node('Cast', ['c'], ['d'], { to: int32 })], [largest])).toEqual([-1, 5]);
});

const halves = (name: string, bits: readonly number[]): TensorInit => ({
  name,
  dims: [BigInt(bits.length), 1n],
  dataType: float16,
  int32Data: [...bits],
});

test('f16 computes in f16: 2048 + 1, 2050 + 1', () => {
  const given = [halves('a', [0x6800, 0x6801]), halves('b', [0x3c00, 0x3c00])];
  expect(constantOf([node('Add', ['a', 'b'], ['c'])], given)).toEqual([2048, 2052]);
  expect(constantOf([node('Sqrt', ['a'], ['c'])], given)).toEqual([45.25, 45.28125]);
});

test('int32 computes in 32 bits: 2^31 − 1 + 1', () => {
  const most: TensorInit = { name: 'a', dims: [2n, 1n], dataType: int32, int32Data: [2 ** 31 - 1, 3] };
  const ones: TensorInit = { ...most, name: 'b', int32Data: [1, 1] };
  expect(constantOf([node('Add', ['a', 'b'], ['c'])], [most, ones])).toEqual([-(2 ** 31), 4]);
});

test('f64 stays f64 between nodes: (1 + 2^-40 − 1) · 2^40', () => {
  const long = (name: string, pair: readonly number[]): TensorInit => ({
    name,
    dims: [2n, 1n],
    dataType: double,
    doubleData: [...pair],
  });
  const given = [long('a', [1, 3]), long('b', [2 ** -40, 2 ** -40]), long('s', [2 ** 40, 2 ** 40])];
  const nodes = [node('Add', ['a', 'b'], ['c']), node('Sub', ['c', 'a'], ['d']), node('Mul', ['d', 's'], ['e'])];
  expect(constantOf(nodes, given)).toEqual([1, 1]);
});

test('codes keep their type where their shape changes', () => {
  const scale = floats('s', [], [0.5]);
  const zero: TensorInit = { name: 'z', dims: [1n], dataType: int8, int32Data: [3] };
  const nodes = [
    node('Reshape', ['z', 'none'], ['zero']),
    node('QuantizeLinear', ['w', 's', 'zero'], ['q']),
    node('DequantizeLinear', ['q', 's', 'zero'], ['c']),
  ];
  const none: TensorInit = { name: 'none', dims: [0n], dataType: int64 };
  const given = [floats('w', [2, 1], [-100, 100]), scale, zero, none];
  expect(constantOf(nodes, given)).toEqual([-65.5, 62]);
});

test('codes are of quotients in f32: fround(0.15) / fround(0.1) = 1.5 is 2', () => {
  const nodes = [node('QuantizeLinear', ['w', 's'], ['q']), node('Cast', ['q'], ['c'], { to: float })];
  expect(constantOf(nodes, [floats('w', [2, 1], [0.15, 0.25]), floats('s', [], [0.1])])).toEqual([2, 2]);
});

test('every byte but 0 is true, and numbers that bytes do not hold wrap around, as in onnxruntime', () => {
  const read = (dataType: number, given: Pick<TensorInit, 'rawData' | 'int32Data'>): readonly number[] =>
    constantOf([node('Identity', ['c'], ['d'])], [{ name: 'c', dims: [2n, 1n], dataType, ...given }]);
  expect(read(bool, { rawData: Uint8Array.of(2, 128) })).toEqual([1, 1]);
  expect(read(bool, { int32Data: [2, -1] })).toEqual([1, 1]);
  expect(read(bool, { int32Data: [256, 0] })).toEqual([1, 0]);
  expect(read(int8, { int32Data: [300, -129] })).toEqual([44, 127]);
  expect(read(uint8, { int32Data: [300, -1] })).toEqual([44, 255]);
});
