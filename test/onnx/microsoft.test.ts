// Operators of onnxruntime's own domain. Expected are their definitions on the numbers that codes stand for, held between the least and the
// largest code of the result; onnxruntime's results differ from these by half a code at most.

import { expect, test } from 'vitest';
import { dataTypes } from '../../src/onnx/file/messages.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';
import type { NodeInit, Setting, TensorInit } from './models.ts';

const own = (
  opType: string,
  input: readonly string[],
  output: string,
  settings: Readonly<Record<string, Setting>> = {},
): NodeInit => ({ ...node(opType, input, [output], settings), domain: 'com.microsoft' });

const codes = (name: string, dims: readonly number[], data: readonly number[], dataType: number): TensorInit => ({
  name,
  dims: dims.map(BigInt),
  dataType,
  int32Data: [...data],
});

/** x has the scale 0.5 and the zero point 128; the result 0.25 and 100, so that it is between −25 and 38.75. */
const given: readonly TensorInit[] = [
  floats('s', [], [0.5]),
  codes('z', [], [128], dataTypes.uint8),
  floats('ys', [], [0.25]),
  codes('yz', [], [100], dataTypes.uint8),
  floats('k', [1, 1, 1, 1], [10]),
  codes('m', [2, 2], [1, 2, 3, -4], dataTypes.int8),
  floats('ms', [2], [0.5, 2]),
  codes('mz', [2], [0, 0], dataTypes.int8),
  codes('b', [2], [4, -8], dataTypes.int32),
  floats('w', [1, 2, 1, 1], [2, -1]),
  ints('shape', [1, 2, 1, 2]),
  ints('row', [4]),
  ints('four', [0, 2]),
];
const quantized = node('QuantizeLinear', ['x', 's', 'z'], ['q']);
const numbers = node('DequantizeLinear', ['o', 'ys', 'yz'], ['y']);

function imported(nodes: readonly NodeInit[], dims: readonly (number | string)[]) {
  const opsetImport = [
    { domain: '', version: 17n },
    { domain: 'com.microsoft', version: 1n },
  ];
  const graph = { input: [border('x', dims)], output: [border('y', [])], initializer: [...given], node: [...nodes] };
  return importOnnx(modelBytes(graph, { opsetImport }));
}

function computed(
  nodes: readonly NodeInit[],
  x: readonly number[],
  dims: readonly (number | string)[] = ['n', 2, 1, 2],
): readonly number[] {
  const found = imported(nodes, dims);
  if ('problems' in found) throw new Error(found.problems.map(({ what }) => what).join('; '));
  const { outputs } = runOracle(found.network.graph, {
    inputs: new Map([['x', Float32Array.from(x)]]),
    parameters: new Map([...found.weights].map(([name, { data }]) => [name, data])),
    batch: 1,
  });
  return Array.from([...outputs.values()][0]!);
}

const onCodes = (...nodes: readonly NodeInit[]): readonly NodeInit[] => [quantized, ...nodes, numbers];
const x = [1, -2, 20, -30];
const both = ['q', 's', 'z', 'q', 's', 'z', 'ys', 'yz'];

test.each<[string, readonly NodeInit[], readonly number[]]>([
  ['sums', onCodes(own('QLinearAdd', both, 'o')), [2, -4, 38.75, -25]],
  ['products', onCodes(own('QLinearMul', both, 'o')), [1, 4, 38.75, 38.75]],
  ['means', onCodes(own('QLinearGlobalAveragePool', ['q', 's', 'z', 'ys', 'yz'], 'o')), [-0.5, -5]],
  [
    'means of windows',
    onCodes(own('QLinearAveragePool', ['q', 's', 'z', 'ys', 'yz'], 'o', { kernel_shape: [1, 2] })),
    [-0.5, -5],
  ],
  [
    'slopes',
    onCodes(own('QLinearLeakyRelu', ['q', 's', 'z', 'ys', 'yz'], 'o', { alpha: { float: 0.5 } })),
    [1, -1, 20, -15],
  ],
  [
    'joined values',
    onCodes(own('QLinearConcat', ['ys', 'yz', ...both.slice(0, 6)], 'o', { axis: 1 })),
    [1, -2, 20, -25, 1, -2, 20, -25],
  ],
])('%s of codes', (_, nodes, expected) => {
  expect(computed(nodes, x)).toEqual(expected);
});

test('a matrix of codes with a scale for each feature, and a bias of its products’ scale', () => {
  const operands = ['q', 's', 'z', 'm', 'ms', 'mz', 'b'];
  // [3, 1] · [[0.5, 4], [1.5, −8]] + [1, −8]
  expect(computed([quantized, own('QGemm', operands, 'y')], [3, 1], ['n', 2])).toEqual([4, -4]);
  const held = [quantized, own('QGemm', [...operands, 'ys', 'yz'], 'o', { alpha: { float: 10 } }), numbers];
  expect(computed(held, [3, 1], ['n', 2])).toEqual([38.75, -25]);
});

test('a convolution with what is added to it and its activation', () => {
  const settings = { activation: 'Clip', activation_params: { floats: [-3, 6] } };
  expect(computed([own('FusedConv', ['x', 'w', '', 'k'], 'y', settings)], [1, -2, 20, -30])).toEqual([-3, 6]);
  const plain = [own('FusedConv', ['x', 'w'], 'y', { activation: 'Relu' })];
  expect(computed(plain, [1, -2, -20, 30])).toEqual([22, 0]);
});

test('is refused, never a failure of the program', () => {
  const problemsOf = (nodes: readonly NodeInit[], dims: readonly (number | string)[] = ['n', 2, 1, 2]): string => {
    const found = imported(nodes, dims);
    return 'problems' in found ? found.problems.map(({ what }) => what).join('; ') : '';
  };
  expect(problemsOf([{ ...own('QLinearAdd', both, 'y'), domain: 'com.example' }])).toMatch(/not supported/);
  const last = own('QLinearGlobalAveragePool', ['q', 's', 'z', 'ys', 'yz'], 'o', { channels_last: 1 });
  expect(problemsOf(onCodes(last))).toMatch(/channels_last/);
  expect(problemsOf([own('FusedConv', ['x', 'w'], 'y', { activation: 'Erf' })])).toMatch(/ends with Erf/);
  // Axis 0 is lost, and an image is joined with what has more axes.
  const mixed = [
    node('Reshape', ['x', 'row'], ['r']),
    node('Reshape', ['r', 'shape'], ['a']),
    node('Concat', ['a', 'a'], ['c'], { axis: 0 }),
    own('FusedConv', ['a', 'w', '', 'c'], 'y', { activation: 'Relu' }),
  ];
  expect(problemsOf(mixed, [1, 2, 1, 2])).toMatch(/it joins \[1, 1, 2\] and \[2, 2, 1, 2\]/);
});
