// The networks of the language's design: shapes, parameters and multiply–accumulates as the papers' implementations have them
// (torchvision's recorded counts for VGG, D2L 7.6 for LeNet, the block report of the design for Inception).

import { describe, expect, test } from 'vitest';
import { checkExpectations } from '../../compiler/frontend/index.ts';
import {
  compile,
  macCount,
  networkOf,
  nodeNames,
  outputShapes,
  parameterCount,
  shapeOf,
  weightNames,
  wiring,
} from './support.ts';

export const lenet = `/// LeNet (LeCun et al., 1998) as in D2L 7.6.
network LeNet(classes: int = 10) {
  input image: [1, 28, 28] { scale: 1/255 }         // channels, height, width

  conv(6, kernel: 5, padding: 2) -> sigmoid : [6, 28, 28]   // checked; \`_\` matches anything
  avg_pool(2)
  conv(16, kernel: 5) -> sigmoid
  avg_pool(2)                               : [16, 5, 5]
  flatten
  dense(120) -> sigmoid
  dense(84) -> sigmoid
  logits = dense(classes)

  output logits
}

train LeNet {
  loss: cross_entropy
  optimizer: sgd(learning_rate: 0.9)
  batch: 256
  epochs: 10
  init: xavier_uniform
  augment: random_crop(28, padding: 2) -> random_flip(horizontal: true)
}

expect LeNet { parameters == 61_706  macs <= 420k  peak_memory <= 64KiB  output == [10] }
`;

const vgg = `/// VGG (Simonyan & Zisserman, 2014). \`arch\` lists (convolutions, channels) for each block.
block vgg_block(convs: int, channels: int) {
  repeat convs { conv(channels, kernel: 3, padding: 1) -> relu }
  max_pool(2)
}

network VGG(arch: [(int, int)] = [(1, 64), (1, 128), (2, 256), (2, 512), (2, 512)], channels: int = 3, size: int = 224, classes: int = 1000) {
  input image: [channels, size, size] { resize: 256  crop: 224  mean: [0.485, 0.456, 0.406]  std: [0.229, 0.224, 0.225] }
  for (convs, width) in arch { vgg_block(convs, width) }
  flatten
  dense(4096) -> relu -> dropout(0.5)
  dense(4096) -> relu -> dropout(0.5)
  logits = dense(classes)
  output logits { labels: "imagenet.txt" }
}

network VGG11 = VGG()
network VGG16 = VGG(arch: [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)])
`;

const blocks = `block inception(c1: int, c2: (int, int), c3: (int, int), c4: int) {
  parallel concat {
    path conv(c1, kernel: 1) -> relu
    path conv(c2.0, kernel: 1) -> relu -> conv(c2.1, kernel: 3, padding: 1) -> relu
    path conv(c3.0, kernel: 1) -> relu -> conv(c3.1, kernel: 5, padding: 2) -> relu
    path max_pool(3, stride: 1, padding: 1) -> conv(c4, kernel: 1) -> relu
  }
}

block residual(channels: int, stride: int = 1) {
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
`;

describe('LeNet', () => {
  const network = networkOf(lenet);

  test('has 61,706 parameters and 416,520 multiply–accumulates', () => {
    expect(parameterCount(network)).toBe(61_706);
    expect(macCount(network)).toBe(416_520);
    expect(outputShapes(network)).toEqual([[10]]);
  });

  test('names its weights as the text reads', () => {
    expect(weightNames(network).filter((name) => name.endsWith('weight'))).toEqual([
      'conv1.weight',
      'conv2.weight',
      'dense1.weight',
      'dense2.weight',
      'logits.weight',
    ]);
  });

  test('keeps its budget, which fails with the figure that was found', () => {
    const measured = { parameters: 61_706, macs: 416_520, outputs: [[10]] };
    expect(checkExpectations(network, measured)).toEqual([]);
    expect(checkExpectations(network, { ...measured, peakMemory: 64 * 1024 })).toEqual([]);
    const failed = checkExpectations(network, {
      parameters: 61_707,
      macs: 420_001,
      peakMemory: 65_537,
      outputs: [[11]],
    });
    expect(failed.map(({ code, found, expected }) => [code, found, expected])).toEqual([
      ['expect/failed', '61,707', '== 61_706'],
      ['expect/failed', '420,001', '<= 420k'],
      ['expect/failed', '65,537 bytes', '<= 64KiB'],
      ['expect/failed', '[11]', '== [10]'],
    ]);
  });

  test('has its training settings with PyTorch’s defaults', () => {
    expect(network.train).toMatchObject({
      loss: { name: 'cross_entropy' },
      optimizer: { name: 'sgd', arguments: { learning_rate: 0.9, momentum: 0, weight_decay: 0 } },
      batch: 256,
      epochs: 10,
      init: { name: 'xavier_uniform' },
      schedule: { name: 'constant' },
      augment: [
        { name: 'random_crop', arguments: { size: [28, 28], padding: [2, 2, 2, 2] } },
        { name: 'random_flip', arguments: { horizontal: true, vertical: false } },
      ],
      seed: 0,
    });
  });

  test('says what a picture becomes, and what it is', () => {
    expect(network.graph.inputs[0]!.settings).toEqual({ scale: 1 / 255, colors: 'gray' });
    expect(network.doc).toBe('LeNet (LeCun et al., 1998) as in D2L 7.6.');
    expect(network.bindings.get('classes')).toEqual({ kind: 'int', value: 10 });
  });

  test('takes other classes from outside, and then skips its budget with a note', () => {
    const { networks, diagnostics } = compile(lenet, { set: { classes: '7' } });
    expect(outputShapes(networks[0]!)).toEqual([[7]]);
    expect(networks[0]!.expect).toEqual([]);
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['expect/skipped', 'note']]);
  });
});

