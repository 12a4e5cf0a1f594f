// Operators on constants, choices by them, signs and norms. Expected are NumPy's results and the cases of ONNX's own documentation of the
// operators; `node test/bench/import-check.ts` compares random ones with onnxruntime.

import { expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { attributeTypes, dataTypes } from '../../src/onnx/file/messages.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';
import type { NodeInit, TensorInit } from './models.ts';

const { float, int64, bool } = dataTypes;

/** The first output of one image. */
function computed(
  nodes: readonly NodeInit[],
  initializer: readonly TensorInit[],
  x: readonly number[],
  dims: readonly (number | string)[] = ['n', x.length],
): readonly number[] {
  const bytes = modelBytes(
    {
      name: 'a',
      input: [border('x', dims)],
      output: [border('y', [])],
      initializer: [...initializer],
      node: [...nodes],
    },
    { opsetImport: [{ domain: '', version: 23n }] },
  );
  const imported = importOnnx(bytes);
  if ('problems' in imported) throw new Error(imported.problems.map(({ what }) => what).join('; '));
  const { outputs } = runOracle(imported.network.graph, {
    inputs: new Map([['x', Float32Array.from(x)]]),
    parameters: new Map([...imported.weights].map(([name, { data }]) => [name, data])),
    batch: 1,
  });
  return Array.from([...outputs.values()][0]!);
}

/** What the nodes make of constants: their result `c` is flattened and added to zeros. */
function known(nodes: readonly NodeInit[], initializer: readonly TensorInit[], count: number): readonly number[] {
  const added = [
    node('Cast', ['c'], ['as_float'], { to: float }),
    node('Reshape', ['as_float', 'flat'], ['row']),
    node('Add', ['x', 'row'], ['y']),
  ];
  return computed([...nodes, ...added], [...initializer, ints('flat', [count])], Array<number>(count).fill(0));
}

const tensor = (name: string, dims: readonly number[], data: readonly number[]): TensorInit => ({
  name,
  dims: dims.map(BigInt),
  dataType: int64,
  int64Data: data.map(BigInt),
});
const one = (name: string, value: number): TensorInit => tensor(name, [], [value]);
const six = floats('a', [2, 3], [1, 2, 3, 4, 5, 6]);

const cases: readonly (readonly [string, readonly NodeInit[], readonly TensorInit[], readonly number[]])[] = [
  ['CumSum', [node('CumSum', ['a', 'axis'], ['c'])], [six, one('axis', 1)], [1, 3, 6, 4, 9, 15]],
  [
    'CumSum backwards, without the number itself',
    [node('CumSum', ['a', 'axis'], ['c'], { reverse: 1, exclusive: 1 })],
    [six, one('axis', -1)],
    [5, 3, 0, 11, 6, 0],
  ],
  ['ReduceProd along an axis', [node('ReduceProd', ['a', 'axis'], ['c'])], [six, ints('axis', [0])], [4, 10, 18]],
  ['ReduceProd of all', [node('ReduceProd', ['a'], ['c'], { keepdims: 0 })], [six], [720]],
  [
    'Mod has the sign of the divisor',
    [node('Mod', ['p', 'q'], ['c'])],
    [ints('p', [-4, 7, 5, 4, -7, 8]), ints('q', [2, -3, 8, -2, 3, 5])],
    [0, -2, 5, 0, 2, 3],
  ],
  [
    'fmod that of the dividend',
    [node('Mod', ['p', 'q'], ['c'], { fmod: 1 })],
    [ints('p', [-4, 7, 5, 4, -7, 8]), ints('q', [2, -3, 8, -2, 3, 5])],
    [0, 1, 5, 0, -1, 3],
  ],
  ['Round', [node('Round', ['r'], ['c'])], [floats('r', [4], [0.5, 1.5, -2.5, 2.6])], [0, 2, -2, 3]],
  ['Trilu, upper', [node('Trilu', ['a'], ['c'])], [six], [1, 2, 3, 0, 5, 6]],
  ['Trilu, lower', [node('Trilu', ['a', 'k'], ['c'], { upper: 0 })], [six, one('k', 1)], [1, 2, 0, 4, 5, 6]],
  ['EyeLike', [node('EyeLike', ['a'], ['c'], { k: 1 })], [six], [0, 1, 0, 0, 0, 1]],
  [
    'OneHot',
    [node('OneHot', ['i', 'depth', 'v'], ['c'])],
    [ints('i', [1, -1, 7]), one('depth', 3), floats('v', [2], [2, 5])],
    [2, 5, 2, 2, 2, 5, 2, 2, 2],
  ],
  [
    'OneHot along axis 0',
    [node('OneHot', ['i', 'depth', 'v'], ['c'], { axis: 0 })],
    [ints('i', [1, 0]), one('depth', 3), floats('v', [2], [0, 1])],
    [0, 1, 1, 0, 0, 0],
  ],
  ['NonZero', [node('NonZero', ['b'], ['c'])], [tensor('b', [2, 2], [1, 0, 1, 1])], [0, 1, 1, 0, 0, 1]],
  [
    'GatherElements',
    [node('GatherElements', ['a', 'i'], ['c'], { axis: 1 })],
    [six, tensor('i', [2, 2], [2, 0, -1, -2])],
    [3, 1, 6, 5],
  ],
  ['GatherND', [node('GatherND', ['a', 'i'], ['c'])], [six, tensor('i', [2, 2], [0, 1, 1, -1])], [2, 6]],
  [
    'GatherND of each row',
    [node('GatherND', ['a', 'i'], ['c'], { batch_dims: 1 })],
    [six, tensor('i', [2, 1], [1, 0])],
    [2, 4],
  ],
  [
    'ScatterElements',
    [node('ScatterElements', ['a', 'i', 'u'], ['c'], { axis: 1 })],
    [six, tensor('i', [2, 1], [1, -1]), floats('u', [2, 1], [8, 9])],
    [1, 8, 3, 4, 5, 9],
  ],
  [
    'ScatterND',
    [node('ScatterND', ['a', 'i', 'u'], ['c'])],
    [six, tensor('i', [1, 1], [1]), floats('u', [1, 3], [7, 8, 9])],
    [1, 2, 3, 7, 8, 9],
  ],
  [
    'ScatterND that adds',
    [node('ScatterND', ['a', 'i', 'u'], ['c'], { reduction: 'add' })],
    [six, tensor('i', [2, 2], [0, 0, 0, 0]), floats('u', [2], [10, 20])],
    [31, 2, 3, 4, 5, 6],
  ],
  ['IsNaN', [node('IsNaN', ['r'], ['c'])], [floats('r', [2], [NaN, 1])], [1, 0]],
  ['IsInf', [node('IsInf', ['r'], ['c'], { detect_negative: 0 })], [floats('r', [2], [Infinity, -Infinity])], [1, 0]],
  [
    'LayerNormalization, as of learned queries',
    [node('LayerNormalization', ['r', 's', 'b'], ['c'], { epsilon: { float: 0 } })],
    [floats('r', [2, 2], [1, 3, 6, 2]), floats('s', [2], [1, 2]), floats('b', [2], [0, 1])],
    [-1, 3, 1, -1],
  ],
  [
    'Resize, as of learned positions',
    [node('Resize', ['r', '', '', 'to'], ['c'], { mode: 'linear' })],
    [floats('r', [1, 1, 1, 2], [0, 4]), ints('to', [1, 1, 2, 4])],
    [0, 1, 3, 4, 0, 1, 3, 4],
  ],
  [
    'Conv of one image',
    [node('Conv', ['r', 'w'], ['c'])],
    [floats('r', [1, 2, 1, 2], [1, 2, 3, 4]), floats('w', [1, 2, 1, 1], [1, 10])],
    [31, 42],
  ],
  [
    'Einsum',
    [node('Einsum', ['a', 'r'], ['c'], { equation: 'ij,i->j' })],
    [six, floats('r', [2], [1, 10])],
    [41, 52, 63],
  ],
];
test.each(cases.map(([title, ...others]) => ({ title, others })))('$title', ({ others: [nodes, given, expected] }) => {
  expect(known(nodes, given, expected.length)).toEqual(expected);
});

const mask: TensorInit = { name: 'm', dims: [4n], dataType: bool, int32Data: [1, 0, 0, 1] };
const x = [-3, 0.5, 7, 2e30];

test('a constant where a mask says so, above and below what flows', () => {
  expect(computed([node('Where', ['m', 'k', 'x'], ['y'])], [mask, floats('k', [], [1])], x)).toEqual([1, 0.5, 7, 1]);
  const rows = floats('k', [4], [5, -5, 6, -6]);
  expect(computed([node('Where', ['m', 'x', 'k'], ['y'])], [mask, rows], x)).toEqual([-3, -5, 6, Math.fround(2e30)]);
  const none = floats('k', [], [-Infinity]);
  expect(computed([node('Where', ['m', 'k', 'x'], ['y'])], [mask, none], x)).toEqual([-Infinity, 0.5, 7, -Infinity]);
});

test('infinite values stay infinite where the constant is, as in the second mask of attention', () => {
  const hidden = [floats('k', [], [-Infinity]), { ...mask, name: 'l', int32Data: [0, 1, 0, 1] }];
  const nodes = [node('Where', ['m', 'k', 'x'], ['z']), node('Where', ['l', 'k', 'z'], ['y'])];
  expect(computed(nodes, [mask, ...hidden], [1, 2, Infinity, 4])).toEqual([-Infinity, -Infinity, Infinity, -Infinity]);
});

test('where a mask chooses by finite numbers, a note says what becomes of infinite values', () => {
  const notes = (k: number) => {
    const found = importOnnx(
      modelBytes({
        input: [border('x', ['n', 4])],
        output: [{ name: 'y' }],
        initializer: [mask, floats('k', [], [k])],
        node: [node('Where', ['m', 'k', 'x'], ['y'])],
      }),
    );
    return 'problems' in found ? found.problems : found.notes;
  };
  expect(notes(0)).toEqual([
    'where Where chooses values, infinite ones become ±3.4e38, and NaN stays NaN, chosen or not',
  ]);
  expect(notes(-Infinity)).toEqual([]);
});

test('one of two values by a mask', () => {
  const nodes = [node('Neg', ['x'], ['z']), node('Where', ['m', 'z', 'x'], ['y'])];
  expect(computed(nodes, [mask], x)).toEqual([3, 0.5, 7, -Math.fround(2e30)]);
});

test('signs, of the smallest numbers, too', () => {
  expect(computed([node('Sign', ['x'], ['y'])], [], [-3, 0, 2 ** -149, -(2 ** 120)])).toEqual([-1, 0, 1, -1]);
});

test('norms along an axis: 3 and 4 are 5 long, and zeros stay zeros', () => {
  const of = (p: number): readonly number[] =>
    computed([node('LpNormalization', ['x'], ['y'], { axis: 1, p })], [], [3, 0, -4, 0], ['n', 2, 2]);
  expect(of(2)).toEqual([0.6, 0, -0.8, 0]);
  expect(of(1)).toEqual([3 / 7, 0, -4 / 7, 0]);
});

test('mean 0 and variance 1', () => {
  const nodes = [node('MeanVarianceNormalization', ['x'], ['y'], { axes: [2, 3] })];
  const found = computed(nodes, [], [1, 3, 10, 20], ['n', 2, 1, 2]);
  for (const [at, value] of [-1, 1, -1, 1].entries()) expect(found[at]).toBeCloseTo(value, 6);
});

test('divided by the root of the mean square: 3, 4 and √12.5', () => {
  const nodes = [node('RMSNormalization', ['x', 's'], ['y'], { epsilon: { float: 0 } })];
  const found = computed(nodes, [floats('s', [2], [1, 2])], [3, 4, 30, 40], ['n', 2, 2]);
  for (const [at, value] of [3, 8, 3, 8].entries()) expect(found[at]).toBeCloseTo(value / Math.sqrt(12.5), 6);
});

test('two branches may call their own values the same, but not as the values around them', () => {
  const branch = (output: string, offset: number, input: string, name = 'offset'): NodeInit => ({
    opType: 'If',
    input: ['condition'],
    output: [output],
    attribute: [
      {
        name: 'then_branch',
        type: attributeTypes.graph,
        g: {
          initializer: [floats(name, [1], [offset])],
          node: [node('Add', [input, name], ['sum'])],
          output: [border('sum', [])],
        },
      },
    ],
  });
  const condition: TensorInit = { name: 'condition', dims: [], dataType: bool, int32Data: [1] };
  expect(computed([branch('a', 10, 'x'), branch('y', 200, 'a')], [condition], [1, 2])).toEqual([211, 212]);
  expect(() => computed([branch('y', 10, 'x', 'x')], [condition], [1, 2])).toThrow(
    /^the initializer "x" of its then_branch has the name of another value$/,
  );
});
