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

/** Each is imported as it stands. */
export const models: readonly Uint8Array[] = [smallModel, shapes, parts];