describe('VGG', () => {
  const { networks, diagnostics } = compile(vgg);
  const byName = new Map(networks.map((network) => [network.name, network]));

  test('builds as itself and under both aliases', () => {
    expect(diagnostics).toEqual([]);
    expect([...byName.keys()]).toEqual(['VGG', 'VGG11', 'VGG16']);
  });

  test.each([
    ['VGG11', 132_863_336, 7_609_090_048],
    ['VGG16', 138_357_544, 15_470_264_320],
  ])('%s has %d parameters and %d multiply–accumulates', (name, parameters, macs) => {
    expect(parameterCount(byName.get(name)!)).toBe(parameters);
    expect(macCount(byName.get(name)!)).toBe(macs);
  });

  test('numbers its blocks in a loop, and the steps in them', () => {
    expect(
      weightNames(byName.get('VGG16')!).filter((name) => name.startsWith('vgg_block3') && name.endsWith('weight')),
    ).toEqual(['vgg_block3.conv1.weight', 'vgg_block3.conv2.weight', 'vgg_block3.conv3.weight']);
    expect(shapeOf(byName.get('VGG16')!, 'vgg_block5')).toEqual([512, 7, 7]);
  });

  test('has the pictures’ settings and the labels’ file', () => {
    const { graph } = byName.get('VGG11')!;
    expect(graph.inputs[0]!.settings).toEqual({
      scale: 1 / 255,
      resize: 256,
      crop: [224, 224],
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      colors: 'rgb',
    });
    expect(graph.outputs).toMatchObject([{ name: 'logits', labels: 'imagenet.txt' }]);
  });
});

describe('blocks', () => {
  test('an Inception block has four paths: 163,696 parameters, 23.52M multiply–accumulates', () => {
    const network = networkOf(`${blocks.slice(0, blocks.indexOf('block residual'))}
network A {
  input x: [192, 12, 12]
  inception(64, (96, 128), (16, 32), 32)
}`);
    expect(parameterCount(network)).toBe(163_696);
    expect(macCount(network)).toBe(23_519_232);
    expect(outputShapes(network)).toEqual([[256, 12, 12]]);
    expect(shapeOf(network, 'inception1.path3')).toEqual([32, 12, 12]);
    expect(nodeNames(network)).toContain('inception1.path2.conv2');
  });

  test('a residual block adds its untouched input, or a projection of it', () => {
    const network = networkOf(`${blocks.slice(blocks.indexOf('block residual'))}
network A {
  input x: [64, 12, 12]
  residual(64)
  residual(128, stride: 2)
}`);
    expect(wiring(network)).toContain('residual1.add1(residual1.path1.batch_norm2, x)');
    expect(wiring(network)).toContain('residual2.add1(residual2.path1.batch_norm2, residual2.shortcut.batch_norm1)');
    expect(outputShapes(network)).toEqual([[128, 6, 6]]);
    // 64·64·9 twice, 128·64·9, 128·128·9, 128·64, and a weight and a bias per channel of five batch norms
    expect(parameterCount(network)).toBe(73_728 + 73_728 + 147_456 + 8_192 + 2 * (64 * 2 + 128 * 3));
  });
});

test('long skips and an operator with two results', () => {
  const network = networkOf(`network Skips {
  input image: [8, 32, 32]
  stem = conv(16, kernel: 3, padding: 1)
  max_pool(2) -> conv(16, kernel: 3, padding: 1) -> upsample(2)
  joined = concat(stem)                  // concatenates the flowing value with \`stem\`
  left, right = split(2)
  left -> conv(8, kernel: 1) -> add(right -> conv(8, kernel: 1))
}`);
  expect(wiring(network)).toBe(
    'stem(image) max_pool1(stem) conv1(max_pool1) upsample1(conv1) joined(upsample1, stem) split1(joined) ' +
      'conv2(split1.0) conv3(split1.1) add1(conv2, conv3)',
  );
  expect(outputShapes(network)).toEqual([[8, 32, 32]]);
  expect(network.graph.outputs[0]!.name).toBe('output');
  expect(shapeOf(network, 'right')).toEqual([16, 32, 32]);
});

test('weights written down are constants', () => {
  const { graph } = networkOf(`network Edges {
  input image: [1, 6, 8]
  edges = conv(1, kernel: 1x2, bias: false, weight: [[[[1, -1]]]])
  output edges
}`);
  expect(graph.parameters).toEqual([]);
  expect(graph.constants.map(({ data }) => [...data])).toEqual([[1, -1]]);
  expect(graph.types.get(graph.outputs[0]!.value)!.shape).toEqual([1, 6, 7]);
});
