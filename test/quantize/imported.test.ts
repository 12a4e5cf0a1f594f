// A model of ONNX that was quantised elsewhere becomes whole numbers without images: its own intervals are known.

import { expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { dataTypes } from '../../src/onnx/file/messages.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { layerErrors } from '../../src/quantize/errors.ts';
import { quantizeNetwork } from '../../src/quantize/quantize.ts';
import { border, floats, modelBytes, node } from '../onnx/models.ts';
import { wholeNumbers } from '../support/codes.ts';

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

/** Two convolutions on [N,4,8,8]; x is quantised unless `open`. */
function imported(open: boolean): { readonly graph: Graph; readonly weights: ReadonlyMap<string, Float32Array> } {
  const model = importOnnx(
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
    }),
  );
  if ('problems' in model) throw new Error(JSON.stringify(model.problems));
  const weights = new Map([...model.weights].map(([name, { data }]) => [name, Float32Array.from(data)]));
  return { graph: model.network.graph, weights };
}

test('its intervals are those of the file', async () => {
  const { graph, weights } = imported(false);
  const quantized = await quantizeNetwork({ graph }, weights, []);
  expect(quantized.graph.nodes.map(({ op }) => op)).toEqual([
    ...['quantize', 'quantized_conv', 'max_pool', 'quantized_conv_f32', 'clip'],
  ]);
  // 255 steps of 8 bits are 127 of 7 bits.
  const [input, inner] = quantized.scales as [(typeof quantized.scales)[number], (typeof quantized.scales)[number]];
  expect(input.scale).toBeCloseTo((0.02 * 255) / 127, 6);
  expect(input.zero).toBe(64);
  expect(inner.scale).toBeCloseTo((0.03 * 255) / 127, 6);
  expect(inner.zero).toBe(0);
  const x = Float32Array.from(wholeNumbers([256], -128, 127, 3).data, (code) => code * 0.02);
  const errors = await layerErrors(quantized, weights, [new Map([['x', x]])], { runner: 'js' });
  for (const { sqnr } of errors) expect(sqnr).toBeGreaterThan(28);
});

test('where one is not known, the message says of what', async () => {
  const { graph, weights } = imported(true);
  await expect(quantizeNetwork({ graph }, weights, [])).rejects.toThrow(
    'there is no image to calibrate with, and nothing else says in which interval x lies',
  );
});
