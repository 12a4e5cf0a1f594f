// A model of ONNX that was quantised elsewhere becomes whole numbers without images: its own intervals are known.

import { expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { layerErrors } from '../../src/quantize/errors.ts';
import { dataTypes } from '../../src/onnx/file/messages.ts';
import { quantizeNetwork } from '../../src/quantize/quantize.ts';
import { border, floats, modelBytes, node } from '../onnx/models.ts';
import { wholeNumbers } from '../support/codes.ts';
import { quantizedModel } from '../support/quantized-model.ts';

function imported(open: boolean): { readonly graph: Graph; readonly weights: ReadonlyMap<string, Float32Array> } {
  const model = importOnnx(quantizedModel(open));
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

/** To codes and back. */
const both = (from: string, to: string) => [
  node('QuantizeLinear', [from, 's', 'z'], [`${to}_codes`]),
  node('DequantizeLinear', [`${to}_codes`, 's', 'z'], [to]),
];

test('sums of three, transposed convolutions, means without their padding and bilinear images compute with codes', async () => {
  const weights = (name: string, dims: readonly number[], seed: number) =>
    floats(
      name,
      dims,
      [...wholeNumbers(dims, -127, 127, seed).data].map((value) => value / 300),
    );
  const model = importOnnx(
    modelBytes({
      input: [border('x', ['n', 4, 6, 6])],
      output: [border('y', ['n', 3, 24, 24])],
      initializer: [
        floats('s', [], [0.05]),
        { name: 'z', dims: [], dataType: dataTypes.uint8, int32Data: [120] },
        ...[weights('u', [4, 4, 3, 3], 1), weights('v', [4, 5, 2, 2], 2), weights('w', [3, 5, 1, 1], 3)],
        floats('scales', [4], [1, 1, 2, 2]),
      ],
      node: [
        ...both('x', 'd'),
        node('Conv', ['d', 'u'], ['a'], { pads: [1, 1, 1, 1] }),
        ...both('a', 'b'),
        node('Conv', ['b', 'u'], ['c'], { pads: [1, 1, 1, 1] }),
        ...both('c', 'e'),
        node('Conv', ['e', 'u'], ['o'], { pads: [1, 1, 1, 1] }),
        ...both('o', 'p'),
        node('Sum', ['b', 'e', 'p'], ['f']),
        ...both('f', 'g'),
        node('ConvTranspose', ['g', 'v'], ['h'], { strides: [2, 2] }),
        ...both('h', 'i'),
        node('AveragePool', ['i'], ['j'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 0 }),
        ...both('j', 'k'),
        node('Resize', ['k', '', 'scales'], ['l'], { mode: 'linear' }),
        ...both('l', 'm'),
        node('Conv', ['m', 'w'], ['y']),
      ],
    }),
  );
  if ('problems' in model) throw new Error(JSON.stringify(model.problems));
  const own = new Map([...model.weights].map(([name, { data }]) => [name, Float32Array.from(data)]));
  const quantized = await quantizeNetwork({ graph: model.network.graph }, own, []);
  expect(quantized.misses).toEqual([]);
  expect(quantized.graph.nodes.map(({ op }) => op)).toEqual([
    ...['quantize', 'quantized_conv', 'quantized_conv', 'quantized_conv', 'quantized_add', 'quantized_conv'],
    ...['quantized_mean', 'quantized_resample', 'quantized_conv_f32'],
  ]);
  const x = Float32Array.from(wholeNumbers([144], -60, 60, 3).data, (code) => code * 0.05);
  const errors = await layerErrors(quantized, own, [new Map([['x', x]])], { runner: 'js' });
  // Errors below a tenth, behind three layers of 7 bits; a step that computes something else has 0.
  for (const { name, sqnr } of errors) expect(sqnr, name).toBeGreaterThan(20);
});
