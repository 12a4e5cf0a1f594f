// Networks in whole numbers compute what native onnxruntime computes in f32, but for rounding: ours, and those written for LiteRT.js.

import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { buildExample } from '../support/examples.ts';
import { formulaInput, formulaWeights } from '../support/formula.ts';
import { bellShapedWeights, calibrationImages, createOursInt8, decibels } from './int8.ts';
import { encodeOnnx } from './onnx.ts';
import { variantOf } from './ours.ts';
import { createLiteRt } from './peers/litert.ts';
import { createOrtNode } from './peers/ort-node.ts';
import { encodeLiteRtInt8 } from './tflite-int8.ts';
import { encodeLiteRt } from './tflite.ts';

const missing = !existsSync(new URL('./node_modules/@litertjs/core', import.meta.url));

/** What GoogLeNet, ResNet, NiN and networks for phones have beyond LeNet and MobileNet. */
const others = `
network Others {
  input image: [3, 33, 31]
  conv(16, kernel: 7, stride: 2, padding: 3) -> relu
  max_pool(3, stride: 2, padding: 1)
  parallel concat {
    path conv(8, kernel: 1) -> relu
    path max_pool(3, stride: 1, padding: 1) -> conv(8, kernel: 1)
  }
  parallel add {
    path conv(16, kernel: 3, padding: 1) -> batch_norm
    path identity
  } -> relu
  left, right = split(2)
  concat(right, left) -> mul(global_avg_pool -> sigmoid)
  conv(24, kernel: 3, padding: 1) -> silu -> channel_shuffle(3)
  max_pool(3, stride: 2, padding: 1) -> adaptive_avg_pool(1) -> flatten
  dense(40) -> relu -> dense(10)
}
`;

function build(text: string): Graph {
  const { networks, diagnostics } = frontend({ path: 'others.cnn', text }, { operators });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return networks[0]!.graph;
}

describe.skipIf(missing)('int8 against f32 (needs npm ci --ignore-scripts --prefix test/bench)', () => {
  test.each([
    ['LeNet', 40, () => buildExample('lenet', 'LeNet')],
    ['MobileNet25', 20, () => buildExample('mobilenet', 'MobileNet25', { size: 64 })],
    ['others', 25, () => build(others)],
  ] as const)('%s has %i dB or more', async (_, least, graphOf) => {
    const graph = graphOf();
    const [weights, images] = [formulaWeights(graph), calibrationImages(graph)];
    const x = formulaInput(graph, 2);
    const native = await createOrtNode(encodeOnnx(graph, weights, 2));
    const expected = await native.run(x);

    const ours = await createOursInt8(graph, weights, images, { variant: variantOf('wasm', 1), batch: 2 });
    expect(decibels(expected, ours.run(x))).toBeGreaterThan(least);

    const model = await encodeLiteRtInt8(graph, weights, images, 2);
    const peer = await createLiteRt(model);
    expect(decibels(expected, await peer.run(x))).toBeGreaterThan(least);
    // Weights are bytes; the rest of the file counts in networks as small as these.
    expect(model.bytes.length).toBeLessThan(0.6 * encodeLiteRt(graph, weights, 2).bytes.length);
    await peer.release?.();
    await native.release?.();
  });

  test('an operator without whole numbers is refused', async () => {
    const graph = build('network Norm {\n  input x: [4, 5, 5]\n  layer_norm\n}\n');
    await expect(encodeLiteRtInt8(graph, formulaWeights(graph), calibrationImages(graph))).rejects.toThrow(
      'there is no SQUARED_DIFFERENCE of whole numbers',
    );
  });
});

test('weights in the shape of a bell have the variance of the others, and a share within it that is near a normal one', () => {
  const graph = build('network Wide {\n  input x: [64, 8, 8]\n  conv(256, 3)\n}\n');
  const { name } = graph.parameters.find(({ initial }) => initial.kind === 'he')!;
  const weights = bellShapedWeights(graph).get(name)!;
  const fanIn = 64 * 9;
  const variance = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
  expect((variance * fanIn) / 2).toBeCloseTo(1, 1);
  // Φ(1) − Φ(−1) = 0.683; of a sum of four (Irwin–Hall), 0.673; of uniform numbers, 0.577.
  const near = weights.filter((w) => w * w < 2 / fanIn).length / weights.length;
  expect(near).toBeCloseTo(0.673, 2);
});

test('decibels are ten times the logarithm of signal over noise', () => {
  expect(decibels([3, 4], [3, 4.5])).toBeCloseTo(20, 12);
  expect(decibels([1, 2], [1, 2])).toBe(Infinity);
});
