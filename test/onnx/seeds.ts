// Small models of many kinds, for what mutates them.

import { border, floats, ints, modelBytes, node, smallModel } from './models.ts';

const ones = (count: number): readonly number[] => Array<number>(count).fill(1);

/** A batch norm, pooling, a residual sum, and a reshape by the arithmetic of shapes. */
const shapes = modelBytes({
  name: 'shapes',
  input: [border('x', [1, 2, 4, 4])],
  output: [border('y', [1, 8])],
  initializer: [
    floats('bn.weight', [2], [1, 2]),
    floats('bn.bias', [2], [0, 1]),
    floats('bn.running_mean', [2], [0, 0.5]),
    floats('bn.running_var', [2], [1, 4]),
    ints('zero', [0]),
    ints('rest', [-1]),
  ],
  node: [
    node('BatchNormalization', ['x', 'bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var'], ['a'], {
      epsilon: 0.001,
    }),
    node('Add', ['a', 'x'], ['b']),
    node('AveragePool', ['b'], ['c'], { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
    node('Shape', ['c'], ['s']),
    node('Gather', ['s', 'zero'], ['n'], { axis: 0 }),
    node('Concat', ['n', 'rest'], ['t'], { axis: 0 }),
    node('Reshape', ['c', 't'], ['d']),
    node('Softmax', ['d'], ['y'], { axis: 1 }),
  ],
});

/** Parts, permutations, resizing and arithmetic with tensors. */
const parts = modelBytes({
  name: 'parts',
  input: [border('x', ['n', 4, 4, 4])],
  output: [border('y', ['n', 4, 8, 8]), border('z', ['n', 4, 4, 4])],
  initializer: [
    floats('scales', [4], [1, 1, 2, 2]),
    floats('factor', [4, 1, 1], ones(4)),
    ints('starts', [1]),
    ints('ends', [3]),
    ints('axes', [1]),
    ints('pads', [0, 1, 0, 0, 0, 1, 0, 0]),
  ],
  node: [
    node('Slice', ['x', 'starts', 'ends', 'axes'], ['a']),
    node('Pad', ['a', 'pads'], ['b']),
    node('Transpose', ['b'], ['c'], { perm: [0, 2, 3, 1] }),
    node('Transpose', ['c'], ['d'], { perm: [0, 3, 1, 2] }),
    node('Mul', ['d', 'factor'], ['z']),
    node('Resize', ['z', '', 'scales'], ['y'], { mode: 'linear' }),
  ],
});

/** Heads of attention: permutations that move the batch, products of several matrices, reductions, a written-out layer norm. */
const heads = modelBytes({
  name: 'heads',
  input: [border('x', ['n', 3, 8])],
  output: [border('y', ['n', 2, 3, 3]), border('z', ['n', 3])],
  initializer: [
    floats('w', [8, 12], ones(96)),
    floats('b', [12], ones(12)),
    floats('two', [], [2]),
    floats('small', [], [1e-5]),
    floats('powers', [8], [1, 1, 2, 2, 3, 3, 0.5, 0.5]),
    ints('five', [-1, 3, 3, 2, 2]),
    ints('place', [1]),
    ints('size', [1, 3, 8]),
  ],
  node: [
    node('ReduceMean', ['x'], ['m'], { axes: [-1] }),
    node('Sub', ['x', 'm'], ['d']),
    node('Pow', ['d', 'two'], ['q']),
    node('ReduceMean', ['q'], ['v'], { axes: [-1] }),
    node('Add', ['v', 'small'], ['e']),
    node('Sqrt', ['e'], ['r']),
    node('Div', ['d', 'r'], ['u']),
    node('MatMul', ['u', 'w'], ['f']),
    node('Add', ['f', 'b'], ['g']),
    node('Reshape', ['g', 'five'], ['h']),
    node('Transpose', ['h'], ['t'], { perm: [2, 0, 3, 1, 4] }),
    node('Split', ['t'], ['t0', 't1', 't2'], { axis: 0 }),
    node('Gather', ['t', 'place'], ['o'], { axis: 0 }),
    node('Squeeze', ['t0', 'zero'], ['k']),
    node('Squeeze', ['o', 'zero'], ['l']),
    node('Transpose', ['l'], ['lt'], { perm: [0, 1, 3, 2] }),
    node('MatMul', ['k', 'lt'], ['y']),
    node('Pow', ['x', 'powers'], ['p']),
    node('Expand', ['p', 'size'], ['pe']),
    node('ArgMax', ['pe'], ['z'], { axis: 2, keepdims: 0 }),
    node('Constant', [], ['zero'], { value_ints: [0] }),
  ].toSorted((a, b) => Number(b.opType === 'Constant') - Number(a.opType === 'Constant')),
});

/** Windows with gaps, sums with weights that are computed, slopes of each pixel. */
const windows = modelBytes({
  name: 'windows',
  input: [border('x', ['n', 2, 6, 6])],
  output: [border('y', ['n', 2, 6, 6])],
  initializer: [
    floats('slope', [6], ones(6)),
    floats('v', [2, 2, 1, 1], [1, 2, 3, 4]),
    floats('one', [2, 1, 1], ones(2)),
    ints('to', [1, 2, 6, 6]),
  ],
  node: [
    node('ReduceL2', ['v'], ['norm'], { axes: [1, 2, 3] }),
    node('Div', ['v', 'norm'], ['w']),
    node('Conv', ['x', 'w'], ['a'], { kernel_shape: [1, 1] }),
    node('AveragePool', ['a'], ['b'], { kernel_shape: [2, 2], dilations: [2, 2], ceil_mode: 1 }),
    node('LpPool', ['b'], ['c'], { kernel_shape: [2, 2], dilations: [3, 1], p: 3 }),
    node('ReduceMax', ['c'], ['d'], { axes: [2, 3] }),
    node('Hardmax', ['a'], ['h'], { axis: 1 }),
    node('PRelu', ['h', 'slope'], ['i']),
    node('Expand', ['d', 'to'], ['j']),
    node('Add', ['i', 'j'], ['y']),
  ],
});

/** Masks and places that are computed of constants, types that they pass through, choices, norms and sums of products. */
const known = modelBytes({
  name: 'known',
  input: [border('x', ['n', 2, 3, 3])],
  output: [border('y', ['n', 2, 3, 3])],
  initializer: [
    floats('a', [3, 3], [1, -2, 3, 0.5, 0, 6, 7, 8, 300.7]),
    ints('axis', [1]),
    ints('depth', [3]),
    ints('i', [0, 2, 1]),
    ints('column', [3, 1]),
    ints('rows', [1, 3]),
    floats('values', [2], [0, 1]),
    floats('u', [3, 3], ones(9)),
    floats('c', [2, 2], ones(4)),
  ],
  node: [
    node('CumSum', ['a', 'axis'], ['b'], { exclusive: 1 }),
    node('Trilu', ['b'], ['c1']),
    node('OneHot', ['i', 'depth', 'values'], ['d']),
    node('Reshape', ['i', 'column'], ['places']),
    node('GatherElements', ['a', 'places'], ['e'], { axis: 1 }),
    node('ScatterND', ['c1', 'places', 'u'], ['f'], { reduction: 'add' }),
    node('GatherND', ['f', 'places'], ['g']),
    node('ScatterElements', ['g', 'places', 'e'], ['h'], { axis: 1 }),
    node('Cast', ['h'], ['h8'], { to: 3 }),
    node('Mod', ['h8', 'h8'], ['m']),
    node('Cast', ['d'], ['mask'], { to: 9 }),
    node('Cast', ['m'], ['m16'], { to: 10 }),
    node('Cast', ['m16'], ['k'], { to: 1 }),
    node('ReduceProd', ['k'], ['p'], { axes: [0] }),
    node('EyeLike', ['a'], ['eye'], { k: 1 }),
    node('NonZero', ['eye'], ['places1']),
    node('Cast', ['places1'], ['n1'], { to: 1 }),
    node('ReduceSum', ['n1'], ['n2']),
    node('Where', ['mask', 'p', 'x'], ['q']),
    node('LpNormalization', ['q'], ['r'], { axis: 1, p: 1 }),
    node('MeanVarianceNormalization', ['r'], ['s'], { axes: [2, 3] }),
    node('Einsum', ['s', 'c'], ['t'], { equation: 'nchw,cd->ndhw' }),
    node('Sign', ['t'], ['v']),
    node('Mul', ['v', 'n2'], ['w']),
    node('Add', ['w', 'k'], ['y']),
  ],
});

const codes = (name: string, dims: readonly number[], dataType: number, data: readonly number[]) => ({
  name,
  dims: dims.map(BigInt),
  dataType,
  int32Data: [...data],
});
const own = (...given: Parameters<typeof node>) => ({ ...node(...given), domain: 'com.microsoft' });

/** Codes of 8 bits by operators of onnxruntime. */
const microsoft = modelBytes(
  {
    name: 'microsoft',
    input: [border('x', ['n', 2, 2, 2])],
    output: [border('y', ['n', 3])],
    initializer: [
      floats('s', [], [0.5]),
      codes('z', [], 2, [128]),
      codes('m', [4, 3], 3, ones(12)),
      floats('ms', [3], ones(3)),
      codes('mz', [3], 3, [0, 0, 0]),
      codes('b', [3], 6, ones(3)),
      floats('w', [2, 2, 1, 1], ones(4)),
    ],
    node: [
      own('FusedConv', ['x', 'w', '', 'x'], ['a'], { activation: 'LeakyRelu', activation_params: { floats: [0.5] } }),
      node('QuantizeLinear', ['a', 's', 'z'], ['q']),
      own('QLinearAdd', ['q', 's', 'z', 'q', 's', 'z', 's', 'z'], ['c']),
      own('QLinearConcat', ['s', 'z', 'c', 's', 'z', 'q', 's', 'z'], ['d'], { axis: 1 }),
      own('QLinearSigmoid', ['d', 's', 'z', 's', 'z'], ['e']),
      own('QLinearAveragePool', ['e', 's', 'z', 's', 'z'], ['f'], { kernel_shape: [2, 2] }),
      node('Flatten', ['f'], ['g']),
      own('QGemm', ['g', 's', 'z', 'm', 'ms', 'mz', 'b'], ['y']),
    ],
  },
  {
    opsetImport: [
      { domain: '', version: 17n },
      { domain: 'com.microsoft', version: 1n },
    ] as never,
  },
);

/** Each is imported as it stands. */
export const models: readonly Uint8Array[] = [smallModel, shapes, parts, heads, windows, known, microsoft];
