// The networks whose steps are timed, with a batch of random images and the first weights of a training.

import { buildNetworks } from '../../../src/network/networks.ts';
import { initialise } from '../../../src/train/initialise.ts';
import type { Graph } from '../../../compiler/ir/graph.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { buildExample } from '../../support/examples.ts';
import type { Lesson } from './learner.ts';

export interface Case {
  readonly name: string;
  readonly batch: number;
  readonly graph: () => Graph;
  /** JavaScript's peers know LeNet's operators. */
  readonly hasScriptPeers?: boolean;
}

const vgg = `network VGG {
  input image: [1, 28, 28]
  for width in [16, 32, 64] { conv(width, kernel: 3, padding: 1) -> relu -> max_pool(2) }
  flatten -> dense(128) -> relu
  scores = dense(10)
  output scores
}`;

const deepVgg = `network DeepVGG {
  input image: [1, 28, 28]
  for width in [16, 32, 64] {
    repeat 2 { conv(width, kernel: 3, padding: 1, bias: false) -> batch_norm -> relu }
    max_pool(2)
  }
  flatten -> dense(128) -> relu
  scores = dense(10)
  output scores
}`;

const resNet = `block basic_block(channels: int, stride: int = 1) {
  parallel add {
    path {
      conv(channels, kernel: 3, stride: stride, padding: 1, bias: false) -> batch_norm -> relu
      conv(channels, kernel: 3, padding: 1, bias: false) -> batch_norm
    }
    path shortcut {
      if stride != 1 { conv(channels, kernel: 1, stride: stride, bias: false) -> batch_norm }
    }
  }
  relu
}
network ResNet18 {
  input image: [3, 32, 32]
  conv(64, kernel: 3, padding: 1, bias: false) -> batch_norm -> relu
  for (i, width) in [(0, 64), (1, 128), (2, 256), (3, 512)] {
    basic_block(width, stride: 1 if i == 0 else 2)
    basic_block(width)
  }
  global_avg_pool -> flatten
  scores = dense(10)
  output scores
}`;

export const cases: readonly Case[] = [
  { name: 'LeNet', batch: 256, graph: () => buildExample('lenet', 'LeNet'), hasScriptPeers: true },
  { name: 'LeNet-BN', batch: 256, graph: () => buildExample('lenet-bn', 'LeNetBN') },
  { name: 'VGG', batch: 256, graph: () => built(vgg) },
  { name: 'DeepVGG', batch: 256, graph: () => built(deepVgg) },
  { name: 'ResNet-18', batch: 64, graph: () => built(resNet) },
];

function built(text: string): Graph {
  return buildNetworks({ path: 'bench.cnn', text }).networks[0]!.graph;
}

const RATE = 0.01;
const CLASSES = 10;

/** Images are uniform numbers below 1, from a generator with a fixed seed. */
export function lessonOf(graph: Graph, batch: number): Lesson {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const elements = sizeOf(typeOf(graph, graph.inputs[0]!.value).shape);
  return {
    graph,
    weights: initialise(graph, { kind: 'default' }, 1),
    images: Float32Array.from({ length: batch * elements }, random),
    labels: Float32Array.from({ length: batch }, () => Math.floor(random() * CLASSES)),
    rate: RATE,
  };
}
