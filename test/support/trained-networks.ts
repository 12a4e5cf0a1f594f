// Small networks of every kind of layer, of mode `train`, with five classes.

import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';

type Layer = readonly [op: string, attributes?: Attributes];

/** A chain of layers, then a dense one. */
function chain(name: string, shape: Shape, layers: readonly Layer[]): Graph {
  const g = graphBuilder(name, operators, 'train');
  let value: ValueId = g.input('image', shape);
  for (const [op, attributes = {}] of [...layers, ['flatten'] as const, ['dense', { features: 5 }] as const])
    [value] = g.node({ op, inputs: [value], attributes });
  g.output('scores', value);
  return g.finish();
}

/** A fresh list. */
export function trainedNetworks(): readonly Graph[] {
  return [
    chain(
      'LeNet',
      [1, 12, 12],
      [
        ['conv', { channels: 6, kernel: 5, padding: 2 }],
        ['sigmoid'],
        ['avg_pool', { kernel: 2 }],
        ['conv', { channels: 16, kernel: 3, mode: 'convolution' }],
        ['sigmoid'],
        ['avg_pool', { kernel: 2 }],
        ['flatten'],
        ['dense', { features: 20 }],
        ['sigmoid'],
      ],
    ),
    chain(
      'Vgg',
      [3, 9, 8],
      [
        ['conv', { channels: 8, kernel: 3, padding: 1 }],
        ['relu'],
        ['conv', { channels: 8, kernel: 3, padding: 1 }],
        ['relu'],
        ['max_pool', { kernel: 2 }],
        ['conv', { channels: 12, kernel: 3, stride: 2, padding: 1, groups: 4 }],
        ['relu'],
      ],
    ),
    chain(
      'Winograd',
      [16, 9, 10],
      [['conv', { channels: 20, kernel: 3, padding: 1 }], ['relu'], ['conv', { channels: 24, kernel: 3 }], ['relu']],
    ),
    chain(
      'Folds',
      [2, 7, 6],
      [
        ['conv', { channels: 5, kernel: 3, padding: 1 }],
        ...[...operators.values()].flatMap(({ name, fold }): Layer[] =>
          fold ? [[name, { kernel: 3, stride: 1, padding: 1 }]] : [],
        ),
      ],
    ),
    chain(
      'Norm',
      [3, 8, 8],
      [
        ['conv', { channels: 8, kernel: 3, padding: 1, bias: false }],
        ['batch_norm'],
        ['relu'],
        ['depthwise_conv', { kernel: 3, padding: 1 }],
        ['batch_norm'],
        ['relu6'],
        ['conv', { channels: 12, kernel: 1 }],
        ['prelu'],
        ['dropout', { p: 0.3 }],
        ['local_response_norm', { size: 3, alpha: 0.1 }],
        ['upsample', { factor: 2, mode: 'bilinear' }],
        ['pad', { padding: 1, mode: 'reflect' }],
        ['avg_pool', { kernel: 3, stride: 2, padding: 1 }],
        ['global_avg_pool'],
        ['flatten'],
        ['dense', { features: 9 }],
        ['softmax'],
      ],
    ),
    chain(
      'Resampled',
      [3, 8, 10],
      [
        ['pixel_unshuffle', { factor: 2 }],
        ['conv', { channels: 8, kernel: 1 }],
        ['pad', { padding: [2, 1, 0, 3], mode: 'circular' }],
        ['max_pool', { kernel: [2, 3], stride: 1, dilation: [3, 2], padding: [1, 2] }],
        ['pixel_shuffle', { factor: 2 }],
        ['conv', { channels: 5, kernel: 1 }],
        ['adaptive_max_pool', { size: [5, 7] }],
        ['resize', { factor: [1.4, 0.9], mode: 'bicubic' }],
        ['resize', { size: 6, mode: 'bilinear', align_corners: true }],
        ['resize', { size: [4, 9] }],
      ],
    ),
    branches(),
    transformer(),
    shared(),
    normalised(),
    written(),
    unflattened(),
  ];
}

