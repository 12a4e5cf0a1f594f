// A model of ONNX that was quantised elsewhere, as onnxruntime's tools write it: each value goes to codes and back.

import { dataTypes } from '../../src/onnx/file/messages.ts';
import { border, floats, modelBytes, node } from '../onnx/models.ts';
import { wholeNumbers } from './codes.ts';

const byte = (name: string, value: number) => ({ name, dims: [], dataType: dataTypes.uint8, int32Data: [value] });
const weight = (name: string, dims: readonly number[], seed: number) => ({
  name,
  dims: dims.map(BigInt),
  dataType: dataTypes.int8,
  int32Data: [...wholeNumbers(dims, -127, 127, seed).data],
});
/** To codes and back. */
const both = (from: string, to: string, scale: string, zero: string) => [
  node('QuantizeLinear', [from, scale, zero], [`${to}_codes`]),
  node('DequantizeLinear', [`${to}_codes`, scale, zero], [to]),
];

/** Two convolutions, x [N,4,8,8] → y [N,3,4,4]; x is quantised unless `open`. */
export const quantizedModel = (open: boolean): Uint8Array =>
  modelBytes({
    input: [border('x', ['n', 4, 8, 8])],
    output: [border('y', ['n', 3, 4, 4])],
    initializer: [
      ...[floats('xs', [], [0.02]), byte('xz', 128), floats('as', [], [0.03]), byte('az', 0)],
      ...[floats('ys', [], [0.05]), byte('yz', 120), floats('ws', [], [0.003])],
      { name: 'wz', dims: [], dataType: dataTypes.int8, int32Data: [0] },
      ...[weight('w', [6, 4, 3, 3], 1), weight('v', [3, 6, 3, 3], 2)],
    ],
    node: [
      ...(open ? [node('Identity', ['x'], ['d'])] : both('x', 'd', 'xs', 'xz')),
      node('DequantizeLinear', ['w', 'ws', 'wz'], ['wf']),
      node('Conv', ['d', 'wf'], ['a'], { pads: [1, 1, 1, 1] }),
      // The zero point 0 of uint8 is a relu.
      ...both('a', 'r', 'as', 'az'),
      node('MaxPool', ['r'], ['m'], { kernel_shape: [2, 2], strides: [2, 2] }),
      node('DequantizeLinear', ['v', 'ws', 'wz'], ['vf']),
      node('Conv', ['m', 'vf'], ['b'], { pads: [1, 1, 1, 1] }),
      ...both('b', 'y', 'ys', 'yz'),
    ],
  });
