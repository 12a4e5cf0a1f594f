// Files whose weights were taken out get weights by the formula: by what reads them, and in a form that onnxruntime folds.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeModel, isProblem } from '../../src/onnx/file/decode.ts';
import type { Model } from '../../src/onnx/file/messages.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { border, floats, ints, modelBytes, node } from '../onnx/models.ts';
import { countsOf } from '../support/examples.ts';
import { filledModel, withConstantWeights } from './filled-model.ts';
import { onnxCases } from './onnx-models.ts';

/** As in the light models: every tensor is made by ConstantOfShape of an input that has a value. */
const blank = modelBytes(
  {
    name: 'blank',
    input: [border('x', [1, 2, 4, 4]), border('w_shape', [4]), border('unread', [1])],
    output: [border('y', [1, 3])],
    initializer: [
      ints('w_shape', [64, 2, 3, 3]),
      ints('c_shape', [64]),
      ints('fc_shape', [1, 1, 64, 3]),
      ints('fc_matrix', [64, 3]),
      floats('b', [64], Array<number>(64).fill(0.02)),
    ],
    node: [
      ...['scale', 'shift', 'mean', 'variance'].map((name) => node('ConstantOfShape', ['c_shape'], [name])),
      node('ConstantOfShape', ['w_shape'], ['w']),
      node('ConstantOfShape', ['fc_shape'], ['fc']),
      node('Conv', ['x', 'w', 'b'], ['a'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
      node('BatchNormalization', ['a', 'scale', 'shift', 'mean', 'variance'], ['n']),
      node('Sum', ['a', 'n'], ['s']),
      node('GlobalAveragePool', ['s'], ['p']),
      node('Flatten', ['p'], ['f']),
      node('Reshape', ['fc', 'fc_matrix'], ['m']),
      node('Gemm', ['f', 'm'], ['y']),
    ],
  },
  { irVersion: 3n, opsetImport: [{ domain: '', version: 9n }] },
);

function decoded(bytes: Uint8Array): Model {
  const model = decodeModel(bytes);
  if (isProblem(model)) throw new Error(model.what);
  return model;
}

test('weights are filled by what reads them', () => {
  const bytes = filledModel(blank);
  const { irVersion, graph } = decoded(bytes);
  expect(irVersion).toBe(4n);
  expect(graph!.input.map(({ name }) => name)).toEqual(['x']);
  expect(graph!.node.map(({ opType }) => opType)).not.toContain('ConstantOfShape');
  expect(graph!.initializer.map(({ name }) => name)).toEqual([
    ...['fc_matrix', 'b', 'scale', 'shift', 'mean', 'variance', 'w', 'fc'],
  ]);
  const imported = importOnnx(bytes);
  if ('problems' in imported) throw new Error(imported.problems[0]!.what);
  const range = (suffix: string): readonly [number, number] => {
    const [, weight] = [...imported.weights].find(([name]) => name.endsWith(suffix))!;
    return [Math.min(...weight.data), Math.max(...weight.data)];
  };
  // Fan-in 2 · 3 · 3 of the kernel, 64 of the matrix, which is not turned; a sum follows the norm.
  for (const [name, low, high] of [
    ['conv1.weight', -Math.sqrt(6 / 18), Math.sqrt(6 / 18)],
    ['conv1.bias', -0.1, 0.1],
    ['batch_norm1.weight', 0.125, 0.375],
    ['batch_norm1.bias', -0.1, 0.1],
    ['batch_norm1.running_mean', -0.1, 0.1],
    ['batch_norm1.running_var', 0.75, 1.75],
    ['dense1.weight', -Math.sqrt(6 / 64), Math.sqrt(6 / 64)],
  ] as const) {
    const [least, most] = range(name);
    expect(least, name).toBeGreaterThanOrEqual(low - 1e-6);
    expect(most, name).toBeLessThanOrEqual(high + 1e-6);
    // Of 64 or more numbers the least and the largest lie in the outer quarters.
    expect(least, name).toBeLessThan(low + (high - low) / 4);
    expect(most, name).toBeGreaterThan(high - (high - low) / 4);
  }
});

test('trained weights keep their bytes and are no inputs', () => {
  const model = modelBytes(
    {
      name: 'small',
      input: [border('x', [1, 3]), border('w', [3, 2])],
      output: [border('y', [1, 2])],
      initializer: [floats('w', [3, 2], [1, 2, 3, 4, 5, 6])],
      node: [node('MatMul', ['x', 'w'], ['y'])],
    },
    { irVersion: 7n },
  );
  const { irVersion, graph } = decoded(withConstantWeights(model));
  expect(irVersion).toBe(7n);
  expect(graph!.input.map(({ name }) => name)).toEqual(['x']);
  expect(graph!.initializer[0]!.floatData).toEqual([1, 2, 3, 4, 5, 6]);
});

/**
 * Parameters as BVLC's Caffe and torchvision give them; GMAC of torchvision (`GFLOPS` of its table), those of Inception and of pictures of
 * 224×224 for AlexNet by hand. DenseNet and Inception v2 have the scales and shifts of their norms twice: 2 · 41,824 and 2 · 9,952 more.
 */
const published: Readonly<Record<string, readonly [parameters: number, gigaMacs: number]>> = {
  'light/alexnet': [60_965_224, 0.65],
  'light/densenet121': [7_978_856 + 2 * 41_824, 2.83],
  'light/inception_v1': [6_998_552, 1.43],
  'light/resnet50': [25_557_032, 4.09],
  'light/squeezenet': [1_235_496, 0.35],
  'light/vgg19': [143_667_240, 19.63],
};

const light = onnxCases().filter(({ name }) => name in published);

test.skipIf(light.length === 0)('published graphs count to what is published (needs ../shared/data)', () => {
  for (const { name, path } of light) {
    const imported = importOnnx(readFileSync(path));
    if ('problems' in imported) throw new Error(imported.problems[0]!.what);
    const { parameters, macs } = countsOf(imported.network.graph);
    expect([parameters, Math.round(macs / 1e7) / 100], name).toEqual(published[name]);
  }
  expect(light).toHaveLength(6);
});
