// One mistake, or several, for every constraint of every operator.

import { slides } from '../../compiler/ir/lowering.ts';
import type { Operator, Violation } from '../../compiler/ir/operator.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { normalizationViolations } from './normalization-violations.ts';
import { ofTokens } from './violations-of-tokens.ts';
import { flat, rank2, suggest, violation, weights } from './violation.ts';
import type { ViolationCase } from './violation.ts';

export type { ViolationCase };

const suggestFalse: Violation = { suggestion: { attribute: 'align_corners', value: false } };

/** Operators on the windows of pools. */
const poolLike = [...operators.values()].filter(
  ({ name, fold, lowering }) => fold !== undefined || (slides(lowering) && name !== 'max_pool'),
);
const onWindows = ({ name }: Operator): readonly ViolationCase[] => [
  violation(name, 'C1', [[256]], { kernel: 2 }, flat),
  violation(name, 'C2', [[3, 6, 6]], { kernel: 7 }, { ...suggest('padding', [3, 3, 3, 3]) }),
  violation(name, 'C3', [[3, 6, 6]], { kernel: 2, padding: 3 }, suggest('padding', [1, 1, 1, 1])),
  violation(name, 'C4', [[65_536, 256, 256]], { kernel: 1 }, { limit: true }),
];

export const violations: readonly ViolationCase[] = [
  violation('conv', 'C1', [[256]], { channels: 6, kernel: 5 }, flat),
  violation(
    'conv',
    'C2',
    [[64, 8, 8]],
    { channels: 64, kernel: 3, groups: 3 },
    { found: '64 channels in 3 groups', ...suggest('groups', 2) },
  ),
  violation('conv', 'C2', [[48, 8, 8]], { channels: 32, kernel: 1, groups: 32 }, suggest('groups', 16)),
  violation(
    'conv',
    'C3',
    [[64, 8, 8]],
    { channels: 66, kernel: 3, groups: 4 },
    { found: '66 channels in 4 groups', ...suggest('channels', 68) },
  ),
  violation(
    'conv',
    'C4',
    [[16, 4, 4]],
    { channels: 6, kernel: 5 },
    {
      found: '4×4 with its padding',
      expected: 'at least 5×5',
      notes: ['4 + 2·0 − 5 + 1 = 0'],
      ...suggest('padding', [2, 2, 2, 2]),
    },
  ),
  violation(
    'conv',
    'C4',
    [[16, 9, 2]],
    { channels: 6, kernel: 3, dilation: 2, padding: [1, 0] },
    {
      found: '11×2 with its padding',
      expected: 'at least 5×5',
      notes: ['height 9 + 2·1 − 2·(3 − 1) = 7, width 2 + 2·0 − 2·(3 − 1) = -2'],
      ...suggest('padding', [1, 2, 1, 2]),
    },
  ),
  violation(
    'conv',
    'C5',
    [[1, 65_536, 32_768]],
    { channels: 1, kernel: 1 },
    { found: '[1, 65536, 32768]: 2147483648 elements', limit: true },
  ),
  violation(
    'conv',
    'C5',
    [[65_536, 1, 1]],
    { channels: 65_536, kernel: 1 },
    { found: '[65536, 65536, 1, 1]: 4294967296 elements', limit: true },
  ),
  violation('conv', 'C5', [[1, 1, 1]], { channels: 1, kernel: 1, padding: 1e300 }, { limit: true }),

  violation('depthwise_conv', 'C1', [[256]], { kernel: 3 }, flat),
  violation(
    'depthwise_conv',
    'C2',
    [[8, 2, 2]],
    { kernel: 3 },
    { expected: 'at least 3×3', ...suggest('padding', [1, 1, 1, 1]) },
  ),
  violation('depthwise_conv', 'C3', [[65_536, 256, 256]], { kernel: 1 }, { limit: true }),

  violation('conv_transpose', 'C1', [[256]], { channels: 6, kernel: 5 }, flat),
  violation('conv_transpose', 'C2', [[64, 8, 8]], { channels: 6, kernel: 2, groups: 3 }, suggest('groups', 2)),
  violation('conv_transpose', 'C3', [[64, 8, 8]], { channels: 6, kernel: 2, groups: 4 }, suggest('channels', 8)),
  violation(
    'conv_transpose',
    'C4',
    [[4, 2, 2]],
    { channels: 4, kernel: 2, padding: 2 },
    {
      found: '-1×-1',
      notes: ['(2 − 1) − 2·2 + 2 = -1'],
      attribute: 'padding',
    },
  ),
  violation(
    'conv_transpose',
    'C5',
    [[4, 2, 2]],
    { channels: 4, kernel: 2, stride: 2, output_padding: 2 },
    {
      found: '2×2',
      expected: 'less than 2×2',
      attribute: 'output_padding',
    },
  ),
  violation('conv_transpose', 'C6', [[1, 4096, 4096]], { channels: 1, kernel: 16, stride: 16 }, { limit: true }),

  violation(
    'dense',
    'C1',
    [[16, 5, 5]],
    { features: 120 },
    { found: '[16, 5, 5]', expected: '[features] or [length, features]', insertBefore: 'flatten' },
  ),
  violation(
    'dense',
    'C2',
    [[65_536]],
    { features: 32_768 },
    { found: '[32768, 65536]: 2147483648 elements', limit: true },
  ),

  violation('max_pool', 'C1', [[256]], { kernel: 2 }, flat),
  violation('max_pool', 'C2', [[3, 6, 6]], { kernel: 7 }, { found: '6×6 with its padding', expected: 'at least 7×7' }),
  violation(
    'max_pool',
    'C2',
    [[3, 1, 1]],
    { kernel: 3, stride: 2, ceil: true },
    { notes: ['⌈(1 + 2·0 − 3) / 2⌉ + 1 = 0'] },
  ),
  violation(
    'max_pool',
    'C3',
    [[3, 6, 6]],
    { kernel: 2, padding: 2 },
    {
      found: 'padding 2, 2, 2, 2',
      expected: 'at most half the window: 1×1',
      ...suggest('padding', [1, 1, 1, 1]),
    },
  ),
  violation(
    'max_pool',
    'C3',
    [[3, 6, 6]],
    { kernel: 3, stride: 1, padding: [0, 0, 3, 0] },
    suggest('padding', [0, 0, 1, 0]),
  ),
  violation('max_pool', 'C4', [[65_536, 256, 256]], { kernel: 1 }, { limit: true }),
  ...poolLike.flatMap(onWindows),
  violation('global_avg_pool', 'C1', [[256]], {}, flat),
  violation('global_max_pool', 'C1', [[256]], {}, flat),
  violation('adaptive_avg_pool', 'C1', [[256]], { size: 1 }, flat),
  violation('adaptive_avg_pool', 'C2', [[3, 8, 8]], { size: 65_536 }, { limit: true }),
  violation('adaptive_max_pool', 'C1', [[256]], { size: 1 }, flat),
  violation('adaptive_max_pool', 'C2', [[3, 8, 8]], { size: 65_536 }, { limit: true }),
  violation(
    'max_pool',
    'C3',
    [[3, 4, 8]],
    { kernel: 2, dilation: 6, padding: 3 },
    { found: 'taps 6×6 apart', expected: 'at most 4×8, height and width of the image', ...suggest('dilation', [4, 6]) },
  ),

  violation('batch_norm', 'C1', [[4, 4]], {}, rank2),
  violation('local_response_norm', 'C1', [[256]], { size: 5 }, flat),
  ...normalizationViolations,
  violation('clip', 'C1', [[4]], { min: 1, max: 0 }, { found: 'min 1, max 0', attribute: 'min' }),

  violation('reshape', 'C1', [[12]], { shape: [-1, -1, 2] }, { found: '[-1, -1, 2]', attribute: 'shape' }),
  violation('reshape', 'C1', [[12]], { shape: [0] }, { found: '[0]' }),
  violation(
    'reshape',
    'C2',
    [[16, 5, 5]],
    { shape: [256] },
    { found: '[256]: 256 elements', expected: '400 elements, as in [16, 5, 5]' },
  ),
  violation('reshape', 'C2', [[10]], { shape: [-1, 2, 2] }, { found: '[-1, 2, 2]' }),
  violation('reshape', 'C3', [[12]], { shape: [3, 1, 2, 2] }, { found: '[3, 1, 2, 2]', attribute: 'shape' }),
  ...ofTokens,
  violation('pad', 'C1', [[256]], { padding: 1 }, flat),
  violation('pad', 'C2', [[3, 4, 4]], { padding: 'same' }, { found: 'same', attribute: 'padding' }),
  violation(
    'pad',
    'C3',
    [[3, 2, 4]],
    { padding: 2, mode: 'reflect' },
    { found: 'padding 2, 2, 2, 2', expected: 'at most 1×3' },
  ),
  violation('pad', 'C4', [[3, 4, 4]], { padding: 100_000 }, { limit: true }),
  violation(
    'pad',
    'C5',
    [[3, 2, 4]],
    { padding: 3, mode: 'circular' },
    { found: 'padding 3, 3, 3, 3', expected: 'at most 2×4', ...suggest('padding', [2, 3, 2, 3]) },
  ),
  violation('pixel_shuffle', 'C1', [[256]], { factor: 2 }, flat),
  violation(
    'pixel_shuffle',
    'C2',
    [[12, 2, 2]],
    { factor: 3 },
    { found: '12 channels', expected: 'a multiple of 3 · 3 = 9', ...suggest('factor', 2) },
  ),
  violation('pixel_unshuffle', 'C1', [[256]], { factor: 2 }, flat),
  violation(
    'pixel_unshuffle',
    'C2',
    [[3, 8, 9]],
    { factor: 2 },
    { found: '8×9', expected: 'multiples of 2', attribute: 'factor' },
  ),
  violation('channel_shuffle', 'C1', [[256]], { groups: 2 }, flat),
  violation(
    'channel_shuffle',
    'C2',
    [[10, 2, 2]],
    { groups: 3 },
    { found: '10 channels in 3 groups', ...suggest('groups', 2) },
  ),
  violation('upsample', 'C1', [[256]], { factor: 2 }, flat),
  violation('upsample', 'C2', [[3, 224, 224]], { factor: 1000 }, { limit: true }),
  violation('max_unpool', 'C1', [[4, 2, 2], [64]], { kernel: 2 }, { found: '[64]', operand: 1 }),
  violation(
    'max_unpool',
    'C2',
    [
      [4, 4, 4],
      [4, 9, 9],
    ],
    { kernel: 3, stride: 2 },
    { found: 'windows of 3×3, 2×2 apart', attribute: 'stride' },
  ),
  violation(
    'max_unpool',
    'C3',
    [
      [4, 2, 2],
      [4, 8, 8],
    ],
    { kernel: 2 },
    { found: '[4, 2, 2]', expected: '[4, 4, 4]', operand: 0 },
  ),
  violation(
    'max_unpool',
    'C3',
    [
      [4, 2, 2],
      [4, 2, 2],
    ],
    { kernel: 3 },
    { expected: 'a window that fits into the other value' },
  ),
  ...['roi_align', 'roi_pool'].flatMap((op) => [
    violation(op, 'C1', [[64], [2, 4]], { size: 2 }, { found: '[64]', operand: 0 }),
    violation(
      op,
      'C2',
      [
        [4, 8, 8],
        [2, 5],
      ],
      { size: 2 },
      { found: '[2, 5]', operand: 1 },
    ),
    violation(
      op,
      'C2',
      [
        [4, 8, 8],
        [4, 1, 2],
      ],
      { size: 2 },
      { found: '[4, 1, 2]', expected: '[regions, 4]' },
    ),
    violation(
      op,
      'C3',
      [
        [4, 8, 8],
        [65_536, 4],
      ],
      { size: 128 },
      { limit: true },
    ),
  ]),
  violation('resize', 'C1', [[256]], { factor: 2 }, flat),
  violation('resize', 'C2', [[3, 8, 8]], {}, { found: 'neither' }),
  violation('resize', 'C2', [[3, 8, 8]], { size: 4, factor: 2 }, { found: 'both' }),
  violation(
    'resize',
    'C3',
    [[3, 8, 30]],
    { factor: 0.1 },
    { found: '0×3', expected: 'a factor of at least 0.125 and 0.034', attribute: 'factor' },
  ),
  violation('resize', 'C3', [[3, 8, 8]], { factor: [2, -1] }, { found: '16×-8' }),
  violation('resize', 'C4', [[3, 8, 8]], { size: 4, align_corners: true }, suggestFalse),
  violation('resize', 'C5', [[3, 8, 8]], { size: 65_536 }, { limit: true }),
  violation('resize', 'C5', [[3, 8, 8]], { factor: Infinity }, { limit: true }),
  violation('split', 'C1', [[4]], {}, { found: 'neither' }),
  violation('split', 'C1', [[4]], { parts: 2, sizes: [2, 2] }, { found: 'both' }),
  violation('split', 'C2', [[64, 2, 2]], { parts: 3 }, { found: '64 channels in 3 parts', ...suggest('parts', 2) }),
  violation('split', 'C3', [[10]], { sizes: [4, 4] }, { found: '4 + 4 = 8', expected: '10', attribute: 'sizes' }),
  violation('split', 'C3', [[10]], { sizes: [12, -2] }, { attribute: 'sizes' }),

  // The example of the language's design.
  violation(
    'concat',
    'C2',
    [
      [64, 12, 12],
      [128, 12, 12],
      [32, 8, 8],
      [32, 12, 12],
    ],
    {},
    {
      found: '8×8',
      expected: '12×12 (the other three)',
      operand: 2,
      notes: ['path1  [64, 12, 12]', 'path2  [128, 12, 12]', 'path3  [32, 8, 8]', 'path4  [32, 12, 12]'],
    },
  ),
  violation(
    'concat',
    'C2',
    [
      [1, 8, 8],
      [1, 4, 4],
    ],
    {},
    { found: '4×4', expected: '8×8', operand: 1 },
  ),
  violation(
    'concat',
    'C1',
    [[4], [4, 1, 1], [4]],
    {},
    { found: 'an image', expected: 'flat (the other two)', operand: 1 },
  ),
  violation('concat', 'C1', [[4], tensorType([4, 1], false)], {}, { operand: 1 }),
  violation('concat', 'C4', [[4], [4]], { along: 'height' }, { expected: 'features', attribute: 'along' }),
  violation(
    'concat',
    'C5',
    [
      [2, 3, 4],
      [2, 5, 4],
    ],
    { along: 'width' },
    { found: '2×5', expected: '2×3', operand: 1 },
  ),
  violation(
    'split',
    'C4',
    [[4, 6]],
    { parts: 2, along: 'width' },
    { expected: 'length or features', attribute: 'along' },
  ),
  violation(
    'concat',
    'C3',
    [
      [2 ** 30, 1, 1],
      [2 ** 30, 1, 1],
    ],
    {},
    { limit: true },
  ),
  ...['add', 'mul', 'sub', 'div', 'maximum', 'minimum'].flatMap((op) => [
    violation(op, 'C1', [[4, 1, 1], [5]], {}, { found: '1 axis', expected: '3 axes', operand: 1 }),
    violation(
      op,
      'C1',
      [
        [4, 1, 1],
        [4, 1],
      ],
      {},
      { found: '2 axes', expected: '3 axes', operand: 1 },
    ),
    violation(
      op,
      'C2',
      [
        [64, 56, 56],
        [128, 28, 28],
      ],
      {},
      {
        found: '[128, 28, 28]',
        expected: '[64, 56, 56]',
        operand: 1,
        notes: ['path1  [64, 56, 56]', 'path2  [128, 28, 28]'],
      },
    ),
    violation(
      op,
      'C3',
      [
        [65_536, 1, 1],
        [1, 65_536, 1],
      ],
      {},
      { found: '[65536, 65536, 1]: 4294967296 elements', limit: true },
    ),
  ]),
  violation(
    'add',
    'C2',
    [
      [64, 28, 28],
      [64, 56, 56],
      [64, 56, 56],
    ],
    {},
    { found: '[64, 28, 28]', expected: '[64, 56, 56]', operand: 0 },
  ),

  violation('weight_matmul', 'C1', [[2, 3, 4], weights(2, 4, 3)], {}, { found: '[2, 3, 4]', operand: 0 }),
  violation('weight_matmul', 'C1', [weights(1, 3, 4), weights(4, 3)], {}, { found: '[4, 3]', operand: 1 }),
  violation('weight_matmul', 'C2', [weights(2, 3, 4), weights(3, 4, 3)], {}, { found: '2 and 3' }),
  violation('weight_matmul', 'C3', [weights(2, 3, 4), weights(2, 4, 3)], { transpose: true }, { found: '3 and 4' }),
  violation('weight_matmul', 'C4', [weights(1, 65_536, 1), weights(1, 1, 65_536)], {}, { limit: true }),
  violation('reduce_sum', 'C1', [[2, 3, 4]], { axes: [0] }, { found: '[2, 3, 4]' }),
  violation('reduce_sum', 'C2', [weights(2, 3)], { axes: [2] }, { found: '2 of [2, 3]' }),
  violation('reduce_sum', 'C2', [weights(2, 3)], { axes: [1, 1] }, { found: '1, 1 of [2, 3]' }),
  violation('weight_slice', 'C1', [[4]], { start: [0], size: [2] }, { found: '[4]' }),
  violation('weight_slice', 'C2', [weights(4, 4)], { start: [0], size: [2] }, { found: '[2] from [0] of [4, 4]' }),
  violation('weight_slice', 'C2', [weights(4)], { start: [3], size: [2] }, { found: '[2] from [3] of [4]' }),
];
