// For the rules of operators whose files have no examples, why each is there, a network that breaks it and the same network put right.

import type { OperatorTable, RuleExample } from '../ir/operator.ts';
import { image, network, size, step, window } from './rule-example.ts';

/** Of the rule with this code: `conv/C3`. */
export interface CodedExample extends RuleExample {
  readonly code: string;
}

/** Rules of the operators of the language by their code. */
export function ruleExamples(operators: OperatorTable): ReadonlyMap<string, CodedExample> {
  const known = [...operators.values()].filter(({ internal }) => !internal);
  return new Map(
    known.flatMap(({ name, constraints, examples: own = {} }) =>
      Object.keys(constraints).flatMap((rule): [string, CodedExample][] => {
        const code = `${name}/${rule}`;
        const example = own[rule] ?? examples.get(code);
        return example ? [[code, { code, ...example }]] : [];
      }),
    ),
  );
}

const broadcast = (name: string): readonly (readonly [string, RuleExample])[] => [
  [
    `${name}/C1`,
    {
      explanation:
        'Values are combined element by element: an image with an image, a list of features with a list. A list beside an image is a number per channel, so that it must be as long as the image has channels.',
      bad: network('[4, 8, 8]', `flatten -> ${name}(x)`),
      good: network('[4, 8, 8]', `relu -> ${name}(x) -> flatten`),
    },
  ],
  [
    `${name}/C2`,
    {
      explanation:
        'Values are combined element by element. An extent of 1 is repeated, as in NumPy; others must be equal. In a residual block the shortcut needs the stride and the channels of the other path.',
      bad: network('[4, 8, 8]', `conv(8, kernel: 3, padding: 1) -> ${name}(x)`),
      good: network('[4, 8, 8]', `conv(8, kernel: 3, padding: 1) -> ${name}(x -> conv(8, kernel: 1))`),
    },
  ],
  [
    `${name}/C3`,
    {
      explanation:
        'Extents of 1 are repeated, so that a result can be larger than the values. It is reported as limit/elements.',
      bad: `network A {\n  input x: [65536, 1, 1]\n  input y: [1, 65536, 1]\n  x -> ${name}(y)\n}\n`,
      good: `network A {\n  input x: [256, 1, 1]\n  input y: [1, 256, 1]\n  x -> ${name}(y)\n}\n`,
      reportedAs: 'limit/elements',
    },
  ],
];

const groups = (name: string): readonly (readonly [string, RuleExample])[] => [
  [
    `${name}/C2`,
    step(
      'The channels of the input are dealt to the groups in equal parts.',
      '[4, 8, 8]',
      `${name}(6, kernel: 3, groups: 3)`,
      `${name}(6, kernel: 3, groups: 2)`,
    ),
  ],
  [
    `${name}/C3`,
    step(
      'Every group makes the same number of output channels.',
      '[4, 8, 8]',
      `${name}(7, kernel: 3, groups: 2)`,
      `${name}(8, kernel: 3, groups: 2)`,
    ),
  ],
];

