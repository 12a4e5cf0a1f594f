// Steps in the words of other frameworks: what each documentation says they mean, and what `check --fix` makes of them.

import { describe, expect, test } from 'vitest';
import { frameworks, layersNamed, layersOf } from '../../compiler/frontend/names/foreign/tables.ts';
import { operators } from '../../compiler/ops/index.ts';
import { format } from '../../grammar/format.ts';
import { fixText } from '../../src/edit/fix.ts';
import { body, compile } from './support.ts';

/** The statements after all safe fixes. */
function fixed(statements: string): string {
  const text = body(`  ${statements}`);
  const result = fixText('main.cnn', text, (attempt) => compile(attempt).diagnostics);
  return result.text.split('\n').slice(2, -2).join('\n').trim();
}

// Positional orders and defaults: pytorch.org/docs/stable/nn, keras.io/api/layers, onnx.ai/onnx/operators, caffe.proto.
describe.each([
  ['Conv2d(1, 6, 5)', 'conv(6, kernel: 5)'],
  ['nn.Conv2d(8, 16, kernel_size=3, padding=1, bias=False)', 'conv(16, kernel: 3, padding: 1, bias: false)'],
  ['nn.Conv2d(8, 16, (3, 5), (2, 2), (1, 2))', 'conv(16, kernel: 3x5, stride: 2, padding: 1x2)'],
  ["torch.nn.Conv2d(8, 16, 3, padding='same')", 'conv(16, kernel: 3, padding: same)'],
  ['LazyConv2d(6, kernel_size=5, padding=2)', 'conv(6, kernel: 5, padding: 2)'],
  ['ConvTranspose2d(8, 4, 2, 2)', 'conv_transpose(4, kernel: 2, stride: 2)'],
  ['BatchNorm2d(8)', 'batch_norm'],
  ['nn.BatchNorm2d(8, eps=1e-3)', 'batch_norm(epsilon: 1e-3)'],
  ['MaxPool2d(2, 2)', 'max_pool(2, stride: 2)'],
  ['nn.MaxPool2d(kernel_size=3, stride=None)', 'max_pool(3)'],
  ['AvgPool2d(2, count_include_pad=False)', 'avg_pool(2, count_padding: false)'],
  ['AdaptiveAvgPool2d((1, 1))', 'adaptive_avg_pool(1)'],
  ['nn.LPPool2d(2, 3, stride=2)', 'lp_pool(3, stride: 2, p: 2)'],
  ['LPPool2d(4, (2, 3))', 'lp_pool(2x3, p: 4)'],
  ['ReLU(inplace=True)', 'relu'],
  ['F.relu', 'relu'],
  ['nn.LeakyReLU(0.2)', 'leaky_relu(slope: 0.2)'],
  ['LeakyReLU(0.2)', 'leaky_relu(slope: 0.2)'],
  ['LeakyReLU(negative_slope=0.01, inplace=True)', 'leaky_relu(slope: 0.01)'],
  ['nn.LeakyReLU()', 'leaky_relu'],
  ['layers.LeakyReLU()', 'leaky_relu(slope: 0.3)'],
  ['LeakyReLU(alpha=0.1)', 'leaky_relu(slope: 0.1)'],
  ['LeakyRelu', 'leaky_relu'],
  ['nn.PReLU()', 'prelu(shared: true)'],
  ['PReLU(num_parameters=8)', 'prelu(shared: false)'],
  ['Hardsigmoid', 'hard_sigmoid'],
  ['Hardtanh', 'clip(-1, max: 1)'],
  ['ReflectionPad2d(2)', 'pad(2, mode: reflect)'],
  ['ReplicationPad2d(2)', 'pad(2, mode: replicate)'],
  ['CircularPad2d(2)', 'pad(2, mode: circular)'],
  ['MaxPool2d(2, dilation=2)', 'max_pool(2, dilation: 2)'],
  ['F.interpolate(scale_factor=(1.5, 2), mode="bilinear")', 'resize(factor: [1.5, 2], mode: bilinear)'],
  ['UpsamplingBilinear2d(2)', 'resize(size: 2, mode: bilinear, align_corners: true)'],
  ['nn.UpsamplingBilinear2d(scale_factor=2)', 'resize(factor: 2, mode: bilinear, align_corners: true)'],
  ['nn.PixelShuffle(3)', 'pixel_shuffle(3)'],
  ['nn.AdaptiveMaxPool2d((7, 7))', 'adaptive_max_pool(7)'],
  ['ZeroPad2d((1, 2, 3, 4))', 'pad((3, 1, 4, 2))'],
  ['ZeroPadding2D(((1, 2), (3, 4)))', 'pad((1, 3, 2, 4))'],
  ['ZeroPadding2D()', 'pad(1)'],
  ["Upsample(scale_factor=2, mode='bilinear')", 'upsample(2, mode: bilinear)'],
  ["UpSampling2D(2, interpolation='bilinear')", 'upsample(2, mode: bilinear)'],
  ["Conv2D(6, 5, activation='relu', padding='same')", 'conv(6, kernel: 5, padding: same) -> relu'],
  ["Conv2D(6, (5, 5), strides=(2, 2), padding='valid')", 'conv(6, kernel: 5, stride: 2, padding: 0)'],
  ['MaxPooling2D()', 'max_pool(2)'],
  ['AveragePooling2D(2)', 'avg_pool(2, count_padding: false)'],
  ['GlobalAveragePooling2D()', 'global_avg_pool -> flatten'],
  ['layers.BatchNormalization()', 'batch_norm(epsilon: 0.001, momentum: 0.01)'],
  ['BatchNormalization(momentum=0.9, axis=-1)', 'batch_norm(epsilon: 0.001, momentum: 0.1)'],
  ['AveragePool(kernel_shape: [2, 2], strides: [2, 2])', 'avg_pool(2, stride: 2, count_padding: false)'],
  ['MaxPool(kernel_shape: [3, 3])', 'max_pool(3, stride: 1)'],
  ['LpPool(kernel_shape: [2, 2], p: 3, strides: [2, 2])', 'lp_pool(2, stride: 2, p: 3)'],
  ['MaxPool(kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2])', 'max_pool(3, stride: 2, padding: 1)'],
  ['GlobalAveragePool', 'global_avg_pool'],
  ['Convolution(num_output: 8, kernel_size: 3, pad: 1)', 'conv(8, kernel: 3, padding: 1)'],
  ['LRN(local_size: 5)', 'local_response_norm(5, alpha: 1)'],
  ['LRN(size: 5)', 'local_response_norm(5)'],
  ['TanH', 'tanh'],
  ['conv(6, kernel: 3, strides: 2)', 'conv(6, kernel: 3, stride: 2)'],
  ['conv(filters: 6, kernel_size: (3, 3))', 'conv(channels: 6, kernel: 3)'],
  ['conv(6, kernel: 3, activation: "relu")', 'conv(6, kernel: 3) -> relu'],
])('%s', (written, ours) => {
  test(`is ${ours}`, () => expect(fixed(written)).toBe(ours));
});

