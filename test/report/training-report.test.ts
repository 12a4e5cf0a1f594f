// What a step of a training needs, against a step that is loaded.

import { expect, test } from 'vitest';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { layoutOf } from '../../compiler/codegen/wasm/layout.ts';
import { compileStep } from '../../compiler/index.ts';
import { pagesFor } from '../../runtime/engine.ts';
import { bytesAt, largestBatch, trainingReport } from '../../src/report/training-report.ts';
import { lenet } from '../analysis/networks.ts';
import { exampleNetworks } from '../support/examples-list.ts';

const recipe: Recipe = {
  loss: { kind: 'cross_entropy', labelSmoothing: 0 },
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 0, decays: 'weights' },
};

test('LeNet: what is kept, and MACs forward and backward', () => {
  const { state, macs, peak } = trainingReport({ graph: lenet }, recipe);
  // 61,706 parameters, each with a velocity
  expect(state).toEqual({ parameters: 246_824, buffers: 0, optimizer: 246_824 });
  expect(macs).toEqual({ forward: 416_520, backward: 2 * 416_520 - 117_600 });
  expect(peak.alive.length).toBeGreaterThan(0);
});

test('memory is what the engine allocates, and one image more than the largest batch is refused', () => {
  const { program } = compileStep({ graph: lenet }, recipe, { target: 'wasm' });
  const { memory } = trainingReport({ graph: lenet }, recipe);
  const layout = { ...layoutOf(program), arena: layoutOf(program).images };
  for (const batch of [1, 7, 256]) expect(bytesAt(memory, batch)).toBe(pagesFor(layout, batch, 1) * 65_536);
  const most = largestBatch(memory, 2 ** 32);
  expect(pagesFor(layout, most, 1)).toBeLessThanOrEqual(65_536);
  expect(() => pagesFor(layout, most + 1, 1)).toThrow(`to ${most}`);
  expect(largestBatch(memory, 65_536)).toBe(0);
});

// Batches of the book, and GiB of a step with plain SGD and one thread.
test.each([
  ['lenet: LeNet', 256, 0.01],
  ['alexnet: AlexNet', 128, 0.87],
  ['nin: NiN', 128, 0.89],
  ['googlenet: GoogLeNet', 128, 0.48],
  ['resnet: ResNet18', 256, 0.97],
  ['densenet: DenseNet', 256, 0.96],
] as const)('%s at %d images takes %d GiB of 4', (name, batch, expected) => {
  const [, network] = exampleNetworks.find(([known]) => known === name)!;
  const optimizer = { ...recipe.optimizer, kind: 'sgd', momentum: 0, nesterov: false } as const;
  const { memory } = trainingReport(network, { ...recipe, optimizer });
  expect(bytesAt(memory, batch) / 2 ** 30).toBeCloseTo(expected, 1);
  expect(largestBatch(memory, 2 ** 32)).toBeGreaterThanOrEqual(batch);
});

test('VGG-11 at 128 images does not fit, and one at 76 does', () => {
  const [, network] = exampleNetworks.find(([known]) => known === 'vgg: VGG11')!;
  const optimizer = { ...recipe.optimizer, kind: 'sgd', momentum: 0, nesterov: false } as const;
  const { memory } = trainingReport(network, { ...recipe, optimizer });
  expect(bytesAt(memory, 128) / 2 ** 30).toBeCloseTo(5.76, 1);
  expect(largestBatch(memory, 2 ** 32)).toBe(76);
});
