// The published graphs of ../shared/data/onnx-light have the parameters that their authors count.

import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';

const light = new URL('../../../shared/data/onnx-light/', import.meta.url);
const why = existsSync(light) ? '' : ' (skipped: no ../shared/data/onnx-light)';

// Caffe's zoo and torchvision; running statistics are not counted. DenseNet's file has Caffe's layers of scales besides its batch norms,
// which are 83,648 numbers more than torchvision's 7,978,856.
test.skipIf(why !== '').each([
  ['bvlc_alexnet', 60_965_224],
  ['vgg19', 143_667_240],
  ['inception_v1', 6_998_552],
  ['resnet50', 25_557_032],
  ['densenet121', 7_978_856 + 83_648],
  ['squeezenet', 1_235_496],
])(`%s has %i parameters${why}`, (name, count) => {
  const imported = importOnnx(readFileSync(new URL(`light_${name}.onnx`, light)));
  if ('problems' in imported) throw new Error(imported.problems[0]!.what);
  const { graph } = imported.network;
  const sizes = graph.parameters
    .filter(({ role }) => role === 'parameter')
    .map(({ value }) => graph.types.get(value)!.shape.reduce((product, extent) => product * extent, 1));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(count);
});
