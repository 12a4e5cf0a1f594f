// Example networks at small sizes, of which PyTorch computed one step (test/fixtures/pytorch/steps.py).

import type { Graph } from '../../compiler/ir/graph.ts';
import { buildExample } from './examples.ts';

export interface ExampleStep {
  readonly name: string;
  readonly batch: number;
  readonly graph: () => Graph;
}

const one = (example: string, network: string, batch: number, set: Readonly<Record<string, number>> = {}) => ({
  name: network,
  batch,
  graph: () => buildExample(example, network, set),
});

/** Maps are so large that batch norm has 16 values and more. */
export const exampleSteps: readonly ExampleStep[] = [
  one('lenet', 'LeNet', 16),
  one('lenet-bn', 'LeNetBN', 16),
  one('alexnet', 'AlexNet', 4, { size: 96 }),
  one('vgg', 'VGG11Small', 4, { size: 32 }),
  one('nin', 'NiN', 2, { size: 96 }),
  one('googlenet', 'GoogLeNet', 2, { size: 48 }),
  one('resnet', 'ResNet18', 2, { size: 64 }),
  one('densenet', 'DenseNet', 2, { size: 64 }),
];

/** Of the dropout masks. */
export const seed = 3;
