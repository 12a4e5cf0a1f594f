// Every example builds without a word, keeps its own budgets, and takes other sizes, channels and classes.

import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkExpectations } from '../../compiler/frontend/index.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { buildExample, countsOf, readExample } from '../support/examples.ts';
import edges from '../../examples/edges/edges.json' with { type: 'json' };
import edgesExpected from '../../examples/edges/expected.json' with { type: 'json' };

const examples = new URL('../../examples/', import.meta.url);
const folders = readdirSync(examples).filter((name) => existsSync(new URL(`${name}/${name}.cnn`, examples)));

describe.each(folders)('%s', (example) => {
  const { networks, diagnostics } = readExample(example);

  test('has no mistakes', () => {
    expect(diagnostics).toEqual([]);
    expect(networks.length).toBeGreaterThan(0);
    for (const { graph } of networks) expect(verifyGraph(graph, operators)).toEqual([]);
  });

  test('keeps its budgets', () => {
    expect(networks.flatMap((network) => network.expect).length).toBeGreaterThan(0);
    for (const network of networks) {
      const { graph } = network;
      const outputs = graph.outputs.map(({ value }) => typeOf(graph, value).shape);
      expect(checkExpectations(network, { ...countsOf(graph), outputs })).toEqual([]);
    }
  });
});

test('a budget that is not kept is reported', () => {
  const { networks } = readExample('lenet');
  const missed = checkExpectations(networks[0]!, { parameters: 61_707, macs: 416_520, outputs: [[10]] });
  expect(missed.map(({ severity, found }) => [severity, found])).toEqual([['error', '61,707']]);
});

test.each([
  ['alexnet', 'AlexNet'],
  ['alexnet', 'AlexNetImageNet'],
  ['vgg', 'VGG16'],
  ['vgg', 'VGG11ImageNet'],
  ['nin', 'NiN'],
  ['googlenet', 'GoogLeNet'],
  ['googlenet', 'GoogLeNetImageNet'],
  ['resnet', 'ResNet18'],
  ['resnet', 'ResNet34ImageNet'],
  ['densenet', 'DenseNet'],
  ['mobilenet', 'MobileNet50'],
  ['squeezenet', 'SqueezeNet'],
  ['darknet', 'Darknet19'],
  ['shufflenet', 'ShuffleNet100'],
  ['densenet121', 'DenseNet121'],
  ['inception', 'InceptionV3'],
  ['xception', 'Xception'],
  ['resnet50', 'ResNeXt50'],
  ['mobilenet-v2', 'MobileNetV2'],
  ['mobilenet-v3', 'MobileNetV3Large'],
  ['mnasnet', 'MNASNet'],
  ['efficientnet', 'EfficientNetB0'],
  ['regnet', 'RegNetY400MF'],
  ['convnext', 'ConvNeXtTiny'],
  ['vit', 'ViT'],
  ['lenet', 'LeNet'],
  ['lenet-bn', 'LeNetBN'],
  ['tour', 'Tour'],
])('%s: %s takes size, channels and classes', (example, network) => {
  for (const channels of [1, 3]) {
    const graph = buildExample(example, network, { size: 96, channels, classes: 7 });
    expect(typeOf(graph, graph.inputs[0]!.value).shape).toEqual([channels, 96, 96]);
    expect(typeOf(graph, graph.outputs[0]!.value).shape).toEqual([7]);
  }
});

test('edges finds the edges of the picture in the book', () => {
  const graph = buildExample('edges', 'Edges');
  const { outputs } = interpret(graph, operators, {
    inputs: new Map([['image', { data: edges.flat(2) }]]),
    parameters: new Map(),
    batch: 1,
  });
  expect([...outputs.get('edges')!.data].map((x) => x + 0)).toEqual(edgesExpected.flat(2));
});
