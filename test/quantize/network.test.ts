// Whole networks: from text, weights and images to whole numbers, judged by the labels of Fashion-MNIST and by the ratio of signal to noise.

import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { interpret } from '../../compiler/ir/interpret.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { readIdxBytes } from '../../src/data/idx.ts';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { layerErrors } from '../../src/quantize/errors.ts';
import type { QuantizedNetwork } from '../../src/quantize/quantize.ts';
import { quantizeNetwork } from '../../src/quantize/quantize.ts';
import type { ImageInputs } from '../../src/quantize/tapped.ts';
import { calibrationMethods } from '../../src/quantize/range-of.ts';
import { randomWeights } from '../../src/weights/random.ts';
import { weightSpecs } from '../../src/weights/specs.ts';
import { wholeNumbers } from '../support/codes.ts';
import { readExample } from '../support/examples.ts';
import { trainedInput, trainedWeights } from '../support/trained-examples.ts';

const shared = new URL('../../../shared/data/fashion-mnist/', import.meta.url);
const hasImages = existsSync(shared);

const graphOf = (example: string) => readExample(example).networks[0]!.graph;

/** What the first output of the interpreter says of an image. */
function scoresOf({ graph, tensors }: Pick<QuantizedNetwork, 'graph' | 'tensors'>, image: ImageInputs): Float64Array {
  const inputs = new Map([...image].map(([name, data]) => [name, { data }]));
  const parameters = new Map([...tensors].map(([name, data]) => [name, { data: Float64Array.from(data) }]));
  const { outputs } = interpret(graph, operators, { inputs, parameters, batch: 1 }, { keep: 'outputs' });
  return [...outputs.values()][0]!.data;
}

const largest = (scores: ArrayLike<number>): number =>
  Array.from(scores).reduce((best, score, at, all) => (score > all[best]! ? at : best), 0);

test.skipIf(!hasImages).each([
  ['lenet', calibrationMethods],
  ['lenet-bn', ['mse']],
] as const)('%s keeps its accuracy on Fashion-MNIST by %j (needs ../shared/data)', async (example, methods) => {
  const graph = graphOf(example);
  const { data } = readIdxBytes(readFileSync(new URL('t10k-images-idx3-ubyte.gz', shared)));
  const images = Array.from({ length: 100 }, (_, at): ImageInputs => {
    const pixels = data.subarray(at * 784, (at + 1) * 784);
    return new Map([[graph.inputs[0]!.name, trainedInput(example, pixels)]]);
  });
  const { tensors } = readSafetensors(trainedWeights(example));
  const weights = new Map(tensors.map((tensor) => [tensor.name, Float32Array.from(tensor.data)]));
  const [tested, calibration] = [images.slice(0, 60), images.slice(60)];
  const expected = tested.map((image) => largest(scoresOf({ graph, tensors: weights }, image)));
  for (const method of methods) {
    const quantized = await quantizeNetwork({ graph }, weights, calibration, { method, runner: 'js' });
    expect(verifyGraph(quantized.graph, operators)).toEqual([]);
    const found = tested.map((image) => largest(scoresOf(quantized, image)));
    // Of 10,000 images 99.4 and 98.5 % keep their label.
    expect(found.filter((label, at) => label !== expected[at]).length, method).toBeLessThanOrEqual(3);
  }
});

test.each([
  ['MobileNet25', 'mobilenet', 30],
  ['ShuffleNet50', 'shufflenet', 25],
] as const)('%s with random weights is near f32', async (name, example, decibels) => {
  const { graph } = readExample(example).networks.find((network) => network.name === name)!;
  const weights = randomWeights(weightSpecs(graph), 7);
  const image = (seed: number): ImageInputs =>
    new Map(
      graph.inputs.map(({ name, value }) => {
        const { shape } = typeOf(graph, value);
        return [name, Float32Array.from(wholeNumbers([sizeOf(shape)], -1000, 1000, seed).data, (x) => x / 500)];
      }),
    );
  const quantized = await quantizeNetwork({ graph }, weights, [image(1)], { runner: 'wasm' });
  expect(verifyGraph(quantized.graph, operators)).toEqual([]);
  const errors = await layerErrors(quantized, weights, [image(2)], { runner: 'wasm', quantizedRunner: 'interpreter' });
  const output = errors.find(({ kind }) => kind === 'output')!;
  expect(output.sqnr).toBeGreaterThan(decibels);
  // A layer that were wrong would have next to no signal.
  expect(Math.min(...errors.map(({ sqnr }) => sqnr))).toBeGreaterThan(12);
});
