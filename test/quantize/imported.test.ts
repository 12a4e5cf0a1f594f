// A model of ONNX that was quantised elsewhere becomes whole numbers without images: its own intervals are known.

import { expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { layerErrors } from '../../src/quantize/errors.ts';
import { quantizeNetwork } from '../../src/quantize/quantize.ts';
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
