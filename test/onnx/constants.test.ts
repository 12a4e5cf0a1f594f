// Arithmetic on what is known while a file is imported. Values are those of NumPy and of the operators' definitions; what these do not
// define is refused instead of becoming some number.

import { expect, test } from 'vitest';
import { interpret } from '../../compiler/ir/interpret.ts';
import { operators } from '../../compiler/ops/index.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { dataTypes } from '../../src/onnx/file/messages.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';

type Graph = Parameters<typeof modelBytes>[0];
type Nodes = NonNullable<Graph['node']>;
type Tensors = NonNullable<Graph['initializer']>;

function imported(nodes: Nodes, initializer: Tensors, dims: readonly (number | string)[], version: bigint) {
  return importOnnx(
    modelBytes({ name: 'a', input: [border('x', dims)], output: [border('y', [])], initializer, node: nodes }, {
      opsetImport: [{ domain: '', version }],
    } as never),
  );
}

/** What the model gives for an input of zeros. */
function valuesOf(nodes: Nodes, initializer: Tensors, dims: readonly (number | string)[] = ['n', 2], version = 17n) {
  const found = imported(nodes, initializer, dims, version);
  if ('problems' in found) throw new Error(found.problems.map(({ what }) => what).join('; '));
  const { graph } = found.network;
  const { shape } = graph.types.get(graph.inputs[0]!.value)!;
  const zeros = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
  const { outputs } = interpret(graph, operators, {
    batch: 1,
    inputs: new Map([[graph.inputs[0]!.name, { data: zeros }]]),
    parameters: new Map([...found.weights].map(([name, { data }]) => [name, { data }])),
  });
  return [...outputs.values().next().value!.data];
}

function problemsOf(nodes: Nodes, initializer: Tensors, dims: readonly (number | string)[] = ['n', 2], version = 17n) {
  const found = imported(nodes, initializer, dims, version);
  return 'problems' in found ? found.problems.map(({ what }) => what).join('; ') : 'none';
}

const matrix = (name: string, dims: readonly number[], data: readonly number[]): Tensors[number] => ({
  name,
  dims: dims.map(BigInt),
  dataType: dataTypes.int64,
  int64Data: data.map(BigInt),
});
const bytes = (name: string, dims: readonly number[], data: readonly number[]): Tensors[number] => ({
  name,
  dims: dims.map(BigInt),
  dataType: dataTypes.uint8,
  int32Data: [...data],
});
/** c, which is of integers, less 2^24, added to x. */
const difference = [
  node('Sub', ['c', 'large'], ['d']),
  node('Cast', ['d'], ['e'], { to: 1 }),
  node('Add', ['x', 'e'], ['y']),
];
const large = ints('large', [2 ** 24]);

test('integers beyond f32 stay whole: 2^24 + 1 − 2^24 = 1', () => {
  const rows = [matrix('p', [1, 1], [2 ** 24 + 1]), matrix('q', [1, 1], [2 ** 24 + 3]), large];
  expect(valuesOf([node('Concat', ['p', 'q'], ['c'], { axis: 1 }), ...difference], rows)).toEqual([1, 3]);
  const fill = { name: 'value', type: 4, t: matrix('t', [1], [2 ** 24 + 1]) };
  const filled = { ...node('ConstantOfShape', ['size'], ['c']), attribute: [fill] } as Nodes[number];
  expect(valuesOf([filled, ...difference], [ints('size', [2]), large])).toEqual([1, 1]);
});

