// What onnxruntime's quantize_dynamic writes is read as the model before it, with weights of 8 bits. Values are closed forms.

import { expect, test } from 'vitest';
import { dataTypes } from '../../src/onnx/file/messages.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, modelBytes, node } from './models.ts';
import type { NodeInit, TensorInit } from './models.ts';

function read(dims: readonly number[], nodes: readonly NodeInit[], initializer: readonly TensorInit[]) {
  return importOnnx(
    modelBytes({
      input: [border('x', ['n', ...dims])],
      output: [{ name: 'y' }],
      initializer: [...initializer],
      node: [...nodes],
    }),
  );
}

function computed(numbers: readonly number[], ...model: Parameters<typeof read>): readonly number[] | string {
  const found = read(...model);
  if ('problems' in found) return found.problems.map(({ what }) => what).join('; ');
  const { outputs } = runOracle(found.network.graph, {
    inputs: new Map([['x', Float32Array.from(numbers)]]),
    parameters: new Map([...found.weights].map(([name, { data }]) => [name, data])),
    batch: 1,
  });
  return Array.from([...outputs.values()][0]!);
}

const codes = (name: string, dims: readonly number[], data: readonly number[], type: number): TensorInit => ({
  name,
  dims: dims.map(BigInt),
  dataType: type,
  int32Data: [...data],
});
const quantised = node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']);
/** y = q · w, times the scales of both. */
const scaled = (product: NodeInit): readonly NodeInit[] => [
  quantised,
  product,
  node('Cast', ['p'], ['f'], { to: dataTypes.float }),
  node('Mul', ['s', 'ws'], ['both']),
  node('Mul', ['f', 'both'], ['y']),
];

test('a product of matrices, with a zero point for each column', () => {
  const nodes = scaled(node('MatMulInteger', ['q', 'w', 'z', 'wz'], ['p']));
  const weights = [
    codes('w', [2, 2], [3, 4, 5, 6], dataTypes.int8),
    codes('wz', [2], [1, 0], dataTypes.int8),
    floats('ws', [], [0.5]),
  ];
  // [0.25, 10] · [[2, 4], [4, 6]] / 2
  expect(computed([0.25, 10], [2], nodes, weights)).toEqual([20.25, 30.5]);
});

test('a convolution: what is padded is 0 whatever the zero point of the values', () => {
  const nodes = scaled(node('ConvInteger', ['q', 'w', 'z', 'wz'], ['p'], { pads: [0, 1, 0, 1] }));
  const weights = [
    codes('w', [1, 1, 1, 3], [129, 130, 131], dataTypes.uint8),
    codes('wz', [], [128], dataTypes.uint8),
    floats('ws', [1], [2]),
  ];
  // Filter [1, 2, 3] over 0, 4, 5, 0, times 2.
  expect(computed([4, 5], [1, 1, 2], nodes, weights)).toEqual([46, 28]);
});

test('without zero points, and back by DequantizeLinear', () => {
  const back = [quantised, node('DequantizeLinear', ['q', 's', 'z'], ['d']), node('Neg', ['d'], ['y'])];
  expect(computed([0.3, -2], [2], back, [])).toEqual([-Math.fround(0.3), 2]);
  const nodes = [quantised, node('MatMulInteger', ['q', 'w'], ['y'])];
  expect(computed([1, 2], [2], nodes, [codes('w', [2, 1], [3, 4], dataTypes.int8)])).toEqual([11]);
});

test('a note says that values are not rounded, and products of codes with a fixed scale are refused', () => {
  const found = read([2], [quantised, node('DequantizeLinear', ['q', 's', 'z'], ['y'])], []);
  expect(found).toMatchObject({ notes: ['values that the file quantises by their own extremes are computed in f32'] });
  const fixed = [node('QuantizeLinear', ['x', 'ws', 'z'], ['q']), node('MatMulInteger', ['q', 'w', 'z'], ['y'])];
  const weights = [
    codes('w', [2, 1], [3, 4], dataTypes.int8),
    codes('z', [], [0], dataTypes.int8),
    floats('ws', [], [2]),
  ];
  expect(computed([1, 2], [2], fixed, weights)).toMatch(/codes of 8 bits that have a fixed scale/);
});