/** Paths that meet in sums, products and concatenations. */
function branches(): Graph {
  const g = graphBuilder('Branches', operators, 'train');
  const image = g.input('image', [4, 8, 6]);
  const node = (op: string, inputs: readonly ValueId[], attributes: Attributes = {}): ValueId =>
    g.node({ op, inputs, attributes })[0];
  const wide = node('conv', [image], { channels: 8, kernel: 3, padding: 1 });
  const [left, right] = g.node({ op: 'split', inputs: [wide], attributes: { parts: 2 } }) as unknown as [
    ValueId,
    ValueId,
  ];
  const gate = node('sigmoid', [node('global_avg_pool', [right])]);
  const scaled = node('mul', [left, gate]);
  const sum = node('add', [node('tanh', [scaled]), image]);
  const joined = node('concat', [sum, node('elu', [right]), node('leaky_relu', [wide])]);
  const mixed = node('channel_shuffle', [joined], { groups: 4 });
  const large = node('conv_transpose', [mixed], { channels: 6, kernel: 2, stride: 2 });
  const halved = node('relu', [node('max_pool', [large], { kernel: 2 })]);
  const back = node('add', [large, node('max_unpool', [halved, large], { kernel: 2 })]);
  const small = node('max_pool', [back], { kernel: 3, stride: 2, padding: 1 });
  g.output('scores', node('dense', [node('flatten', [node('gelu', [small])])], { features: 5 }));
  return g.finish();
}

/** Normalisations of all kinds, reductions, and softmax along rows, with what they join. */
function normalised(): Graph {
  const g = graphBuilder('Normalised', operators, 'train');
  const image = g.input('image', [5, 8, 6]);
  const node = (op: string, inputs: readonly ValueId[], attributes: Attributes = {}): ValueId =>
    g.node({ op, inputs, attributes })[0];
  const x = node('layer_norm', [node('conv', [image], { channels: 18, kernel: 3, padding: 1 })]);
  const y = node('group_norm', [node('mish', [x])], { groups: 6 });
  // A bias would have no gradient but rounding errors.
  const mixed = node('conv', [node('softsign', [y])], { channels: 18, kernel: 1, bias: false });
  const z = node('instance_norm', [mixed], { affine: true });
  const largest = node('reduce', [z], { operation: 'max', over: 'channels' });
  const rows = node('softmax', [node('sub', [z, largest])], { over: 'width' });
  const mean = node('reduce', [rows], { operation: 'mean', over: 'height' });
  const joined = node('maximum', [node('div', [z, node('plus', [node('exp', [mean])], { number: 1 })]), rows, x]);
  const whole = node('layer_norm', [node('batch_norm', [joined], { affine: false })], { over: 'map' });
  const rms = node('rms_norm', [node('softplus', [whole])]);
  g.output('scores', node('dense', [node('flatten', [node('rms_norm', [rms], { over: 'map' })])], { features: 5 }));
  return g.finish();
}

/** Patches as tokens behind one that is learned, attention among them, and what arranges their axes. */
function transformer(): Graph {
  const g = graphBuilder('Transformer', operators, 'train');
  const node = (op: string, inputs: readonly ValueId[], attributes: Attributes = {}): ValueId =>
    g.node({ op, inputs, attributes })[0];
  const learned = (name: string, shape: Shape): ValueId =>
    g.parameter(name, shape, 'parameter', { kind: 'he', fanIn: 6, fanOut: 6 });
  const image = g.input('image', [3, 6, 8]);
  const patches = node('tokens', [node('conv', [image], { channels: 6, kernel: 2, stride: 2 })]);
  const tokens = node('concat', [learned('class', [1, 6]), patches], { along: 'length' });
  const placed = node('add', [tokens, learned('position', [13, 6])]);
  const made = node('dense', [placed], { features: 18 });
  const [q, k, v] = g.node({ op: 'split', inputs: [made], attributes: { parts: 3 } }) as readonly ValueId[];
  const mixed = node('dense', [node('attention', [q!, k!, v!], { heads: 2 })], { features: 6, bias: false });
  const sum = node('gelu', [node('add', [placed, mixed])]);
  const [, rest] = g.node({ op: 'split', inputs: [sum], attributes: { sizes: [1, 12], along: 'length' } });
  const grid = node('to_image', [rest!], { size: [3, 4] });
  const turned = node('permute', [node('transpose', [grid])], { order: 'hwc' });
  const [kept, every] = [
    node('crop', [turned], { size: [2, 4], offset: [1, 1] }),
    node('slice', [turned], { along: 'width', start: -5, step: 2 }),
  ];
  const doubled = node('concat', [kept, node('slice', [every], { along: 'height', end: 2 })], { along: 'width' });
  const product = node('matmul', [sum, sum], { transpose_b: true });
  const rows = node('matmul', [product, node('softmax', [sum])]);
  const flat = node('concat', [node('flatten', [doubled]), node('flatten', [rows])]);
  g.output('scores', node('dense', [flat], { features: 5 }));
  return g.finish();
}

