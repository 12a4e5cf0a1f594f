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

/** Each is imported as it stands. */
export const models: readonly Uint8Array[] = [smallModel, shapes, parts, heads, windows];
