// Texts that are made of graphs: their graphs are the same again, and a person finds the published blocks in them.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { recover } from '../../src/recover/index.ts';
import { countsOf } from '../support/examples.ts';
import { exampleNetworks } from '../support/examples-list.ts';
import { networkOf, randomPlan } from '../support/random-network.ts';
import { runs } from '../support/runs.ts';

/** As a file without names has it. */
const nameless = (graph: Graph): Graph => ({
  ...graph,
  nodes: graph.nodes.map(({ op, operands, attributes, results }, at) => ({
    ...{ op, operands, attributes, results },
    name: `node${at}`,
  })),
});

const graphOf = (text: string): Graph => {
  const { networks, diagnostics } = frontend({ path: 'net.cnn', text }, { operators });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return networks[0]!.graph;
};

const linesOf = (text: string): number => text.trimEnd().split('\n').length;

/** Of every operator how many there are, with all attributes. */
const census = ({ nodes }: Graph): readonly string[] =>
  nodes.map(({ op, attributes }) => `${op} ${JSON.stringify(Object.entries(attributes).toSorted())}`).toSorted();

describe('every example', () => {
  test.each(exampleNetworks)('%s', (_, { graph }) => {
    const { text } = recover(nameless(graph), { operators });
    const again = graphOf(text);
    expect(census(again)).toEqual(census(graph));
    expect(countsOf(again)).toEqual(countsOf(graph));
    expect(again.outputs.map(({ value }) => again.types.get(value))).toEqual(
      graph.outputs.map(({ value }) => graph.types.get(value)),
    );
    // What is recovered of the recovered text is that text.
    expect(recover(nameless(again), { operators }).text).toBe(text);
  });
});

describe('a recovered text is short, and has the blocks of the paper', () => {
  const recovered = (name: string): string => {
    const [, { graph }] = exampleNetworks.find(([title]) => title.endsWith(`: ${name}`))!;
    return recover(nameless(graph), { operators }).text;
  };

  test('VGG-19: five stages in one loop', () => {
    const text = recovered('VGG19ImageNet');
    expect(linesOf(text)).toBeLessThanOrEqual(30);
    expect(text).toContain('for (count, channels) in [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)] {');
    expect(text).toContain('repeat count { conv(channels, kernel: 3, padding: 1) -> relu }');
  });

  test('SqueezeNet: the fire module, whose expansion has four times the channels', () => {
    const text = recovered('SqueezeNet');
    expect(linesOf(text)).toBeLessThanOrEqual(40);
    expect(text).toContain('block fire(channels: int) {');
    expect(text).toContain('path conv(4 * channels, kernel: 3, padding: 1) -> relu');
  });

  test('GoogLeNet: one block of four paths, called nine times', () => {
    const text = recovered('GoogLeNet');
    expect(linesOf(text)).toBeLessThanOrEqual(50);
    expect(text.match(/^ {4}path /gm)).toHaveLength(4);
    expect(text).toContain('  inception(64, 96, 128, 16, 32, 32)\n');
  });

  test('MobileNet: padding that is uneven where the stride is 2 is `same` everywhere', () => {
    const text = recovered('MobileNet');
    expect(text).toContain('for (stride, channels) in [\n    (1, 64),\n    (2, 128),');
    expect(text).toContain('depthwise_conv(3, stride: stride, padding: same, bias: false)');
  });

  test('ResNet-34: blocks with and without a convolution in the shortcut', () => {
    const text = recovered('ResNet34ImageNet');
    expect(linesOf(text)).toBeLessThanOrEqual(50);
    expect(text).toContain('for (count, channels) in [(3, 64), (3, 128), (5, 256)] {');
    expect(text).toContain('projection(2 * channels)');
  });

  test('ResNet-50: stages of bottlenecks', () => {
    const text = recover(nameless(graphOf(resnet50)), { operators }).text;
    expect(linesOf(text)).toBeLessThanOrEqual(50);
    expect(text).toContain('conv_norm(channels, kernel: 3, stride: stride, padding: 1) -> relu');
    expect(text).toContain('conv_norm(4 * channels, kernel: 1)');
    expect(text).toContain('for (channels, stride, count) in [(64, 1, 2), (128, 2, 3), (256, 2, 5), (512, 2, 2)] {');
  });

  test('DenseNet-121: layers of a dense block have no parameters, however many channels come in', () => {
    const text = recover(nameless(graphOf(densenet121)), { operators }).text;
    expect(linesOf(text)).toBeLessThanOrEqual(40);
    expect(text).toContain('block dense_layer {');
    expect(text).toContain('repeat 16 { dense_layer }');
    // Caffe's scale layers belong to the normalisation before them.
    expect(text).toContain('  x1 = batch_norm\n  learned factor: [x1.channels, 1, 1]\n');
  });
});

describe('blocks are called', () => {
  /** Three residual sums in scopes of that name; the sums themselves have none, as in files of PyTorch. */
  const scoped = (scope: (at: number) => string): string => {
    const builder = graphBuilder('named', operators);
    let x = builder.input('x', [4, 8, 8]);
    for (const at of [0, 1, 2]) {
      const attributes = { channels: 4, kernel: 3, padding: 1 };
      const [a] = builder.node({ op: 'conv', name: `${scope(at)}.conv1`, inputs: [x], attributes });
      const [b] = builder.node({ op: 'relu', name: `${scope(at)}.act`, inputs: [a] });
      const [c] = builder.node({ op: 'conv', name: `${scope(at)}.conv2`, inputs: [b], attributes });
      [x] = builder.node({ op: 'add', name: `node_${at}`, inputs: [c, x] });
    }
    builder.output('y', x);
    return /block (\w+)/.exec(recover(builder.finish(), { operators }).text)![1]!;
  };
  test.each([
    ['as their scopes', (at: number) => `model.bottleneck${at + 1}`, 'bottleneck'],
    ['as their scopes with letters', (at: number) => `unit_3${'abc'[at]!}`, 'unit'],
    ['by what they do where scopes are only parts', (at: number) => `layer1.${at}`, 'residual'],
  ] as const)('%s', (_, scope, name) => {
    expect(scoped(scope)).toBe(name);
  });
});

