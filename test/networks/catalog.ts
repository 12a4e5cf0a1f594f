// Which example network each golden of PyTorch is, and the totals that are known for every size of the examples.

import type { OracleName } from '../support/oracle.ts';

export interface ExampleNetwork {
  /** examples/<example>/<example>.cnn */
  readonly example: string;
  readonly network: string;
  /** Parameters of the network, as with `--set`. */
  readonly set?: Readonly<Record<string, number>>;
}

export const oracleNetworks: Readonly<Record<OracleName, ExampleNetwork>> = {
  alexnet_d2l: { example: 'alexnet', network: 'AlexNet' },
  alexnet_imagenet: { example: 'alexnet', network: 'AlexNetImageNet' },
  densenet_d2l: { example: 'densenet', network: 'DenseNet' },
  googlenet_d2l: { example: 'googlenet', network: 'GoogLeNet' },
  googlenet_imagenet: { example: 'googlenet', network: 'GoogLeNetImageNet' },
  lenet: { example: 'lenet', network: 'LeNet' },
  lenet_bn: { example: 'lenet-bn', network: 'LeNetBN' },
  nin_d2l: { example: 'nin', network: 'NiN' },
  resnet18_d2l: { example: 'resnet', network: 'ResNet18' },
  resnet18_imagenet: { example: 'resnet', network: 'ResNet18ImageNet' },
  vgg11_d2l: { example: 'vgg', network: 'VGG11' },
  vgg11_imagenet: { example: 'vgg', network: 'VGG11ImageNet' },
};

export interface Totals extends ExampleNetwork {
  readonly parameters: number;
  /** Per image; convolutions and dense layers, no biases. */
  readonly macs: number;
  /** Running statistics. */
  readonly buffers: number;
}

const imageNet = { size: 224, channels: 3, classes: 1000 };

/**
 * Computed from the layer tables of the book and of torchvision, whose own records (`num_params`, `_ops`) they reproduce;
 * MobileNet's from the paper (table 6) and Keras' count.
 */
export const totals: readonly Totals[] = [
  { example: 'lenet', network: 'LeNet', parameters: 61_706, macs: 416_520, buffers: 0 },
  { example: 'lenet-bn', network: 'LeNetBN', parameters: 44_878, macs: 281_640, buffers: 452 },
  { example: 'alexnet', network: 'AlexNet', parameters: 46_764_746, macs: 938_146_176, buffers: 0 },
  { example: 'alexnet', network: 'AlexNetImageNet', parameters: 61_100_840, macs: 714_188_480, buffers: 0 },
  { example: 'vgg', network: 'VGG11', parameters: 128_806_154, macs: 7_547_232_256, buffers: 0 },
  { example: 'vgg', network: 'VGG11Small', parameters: 43_093_322, macs: 512_155_648, buffers: 0 },
  { example: 'vgg', network: 'VGG11', set: imageNet, parameters: 132_863_336, macs: 7_609_090_048, buffers: 0 },
  { example: 'vgg', network: 'VGG11ImageNet', parameters: 132_863_336, macs: 7_609_090_048, buffers: 0 },
  { example: 'vgg', network: 'VGG13ImageNet', parameters: 133_047_848, macs: 11_308_466_176, buffers: 0 },
  { example: 'vgg', network: 'VGG16ImageNet', parameters: 138_357_544, macs: 15_470_264_320, buffers: 0 },
  { example: 'vgg', network: 'VGG19ImageNet', parameters: 143_667_240, macs: 19_632_062_464, buffers: 0 },
  { example: 'nin', network: 'NiN', parameters: 1_992_166, macs: 762_297_352, buffers: 0 },
  { example: 'googlenet', network: 'GoogLeNet', parameters: 5_977_530, macs: 276_066_304, buffers: 0 },
  { example: 'googlenet', network: 'GoogLeNet', set: imageNet, parameters: 6_998_552, macs: 1_582_671_872, buffers: 0 },
  { example: 'googlenet', network: 'GoogLeNetImageNet', parameters: 6_624_904, macs: 1_498_376_192, buffers: 14_560 },
  { example: 'resnet', network: 'ResNet18', parameters: 11_178_378, macs: 318_657_536, buffers: 7_808 },
  {
    example: 'resnet',
    network: 'ResNet18',
    set: { size: 224 },
    parameters: 11_178_378,
    macs: 1_734_890_496,
    buffers: 7_808,
  },
  { example: 'resnet', network: 'ResNet18ImageNet', parameters: 11_689_512, macs: 1_814_073_344, buffers: 9_600 },
  { example: 'resnet', network: 'ResNet34ImageNet', parameters: 21_797_672, macs: 3_663_761_408, buffers: 17_024 },
  { example: 'densenet', network: 'DenseNet', parameters: 758_226, macs: 129_077_168, buffers: 6_608 },
  { example: 'mobilenet', network: 'MobileNet', parameters: 4_231_976, macs: 568_740_352, buffers: 21_888 },
];