/** A convolution and a batch norm with two uses each, and tensors that join values. */
function shared(): Graph {
  const g = graphBuilder('Shared', operators, 'train');
  const image = g.input('image', [3, 6, 6]);
  const node = (op: string, inputs: readonly ValueId[], attributes: Attributes = {}, weightsName?: string): ValueId =>
    g.node({ op, inputs, attributes, weightsName })[0];
  const learned = (name: string, shape: Shape): ValueId =>
    g.parameter(name, shape, 'parameter', { kind: 'constant', value: 0.1 });
  const gamma = learned('gamma', [8, 1, 1]);
  const gate = learned('gate', [8, 1, 1]);
  const position = learned('position', [8, 6, 6]);
  const wide = node('conv', [image], { channels: 8, kernel: 1 });
  const tower = (value: ValueId): ValueId =>
    node(
      'batch_norm',
      [node('conv', [value], { channels: 8, kernel: 3, padding: 1 }, 'tower.conv1')],
      {},
      'tower.norm1',
    );
  const first = node('add', [node('relu', [tower(wide)]), position]);
  const second = node('mul', [tower(first), gamma]);
  const gated = node('mul', [node('add', [second, wide]), node('sigmoid', [gate])]);
  g.output('scores', node('dense', [node('flatten', [node('global_avg_pool', [gated])])], { features: 5 }));
  return g.finish();
}

/** Convolutions whose weights are given behind and before some that are learned, as those of antialiased pooling (Zhang, 2019). */
function written(): Graph {
  const g = graphBuilder('Written', operators, 'train');
  const node = (op: string, value: ValueId, attributes: Attributes, weight?: readonly [Shape, readonly number[]]) =>
    g.node({
      op,
      inputs: [value],
      attributes,
      ...(weight && { parameters: [g.constant(weight[0], Float64Array.from(weight[1]))] }),
    })[0];
  const blur = [1, 2, 1, 2, 4, 2, 1, 2, 1].map((weight) => weight / 16);
  const wide = node('conv', g.input('image', [3, 8, 8]), { channels: 6, kernel: 3, padding: 1 });
  const blurred = { kernel: 3, stride: 2, padding: 1, bias: false };
  const small = node('depthwise_conv', wide, blurred, [[6, 1, 3, 3], Array.from({ length: 6 }, () => blur).flat()]);
  const mixed = node('conv', node('tanh', small, {}), { channels: 7, kernel: 3, padding: 1 });
  const sums = Array.from({ length: 28 }, (_, at) => ((at * 5) % 7) / 4 - 0.5);
  const four = node('conv', mixed, { channels: 4, kernel: 1, bias: false }, [[4, 7, 1, 1], sums]);
  g.output('scores', node('dense', node('flatten', node('relu', four, {}), {}), { features: 5 }));
  return g.finish();
}

/** Images of what a dense layer gives, as in a generator: the gradient by its weights reads the one of an image. */
function unflattened(): Graph {
  const g = graphBuilder('Unflattened', operators, 'train');
  const node = (op: string, value: ValueId, attributes: Attributes = {}): ValueId =>
    g.node({ op, inputs: [value], attributes })[0];
  const made = node('dense', node('flatten', g.input('image', [2, 4, 3])), { features: 30, bias: false });
  const image = node('reshape', made, { shape: [5, 2, 3] });
  const large = node('tanh', node('conv_transpose', image, { channels: 4, kernel: 2, stride: 2 }));
  g.output('scores', node('dense', node('flatten', large), { features: 5 }));
  return g.finish();
}