test('an input of integers that is given as a constant divides as integers do: 7 / 2 = 3', () => {
  const count = border('n', [1]);
  const type = { tensorType: { ...count.type.tensorType, elemType: dataTypes.int64 } };
  const model = modelBytes({
    name: 'a',
    input: [border('x', ['batch', 1]), { ...count, type }],
    output: [border('y', [])],
    initializer: [ints('two', [2])],
    node: [node('Div', ['n', 'two'], ['h']), node('Cast', ['h'], ['f'], { to: 1 }), node('Mul', ['x', 'f'], ['y'])],
  });
  const given = (number: number) => importOnnx(model, { constants: new Map([['n', { shape: [1], data: [number] }]]) });
  const [found, fraction] = [given(7), given(0.5)];
  const [problem] = 'problems' in fraction ? fraction.problems : [];
  expect(problem?.what).toBe('the input "n" is of integers, and its constant has 0.5');
  const nodes = 'problems' in found ? [] : found.network.graph.nodes;
  expect(nodes.map(({ op, attributes }) => [op, attributes['factor']])).toEqual([['times', 3]]);
});

test('every number but 0 is true: np.array([0.5, 0]).astype(bool)', () => {
  const nodes = [
    node('Cast', ['h'], ['c'], { to: 9 }),
    node('Cast', ['c'], ['f'], { to: 1 }),
    node('Add', ['x', 'f'], ['y']),
  ];
  expect(valuesOf(nodes, [floats('h', [2], [0.5, 0])])).toEqual([1, 0]);
});

test('−1 / 2 of integers is 0 without a sign', () => {
  const nodes = [node('Div', ['a', 'b'], ['c']), node('Cast', ['c'], ['f'], { to: 1 }), node('Mul', ['x', 'f'], ['y'])];
  const found = imported(nodes, [ints('a', [-1]), ints('b', [2])], ['n', 2], 17n);
  const steps = 'problems' in found ? [] : found.network.graph.nodes;
  expect(steps.map(({ attributes }) => attributes['factor'])).toEqual([0]);
});

test('before version 7, exponents lie along the axis that is said: [2, 3] ** [[1], [2]]', () => {
  const nodes = [
    node('Add', ['x', 'c'], ['m'], { broadcast: 1, axis: 2 }),
    node('Pow', ['m', 'e'], ['y'], { broadcast: 1, axis: 1 }),
  ];
  expect(valuesOf(nodes, [floats('c', [2], [2, 3]), floats('e', [2], [1, 2])], ['n', 2, 2], 6n)).toEqual([2, 3, 4, 9]);
});

test('the mean of constants: (1 + 5) / 2', () => {
  const nodes = [node('Mean', ['p', 'q'], ['c']), node('Add', ['x', 'c'], ['y'])];
  expect(valuesOf(nodes, [floats('p', [1], [1]), floats('q', [1], [5])])).toEqual([3, 3]);
});

test('Selu of other factors than usual: 1.0507 · 1.6732 · (exp(−1) − 1)', () => {
  const nodes = [node('Add', ['x', 'one'], ['m']), node('Selu', ['m'], ['y'], { alpha: 1.6732, gamma: 1.0507 })];
  const [value] = valuesOf(nodes, [floats('one', [1], [-1])]);
  expect(value).toBeCloseTo(1.0507 * 1.6732 * Math.expm1(-1), 6);
});

test('what Gemm adds to rows is not added to columns: x·w + [[1], [2]]', () => {
  const given = [floats('w', [2, 2], [1, 0, 0, 1]), floats('c', [2, 1], [1, 2])];
  const nodes = [node('Reshape', ['x', 'to'], ['m']), node('Gemm', ['m', 'w', 'c'], ['y'])];
  expect(valuesOf(nodes, [...given, ints('to', [2, 2])], [1, 4])).toEqual([1, 1, 2, 2]);
});

test('Concat of matrices, row by row', () => {
  const given = [floats('p', [2, 1], [1, 2]), floats('q', [2, 2], [3, 4, 5, 6])];
  const nodes = [
    node('Concat', ['p', 'q'], ['c'], { axis: 1 }),
    node('Reshape', ['c', 'flat'], ['f']),
    node('Add', ['x', 'f'], ['y']),
  ];
  expect(valuesOf(nodes, [...given, ints('flat', [6])], ['n', 6])).toEqual([1, 3, 4, 2, 5, 6]);
});

