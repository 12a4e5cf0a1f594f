// What a step of a training needs, against a step that is loaded.

import { expect, test } from 'vitest';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { layoutOf } from '../../compiler/codegen/wasm/layout.ts';
import { compileStep } from '../../compiler/index.ts';
import { pagesFor } from '../../runtime/engine.ts';
import type { CompiledNetwork } from '../../compiler/index.ts';
import { trainingReport } from '../../src/report/training-report.ts';
import { bytesAt, largestBatch } from '../../compiler/step-memory.ts';
import { lenet } from '../analysis/networks.ts';
import { exampleNetworks } from '../support/examples-list.ts';

const recipe: Recipe = {
  loss: { kind: 'cross_entropy', labelSmoothing: 0 },
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 0, decays: 'weights' },
};

const reportOf = (network: CompiledNetwork, asked: Recipe, batch = 256, threads = 1) =>
  trainingReport(network, asked, compileStep(network, asked, { target: 'wasm' }).program, { batch, threads });

test('LeNet: what is kept, and MACs forward and backward', () => {
  const { state, macs, layers } = reportOf({ graph: lenet }, recipe);
  // 61,706 parameters, each with a velocity
  expect(state).toEqual({ parameters: 246_824, buffers: 0, optimizer: 246_824, gradients: 0 });
  expect(macs).toEqual({ forward: 416_520, backward: 2 * 416_520 - 117_600 });
  const macsOf = (name: string) => layers.find((one) => one.name === name);
  // Nobody needs the gradient of the pictures.
  expect(macsOf('conv1')).toMatchObject({ forward: 117_600, backward: 117_600 });
  expect(macsOf('conv2')).toMatchObject({ forward: 240_000, backward: 480_000 });
  expect(reportOf({ graph: lenet }, { ...recipe, hasMicroBatches: true }).state.gradients).toBe(246_824);
});

test('the peak accounts for all of the memory, and has no more alive than the arena holds', () => {
  for (const [batch, threads] of [
    [1, 1],
    [256, 2],
  ] as const) {
    const { peak, memory } = reportOf({ graph: lenet }, recipe, batch, threads);
    expect(peak.groups.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(memory.total);
    for (const { use, bytes } of peak.groups) expect(bytes, use).toBeGreaterThan(0);
    const alive = peak.alive.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(alive).toBeLessThanOrEqual(memory.total - 2 * 246_824);
    // The map of conv1 is needed until its own gradient: 6 × 28 × 28 numbers of each image.
    expect(peak.alive).toContainEqual({
      name: 'sigmoid1',
      layer: 'sigmoid1',
      use: 'activations kept',
      bytes: 18_816 * batch,
    });
  }
});

test('memory is what the engine allocates, and one image more than the largest batch is refused', () => {
  const { program } = compileStep({ graph: lenet }, recipe, { target: 'wasm' });
  const { memory } = reportOf({ graph: lenet }, recipe);
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
  ['alexnet: AlexNet', 128, 0.88],
  ['vgg: VGG11Small', 128, 1.56],
  ['nin: NiN', 128, 0.91],
  ['googlenet: GoogLeNet', 128, 0.49],
  ['resnet: ResNet18', 256, 1],
  ['densenet: DenseNet', 256, 0.96],
  ['vgg: VGG11', 128, 5.79],
] as const)('%s at %d images takes at most %d GiB', (name, batch, budget) => {
  const [, network] = exampleNetworks.find(([known]) => known === name)!;
  const optimizer = { ...recipe.optimizer, kind: 'sgd', momentum: 0, nesterov: false } as const;
  const { memory } = reportOf(network, { ...recipe, optimizer }, batch);
  expect(memory.total / 2 ** 30).toBeLessThan(budget + 0.005);
  if (budget <= 4) expect(memory.largestBatch).toBeGreaterThanOrEqual(batch);
  else expect(memory.largestBatch).toBeGreaterThanOrEqual(75);
});
