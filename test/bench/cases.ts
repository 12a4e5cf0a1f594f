// The networks that are compared with other frameworks: examples at the sizes for which they are known.

import type { Graph } from '../../compiler/ir/graph.ts';
import { buildExample } from '../support/examples.ts';
import type { Bindings } from '../support/examples.ts';

export interface Case {
  readonly name: string;
  /** examples/<example>/<example>.cnn */
  readonly example: string;
  readonly network: string;
  readonly set?: Bindings;
}

const imageNet = { size: 224, channels: 3, classes: 1000 };

export const cases: readonly Case[] = [
  { name: 'LeNet', example: 'lenet', network: 'LeNet' },
  { name: 'AlexNet', example: 'alexnet', network: 'AlexNetImageNet' },
  { name: 'VGG-11', example: 'vgg', network: 'VGG11ImageNet' },
  { name: 'NiN', example: 'nin', network: 'NiN', set: imageNet },
  { name: 'GoogLeNet', example: 'googlenet', network: 'GoogLeNet', set: imageNet },
  { name: 'ResNet-18', example: 'resnet', network: 'ResNet18ImageNet' },
  { name: 'MobileNet', example: 'mobilenet', network: 'MobileNet' },
  { name: 'SqueezeNet', example: 'squeezenet', network: 'SqueezeNet' },
  { name: 'MobileNet v2', example: 'mobilenet-v2', network: 'MobileNetV2' },
  { name: 'EfficientNet-B0', example: 'efficientnet', network: 'EfficientNetB0' },
  { name: 'ShuffleNet v2', example: 'shufflenet', network: 'ShuffleNet100' },
  { name: 'DenseNet-121', example: 'densenet121', network: 'DenseNet121' },
  { name: 'ResNet-50', example: 'resnet50', network: 'ResNet50' },
  { name: 'ConvNeXt-T', example: 'convnext', network: 'ConvNeXtTiny' },
];

/** Those of these names, in the order above; throws on a name that is none. */
export function casesOf(names: readonly string[]): readonly Case[] {
  const unknown = names.find((name) => !cases.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new RangeError(`there is no ${unknown} among ${cases.map(({ name }) => name).join(', ')}`);
  }
  return cases.filter(({ name }) => names.includes(name));
}

export function graphOf({ example, network, set }: Case): Graph {
  return buildExample(example, network, set);
}