const added = node('Add', ['x', 'c'], ['y']);
const two = floats('p', [2, 3], [1, 2, 3, 4, 5, 6]);

const refused: readonly (readonly [string, Nodes, Tensors, RegExp, bigint?])[] = [
  [
    'Concat of shapes that do not fit',
    [node('Concat', ['p', 'q'], ['c'], { axis: 1 }), added],
    [two, floats('q', [3, 5], Array<number>(15).fill(0))],
    /\[3, 5\]/,
  ],
  ['Concat along an axis that is not there', [node('Concat', ['p', 'p'], ['c'], { axis: 5 }), added], [two], /axis 5/],
  ['a sum of nothing', [node('Add', [], ['c']), added], [], /result 0 is read/],
  [
    'Concat of a value and a number',
    [node('Concat', ['x', 'p'], ['y'], { axis: 1 })],
    [floats('p', [1], [1])],
    /have not as many axes/,
  ],
  [
    'Gather along an axis that is not there',
    [node('Gather', ['p', 'i'], ['c'], { axis: -3 }), added],
    [two, ints('i', [0])],
    /axis -3/,
  ],
  [
    'Slice along an axis that is not there',
    [node('Slice', ['p', 'zero', 'one', 'far'], ['c']), added],
    [two, ints('zero', [0]), ints('one', [1]), ints('far', [-5])],
    /axis -5/,
  ],
  [
    'Slice with fewer ends than starts',
    [node('Slice', ['p', 'starts', 'one'], ['c']), added],
    [two, ints('starts', [0, 0]), ints('one', [1])],
    /ends/,
  ],
  [
    'Squeeze of an axis with two elements',
    [node('Squeeze', ['p', 'i'], ['c']), added],
    [two, ints('i', [0])],
    /extent 2|2 elements/,
  ],
  ['Squeeze of a value’s axis', [node('Squeeze', ['x', 'i'], ['y'])], [ints('i', [1])], /extent 2|2 elements/],
  ['Unsqueeze of one axis twice', [node('Unsqueeze', ['p', 'i'], ['c']), added], [two, ints('i', [0, 0])], /twice/],
  [
    'Gemm with a matrix of three axes',
    [node('Gemm', ['x', 'w'], ['y'])],
    [floats('w', [2, 3, 2], Array<number>(12).fill(1))],
    /\[2, 3, 2\]/,
  ],
  [
    'scales of other blocks',
    [node('DequantizeLinear', ['b', 's'], ['c'], { axis: 1, block_size: 1 }), added],
    [bytes('b', [2, 2], [1, 2, 3, 4]), floats('s', [2, 1], [1, 10])],
    /scales \[2, 1\] for \[2, 2\], in blocks of 1/,
    21n,
  ],
  [
    'fewer zero points than scales',
    [node('DequantizeLinear', ['b', 's', 'z'], ['c'], { axis: 1 }), added],
    [bytes('b', [2, 2], [1, 2, 3, 4]), floats('s', [2], [1, 10]), bytes('z', [1], [1])],
    /zero point/,
  ],
];
test.each(refused.map(([title, ...others]) => ({ title, others })))('refused: $title', ({ others }) => {
  const [nodes, initializer, expected, version] = others;
  expect(problemsOf(nodes, initializer, ['n', 2], version)).toMatch(expected);
});

test('refused: Dropout that drops numbers when the network is used', () => {
  const [nodes, ratio] = [[node('Dropout', ['x', 'r', 't'], ['y'])], floats('r', [], [0.5])];
  const none = floats('r', [], [0]);
  const flag = (value: number): Tensors[number] => ({
    name: 't',
    dims: [],
    dataType: dataTypes.bool,
    int32Data: [value],
  });
  expect(problemsOf(nodes, [ratio, flag(1)])).toMatch(/training mode/);
  expect(problemsOf(nodes, [ratio, flag(0)])).toBe('none');
  // torchvision's attention of Swin: F.dropout(attn, p=0.0)
  expect(problemsOf(nodes, [none, flag(1)])).toBe('none');
});