// Words whose meaning is not certain, or that nothing here means: shown, never applied.
const left = [
  'LeakyReLU',
  'PReLU',
  'PReLU()',
  'HardSigmoid',
  'BatchNormalization',
  'hardshrink',
  'Hardshrink',
  'Upsample(2)',
  'Linear(10)',
  'Conv2d(6, kernel: 3)',
  'nn.Conv2d(8, 8, 3, padding_mode="reflect")',
  'ReLU(6)',
  'Conv2D(6, 3, activation="hard_shrink")',
  'Dropout2d(0.5)',
  'SpatialDropout2D(0.5)',
  'InnerProduct(num_output: 10)',
  'BatchNorm',
  'RReLU',
  'LayerNorm(8)',
  'Threshold',
  'elv',
  'AvgPool2d(2, divisor_override=3)',
  'Upsample(scale_factor=2, mode="bilinear", align_corners=True)',
  'Reshape((4, 4, 8))',
  'conv(8, kernel: 3, padding: 1, padding_mode: reflect)',
  'leaky_relu(0.1, 0.2)',
  'concat([x])',
  'relu(x + x)',
  'relu(3)',
  'conv(6, channels: 8, kernel: 3)',
  'depthwise_conv(16, kernel: 3)',
  'conv(6, kernal: 3)',
  'conv(0, kernel: 3)',
  'dropout(50)',
  'maxpool(2)',
  'convolutional(16)',
  'fc(10)',
  'Softmax(dim=2)',
  'Conv(kernel_shape: [3, 3])',
  'BatchNorm2d(8, track_running_stats=False)',
  'upsample(size: 2)',
  'upsample(2, align_corners: true)',
  'LPPool2d(3, 2)',
  'LPPool2d(2, 2, ceil_mode=True)',
  'relu(max_value: 6)',
];
test.each(left)('%s is left as it is, and reported', (written) => {
  expect(compile(body(`  ${written}`)).diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
  expect(fixed(written)).toBe(written);
});

test('an odd norm is not PyTorch’s, and the message says why', () => {
  const [diagnostic] = compile(body('  LPPool2d(3, 2)')).diagnostics;
  expect(diagnostic!.fixes![0]!.message).toContain('PyTorch adds up x^p, lp_pool |x|^p');
});

test('a foreign step is one error, whatever its arguments are', () => {
  for (const written of [
    'nn.Conv2d(8, 16, kernel_size=3, bias=False)',
    "Conv2D(6, 3, padding='same', activation='relu')",
    'Sequential(Conv2d(1, 6, 5), ReLU())',
  ])
    expect(compile(body(`  ${written}`)).diagnostics.map(({ code }) => code)).toEqual(['name/unknown-step']);
});

test('the message says whose word it is taken for', () => {
  const [diagnostic] = compile(body('  Conv2d(8, 6, 5)')).diagnostics;
  expect(diagnostic!.notes).toEqual([
    "read as PyTorch's Conv2d(in_channels, out_channels, kernel_size)",
    '8 (in_channels) is left out: it follows from what flows in',
  ]);
});

describe('the tables', () => {
  const layers = frameworks.flatMap((table) =>
    layersOf(table, operators).map(({ framework, name, layer }) => ({ title: `${framework} ${name}`, name, layer })),
  );

  test.each(layers)('$title leads to an operator and its attributes', ({ name, layer }) => {
    const operator = operators.get(layer.operator)!;
    expect(operator.internal).toBeUndefined();
    expect(operators.has(name)).toBe(false);
    const ours = Object.values(layer.arguments ?? {}).flatMap((rule) => (rule.kind === 'ours' ? [rule.name] : []));
    for (const attribute of [...ours, ...Object.keys(layer.also ?? {})])
      expect(Object.hasOwn(operator.attributes, attribute), attribute).toBe(true);
  });

  test('no word is there and missing, and case counts', () => {
    for (const { framework, layers: named, missing } of frameworks)
      expect(
        Object.keys(missing).filter((word) => Object.hasOwn(named, word)),
        framework,
      ).toEqual([]);
    const folded = (word: string): string => word.replaceAll('_', '').toLowerCase();
    const ours = new Set(
      [...operators.values()].flatMap(({ name, internal, attributes }) =>
        internal || Object.keys(attributes).length === 0 ? [] : [folded(name)],
      ),
    );
    const known = frameworks.flatMap((table) => {
      const named = new Set(layersOf(table, operators).map(({ name }) => name));
      return Object.keys(table.missing).filter((word) => ours.has(folded(word)) && !named.has(word));
    });
    expect(known, 'there is such an operator: give the word its arguments').toEqual([]);
    expect(layersNamed('Conv2d').map(({ framework }) => framework)).toEqual(['PyTorch']);
    expect(layersNamed('Conv2D').map(({ framework }) => framework)).toEqual(['Keras']);
  });
});

test('a missing word leads to an operator without attributes as soon as there is one', () => {
  const [pytorch] = frameworks;
  expect(Object.hasOwn(pytorch!.missing, 'Softsign')).toBe(true);
  const named = (known: typeof operators) => layersOf(pytorch!, known).filter(({ name }) => name === 'Softsign');
  const relu = operators.get('relu')!;
  expect(named(new Map([['softsign', { ...relu, name: 'softsign' }]])).map(({ layer }) => layer)).toEqual([
    { operator: 'softsign', arguments: {} },
  ]);
  const attributes = { slope: { type: 'float', doc: '' } } as const;
  expect(named(new Map([['softsign', { ...relu, name: 'softsign', attributes }]]))).toEqual([]);
});

test('a layer that is called with its input is left as it is', () => {
  expect(fixed('Add()([x, x])')).toBe('Add()([x, x])');
});

test('fmt keeps words with their module', () => {
  expect(format({ path: 'a.cnn', text: body('    nn.ReLU()') })).toMatchObject({ text: body('  nn.ReLU()') });
});

describe('the steps of one framework in a network', () => {
  const steps = (text: string): readonly { message: string; edits: number }[] =>
    compile(text).diagnostics.map(({ message, fixes }) => ({
      message,
      edits: fixes?.[0]?.safe ? fixes[0].edits!.length : 0,
    }));

  test('are one error with one fix, however many they are', () => {
    const lines = Array.from({ length: 30 }, (_, i) => `  nn.Conv2d(${i + 1}, ${i + 2}, 3)`).join('\n');
    expect(steps(body(lines))).toEqual([{ message: '30 steps are written as in PyTorch', edits: 30 }]);
  });

  test('are found in branches, loops and arguments', () => {
    const text = body(
      '  repeat 2 { ReLU() }\n  a = parallel add { path nn.Conv2d(2, 8, 1) path { nn.Conv2d(2, 8, 1) } }\n  a -> concat(nn.ReLU())',
    );
    expect(steps(text)).toEqual([{ message: '4 steps are written as in PyTorch', edits: 4 }]);
    expect(fixed('conv(8, kernel: 1) -> concat(Conv2d(8, 8, 1))')).toBe(
      'conv(8, kernel: 1) -> concat(conv(8, kernel: 1))',
    );
  });

  test('are told apart from those of another framework, and from what is not certain', () => {
    const text = body('  Conv2d(2, 8, 1)\n  Conv2D(8, 1)\n  ReLU()\n  LeakyReLU()\n  RReLU()');
    expect(steps(text).map(({ message }) => message)).toEqual([
      '2 steps are written as in PyTorch',
      'there is no operator, block or value `Conv2D`',
      'there is no operator, block or value `LeakyReLU`',
      "PyTorch's `RReLU` has no counterpart here",
    ]);
  });
});

// The body of nn.Sequential, as D2L 7.1 and 8.1 print it.
describe('a sequence', () => {
  const listed = `nn.Conv2d(2, 6, 5), nn.Sigmoid(),
    nn.Flatten(),`;

  test('becomes a chain', () => {
    expect(fixed(`net = nn.Sequential(\n    ${listed} nn.Linear(96, 10))`)).toBe(
      'net = conv(6, kernel: 5) -> sigmoid ->\n    flatten -> dense(10)',
    );
    expect(
      fixed('tf.keras.models.Sequential([\n    tf.keras.layers.Conv2D(6, 5),\n    tf.keras.layers.Flatten()])'),
    ).toBe('conv(6, kernel: 5) ->\n    flatten');
    expect(fixed('relu -> nn.Sequential(nn.Tanh(),) -> abs')).toBe('relu -> tanh -> abs');
  });

  test('keeps its comments', () => {
    const chain = fixed(
      `net = nn.Sequential(\n    # a window\n    nn.Conv2d(2, 6, 5),  # a, b\n    nn.ReLU()  # [last]\n  )`,
    );
    expect(chain.replaceAll(/ +$/gm, '')).toBe(
      'net =\n    // a window\n    conv(6, kernel: 5) ->  // a, b\n    relu  // [last]',
    );
    expect(compile(body(`  ${chain}`)).diagnostics).toEqual([]);
  });

  test('is left as it is where its parts are named elsewhere', () => {
    for (const written of ['nn.Sequential(b1, nn.ReLU())', 'nn.Sequential(*layers)', 'nn.Sequential()'])
      expect(fixed(written)).toBe(written);
  });

  test('without brackets is steps, each without its comma', () => {
    const steps = fixed(`${listed}\n  nn.Linear(96, 10)`);
    expect(steps.split(/\s*\n\s*/)).toEqual(['conv(6, kernel: 5) sigmoid', 'flatten', 'dense(10)']);
    expect(fixed('relu, tanh,\n  conv(6, kernel: 5), flatten')).toBe('relu -> tanh ->\n  conv(6, kernel: 5) flatten');
  });
});

// Keras' functional interface and PyTorch's functions give a layer its input.
test.each([
  ['nn.ReLU()(x)', 'x -> relu'],
  ['relu()(x)', 'x -> relu'],
  ['y = Conv2D(8, 3, activation="relu")(x)', 'y = x -> conv(8, kernel: 3) -> relu'],
  ['F.relu(x)', 'x -> relu'],
  ['F.max_pool2d(x, 2)', 'x -> max_pool(2)'],
  ['F.lp_pool2d(x, 2, 2)', 'x -> lp_pool(2, p: 2)'],
  ['conv(8, 3, padding="same", activation="relu")', 'conv(8, 3, padding: same) -> relu'],
  ['conv(filters=8, kernel_size=3, strides=2)', 'conv(channels: 8, kernel: 3, stride: 2)'],
])('%s is one error and becomes %s', (written, ours) => {
  expect(compile(body(`  ${written}`)).diagnostics).toHaveLength(1);
  expect(fixed(written)).toBe(ours);
});

test.each(['Add()([x, x])', 'relu -> relu()(x)', 'conv(8, 3, padding="same", activation="hard_shrink")'])(
  '%s is reported and not changed beyond its certain parts',
  (written) => expect(compile(body(`  ${fixed(written)}`)).diagnostics.length).toBeGreaterThan(0),
);

test('a name that goes from line to line is one mistake', () => {
  const text = body('  y = relu\n  y = tanh\n  y = sigmoid\n  y = relu');
  expect(compile(text).diagnostics.map(({ code }) => code)).toEqual(['name/duplicate']);
});