test('a value that a step takes twice is named twice, as the language wants it', () => {
  const steps = [
    'x -> mul(x)',
    'a = conv(3, kernel: 1)',
    'a -> mul(a)',
    'b = tanh',
    'b -> add(b)',
    'conv(2, kernel: 3)',
  ];
  const graph = graphOf(`network N {\n  input x: [3, 4, 4]\n  ${steps.join('\n  ')}\n}`);
  const { text } = recover(nameless(graph), { operators });
  const { diagnostics, networks } = frontend({ path: 'net.cnn', text }, { operators });
  expect(diagnostics).toEqual([]);
  expect(census(networks[0]!.graph)).toEqual(census(graph));
  expect(text.match(/(\w+) -> (mul|add)\(\1\)/g)).toHaveLength(3);
});

test('random networks with learned tensors, several inputs and outputs, values read twice', () => {
  fc.assert(
    fc.property(randomPlan, (plan) => {
      const graph = withLearned(networkOf(plan));
      // No number can be written for what is endless.
      fc.pre(!graph.nodes.some(({ op, attributes }) => op === 'pad' && attributes['value'] === -Infinity));
      const { text } = recover(graph, { operators });
      expect(census(graphOf(text)).filter((one) => !one.startsWith('identity'))).toEqual(
        census(live(graph)).filter((one) => !one.startsWith('identity')),
      );
    }),
    runs(150, 'recover'),
  );
});

/** Weights in the source become weights of a file. */
function withLearned(graph: Graph): Graph {
  const learned = graph.constants.map(({ value }, at) => ({
    name: `tensor${at}.t`,
    value,
    role: 'parameter' as const,
    initial: { kind: 'constant' as const, value: 0 },
  }));
  return { ...graph, constants: [], parameters: [...graph.parameters, ...learned] };
}

test.each([
  ['less than a number below 0', 'tanh -> flatten\n  x1 = dense(2)\n  y = -0.5 - x1\n  z = y -> relu'],
  [
    'a transposed convolution whose padding `same` would also make larger',
    'z = conv_transpose(4, kernel: 1x2, stride: 2x1, padding: [0, 0, 0, 1])',
  ],
  ['a subtracted 0', 'tanh -> flatten\n  y = dense(2)\n  z = y - 0'],
  ['a transposed convolution that is `same`', 'z = conv_transpose(4, kernel: 2, stride: 1, padding: same)'],
])('%s', (_, steps) => {
  const graph = graphOf(`network A {\n  input x: [1, 4, 4]\n  ${steps}\n  output z\n}`);
  expect(census(graphOf(recover(nameless(graph), { operators }).text))).toEqual(census(graph));
});

/** Without the nodes that reach no output. */
function live(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ value }) => value));
  const nodes = graph.nodes.toReversed().filter(({ results, operands }) => {
    const isNeeded = results.some((value) => needed.has(value));
    if (isNeeded) for (const value of operands) needed.add(value);
    return isNeeded;
  });
  return { ...graph, nodes: nodes.toReversed() };
}

/** He et al., 2016, table 1, the stride in the 3×3 convolution as torchvision has it. */
const resnet50 = `
block bottleneck(width: int, stride: int = 1, project: bool = false) {
  parallel add {
    path {
      conv(width, kernel: 1, bias: false) -> batch_norm -> relu
      conv(width, kernel: 3, stride: stride, padding: 1, bias: false) -> batch_norm -> relu
      conv(4 * width, kernel: 1, bias: false) -> batch_norm
    }
    path { if project { conv(4 * width, kernel: 1, stride: stride, bias: false) -> batch_norm } }
  }
  relu
}
network ResNet50 {
  input image: [3, 224, 224]
  conv(64, kernel: 7, stride: 2, padding: 3, bias: false) -> batch_norm -> relu
  max_pool(3, stride: 2, padding: 1)
  for (width, stride, depth) in [(64, 1, 3), (128, 2, 4), (256, 2, 6), (512, 2, 3)] {
    bottleneck(width, stride: stride, project: true)
    repeat depth - 1 { bottleneck(width) }
  }
  global_avg_pool -> flatten
  logits = dense(1000)
  output logits
}`;

/** Huang et al., 2017, table 1, with the scale layers that Caffe's version has behind each normalisation. */
const densenet121 = `
block norm {
  batch_norm
  scaled -> relu
}
block scaled {
  input x
  learned scale: [x.channels, 1, 1]
  learned shift: [x.channels, 1, 1]
  mul(scale) -> add(shift)
}
block layer {
  parallel concat {
    path {}
    path {
      norm -> conv(128, kernel: 1, bias: false)
      norm -> conv(32, kernel: 3, padding: 1, bias: false)
    }
  }
}
network DenseNet121 {
  input image: [3, 224, 224]
  conv(64, kernel: 7, stride: 2, padding: 3, bias: false) -> norm
  max_pool(3, stride: 2, padding: 1)
  for (layers, channels) in [(6, 128), (12, 256), (24, 512)] {
    repeat layers { layer }
    norm -> conv(channels, kernel: 1, bias: false) -> avg_pool(2)
  }
  repeat 16 { layer }
  norm -> global_avg_pool -> conv(1000, kernel: 1)
  logits = flatten
  output logits
}`;