test('refused: auto_pad of windows that are smaller than their strides', () => {
  const nodes = [node('ConvTranspose', ['x', 'w'], ['y'], { auto_pad: 'SAME_UPPER', strides: [3, 3] })];
  expect(problemsOf(nodes, [floats('w', [1, 1, 1, 1], [1])], ['n', 1, 2, 2])).toMatch(/smaller than its strides/);
});

test('Pad repeats what it has not cut off: np.pad([2, 3, 4], [0, 2], "wrap") of [1, 2, 3, 4]', () => {
  const nodes = [node('Add', ['x', 'c'], ['m']), node('Pad', ['m', 'p'], ['y'], { mode: 'wrap' })];
  const given = [floats('c', [4], [1, 2, 3, 4]), ints('p', [0, -1, 0, 2])];
  expect(valuesOf(nodes, given, ['n', 4], 19n)).toEqual([2, 3, 4, 2, 3]);
});

test('refused: fewer factors than groups', () => {
  const given = [floats('s', [3], [1, 2, 3]), floats('b', [3], [0, 0, 0])];
  const nodes = [node('GroupNormalization', ['x', 's', 'b'], ['y'], { num_groups: 4 })];
  expect(problemsOf(nodes, given, ['n', 8, 2, 2], 18n)).toMatch(/\[3\]/);
});

// The cases test_dequantizelinear_int4, _uint4 and _blocked of ONNX.
test.each([
  ['int4', dataTypes.int4, [0x10, 0xc7, 0x08], [-2, 0, 12, -10, -18]],
  ['uint4', dataTypes.uint4, [0x10, 0xa7, 0x0f], [-2, 0, 12, 18, 28]],
] as const)('two numbers of %s in a byte', (_, dataType, packed, expected) => {
  const nodes = [node('DequantizeLinear', ['b', 's', 'z'], ['c'], { axis: 0 }), node('Add', ['x', 'c'], ['y'])];
  const zero = { name: 'z', dims: [], dataType, int32Data: [1] };
  const b = { name: 'b', dims: [5n], dataType };
  for (const data of [{ int32Data: [...packed] }, { rawData: Uint8Array.from(packed) }])
    expect(valuesOf(nodes, [{ ...b, ...data }, zero, floats('s', [], [2])], ['n', 5], 21n)).toEqual(expected);
  const short = { ...b, rawData: Uint8Array.of(1) };
  expect(problemsOf(nodes, [short, zero, floats('s', [], [2])], ['n', 5], 21n)).toMatch(/has 1 bytes, expected 3/);
});

test('a scale for each block of an axis', () => {
  const codes = [3, 89, 34, 200, 74, 59, 5, 24, 24, 87, 32, 13, 5, 12, 12, 33, 65, 42, 245, 99, 4, 142, 121, 102];
  const [scales, zeros] = [
    [3, 2, 4, 1, 2, 2, 5, 2, 4, 3, 5, 2],
    [1, 0, 0, 1, 2, 20, 3, 2, 4, 3, 15, 2],
  ];
  const expected = codes.map((code, at) => {
    const block = 6 * Math.floor(at / 12) + (at % 6);
    return (code - zeros[block]!) * scales[block]!;
  });
  const given = [bytes('b', [1, 4, 3, 2], codes), floats('s', [1, 2, 3, 2], scales), bytes('z', [1, 2, 3, 2], zeros)];
  const nodes = [
    node('DequantizeLinear', ['b', 's', 'z'], ['c'], { axis: 1, block_size: 2 }),
    node('Add', ['x', 'c'], ['y']),
  ];
  expect(valuesOf(nodes, given, ['n', 4, 3, 2], 21n)).toEqual(expected);
});