const examples: ReadonlyMap<string, RuleExample> = new Map<string, RuleExample>([
  ['adaptive_avg_pool/C1', image('adaptive_avg_pool(2)')],
  ['adaptive_avg_pool/C2', size('[3, 8, 8]', 'adaptive_avg_pool(65536)', 'adaptive_avg_pool(2)')],
  ...['add', 'sub', 'mul', 'div', 'maximum', 'minimum'].flatMap(broadcast),
  [
    'batch_norm/C1',
    step(
      'It has statistics of each channel of an image, or of each number of a flat list.',
      '[64, 8]',
      'batch_norm',
      'to_image(8) -> batch_norm -> tokens',
    ),
  ],
  ['channel_shuffle/C1', image('channel_shuffle(2)')],
  [
    'channel_shuffle/C2',
    step(
      'The channels are dealt to the groups in equal parts.',
      '[8, 4, 4]',
      'channel_shuffle(3)',
      'channel_shuffle(4)',
    ),
  ],
  ['clip/C1', step('The first number is the lower bound.', '[8]', 'clip(1, 0)', 'clip(0, 1)')],
  [
    'concat/C2',
    {
      explanation:
        'Images are joined along their channels, so that height and width must be the same. A window of k keeps them with padding (k − 1) / 2.',
      bad: network('[4, 8, 8]', 'parallel concat {', '  path conv(4, kernel: 1)', '  path conv(4, kernel: 5)', '}'),
      good: network(
        '[4, 8, 8]',
        'parallel concat {',
        '  path conv(4, kernel: 1)',
        '  path conv(4, kernel: 5, padding: 2)',
        '}',
      ),
    },
  ],
  ['concat/C3', size('[1, 32768, 32768]', 'relu -> concat(x)', 'max_pool(2) -> concat(x -> avg_pool(2))')],
  ['conv/C1', image('conv(6, kernel: 3)')],
  ...groups('conv'),
  ['conv/C4', window('conv', '6, ')],
  ['conv/C5', size('[65536, 1, 1]', 'conv(65536, kernel: 1)', 'conv(1024, kernel: 1)', true)],
  ['conv_transpose/C1', image('conv_transpose(6, kernel: 3)')],
  ...groups('conv_transpose'),
  [
    'conv_transpose/C4',
    step(
      'Padding is cut off the result: (extent − 1)·stride − 2·padding + kernel must be at least 1.',
      '[4, 2, 2]',
      'conv_transpose(4, kernel: 2, padding: 2)',
      'conv_transpose(4, kernel: 2, padding: 1)',
    ),
  ],
  [
    'conv_transpose/C5',
    step(
      'output_padding chooses between the sizes that a convolution with this stride would shrink to the same; there are as many as the stride.',
      '[4, 2, 2]',
      'conv_transpose(4, kernel: 2, stride: 2, output_padding: 2)',
      'conv_transpose(4, kernel: 2, stride: 2, output_padding: 1)',
    ),
  ],
  [
    'conv_transpose/C6',
    size(
      '[1, 4096, 4096]',
      'conv_transpose(1, kernel: 16, stride: 16)',
      'conv_transpose(1, kernel: 2, stride: 2)',
      true,
    ),
  ],
  [
    'dense/C1',
    step(
      'A dense layer has a weight for every feature of a flat list; an image becomes one with flatten.',
      '[4, 8, 8]',
      'dense(10)',
      'flatten -> dense(10)',
    ),
  ],
  ['dense/C2', size('[65536]', 'dense(32768)', 'dense(1024)', true)],
  ['depthwise_conv/C1', image('depthwise_conv(kernel: 3)')],
  ['depthwise_conv/C2', window('depthwise_conv', '')],
  [
    'depthwise_conv/C3',
    size('[1, 46340, 46340]', 'depthwise_conv(kernel: 1, padding: 1)', 'depthwise_conv(kernel: 1)', true),
  ],
  ['global_avg_pool/C1', image('global_avg_pool')],
  ['global_max_pool/C1', image('global_max_pool')],
  ['local_response_norm/C1', image('local_response_norm(5)')],
  ['pad/C1', image('pad(1)')],
  [
    'pad/C2',
    step(
      '`same` is the padding with which a window keeps the size; pad has no window.',
      '[4, 8, 8]',
      'pad(same)',
      'pad(1)',
    ),
  ],
  [
    'pad/C3',
    step(
      'The image is mirrored at its border, which itself is not repeated: of 4 rows there are 3 others.',
      '[4, 4, 4]',
      'pad(4, mode: reflect)',
      'pad(3, mode: reflect)',
    ),
  ],
  ['pad/C4', size('[3, 4, 4]', 'pad(100_000)', 'pad(1)')],
  [
    'pad/C5',
    step(
      'The image is repeated from its other side, once.',
      '[4, 4, 4]',
      'pad(5, mode: circular)',
      'pad(4, mode: circular)',
    ),
  ],
  [
    'reshape/C1',
    step(
      'One -1 stands for what is left over; of two nobody could say which is which.',
      '[12]',
      'reshape([-1, -1, 2])',
      'reshape([3, -1, 2])',
    ),
  ],
  [
    'reshape/C2',
    step(
      'Elements are counted off anew, none are added or lost: the product of the extents stays the same.',
      '[16, 5, 5]',
      'reshape([256])',
      'reshape([400])',
    ),
  ],
  [
    'reshape/C3',
    step('Values that flow have one to three axes.', '[12]', 'reshape([3, 1, 2, 2])', 'reshape([3, 2, 2])'),
  ],
  [
    'split/C1',
    {
      explanation: 'It divides the channels into equal parts, or into parts of the sizes given.',
      bad: network('[8, 4, 4]', 'a, b = split', 'a -> add(b)'),
      good: network('[8, 4, 4]', 'a, b = split(2)', 'a -> add(b)'),
    },
  ],
  [
    'split/C4',
    {
      explanation: 'Images have channels, height and width, tokens length and features, flat values features.',
      bad: network('[8]', 'a, b = split(2, along: height)', 'a -> add(b)'),
      good: network('[8]', 'a, b = split(2)', 'a -> add(b)'),
    },
  ],
  [
    'split/C2',
    {
      explanation: 'All parts have the same number of channels; `sizes` gives them different ones.',
      bad: network('[8, 4, 4]', 'a, b, c = split(3)', 'concat(a, b, c)'),
      good: network('[8, 4, 4]', 'a, b, c = split(sizes: [3, 3, 2])', 'concat(a, b, c)'),
    },
  ],
  [
    'split/C3',
    {
      explanation: 'Every channel goes into one part, and no part is empty.',
      bad: network('[8, 4, 4]', 'a, b = split(sizes: [4, 2])', 'concat(a, b)'),
      good: network('[8, 4, 4]', 'a, b = split(sizes: [6, 2])', 'concat(a, b)'),
    },
  ],
  ['upsample/C1', image('upsample(2)')],
  ['upsample/C2', size('[3, 224, 224]', 'upsample(1000)', 'upsample(2)')],
]);
