// Pictures in train.py become what they become in `cnnc train`, whose resizing, cutting and rounding are tested against Pillow and
// torchvision.

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { InputSettings } from '../../compiler/ir/graph.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { notPrepared, prepareText } from '../../src/export/pytorch/training/prepare.ts';
import { pictureToTensor } from '../../src/data/preprocess.ts';
import { hasTorch, python } from './pytorch-runs.ts';

/** Pixels between 0 and 255 without order. */
const noise = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, at) => (at * at * 31 + at * 7) % 256);

interface Case {
  readonly settings: Omit<InputSettings, 'colors'>;
  readonly shape: Shape;
  /** Height and width of the picture. */
  readonly size: readonly [number, number];
}

const colors = 'gray';

const cases: readonly Case[] = [
  // Margins of 3 and 7 pixels are halved to 2 and 4.
  { settings: { scale: 1 / 255, crop: [8, 8] }, shape: [1, 8, 8], size: [11, 15] },
  // 10 · 13 / 7 is 18.57: the longer side has 18 pixels.
  { settings: { scale: 1, resize: 10, crop: [10, 10] }, shape: [1, 10, 10], size: [7, 13] },
  { settings: { scale: 1, resize: [9, 5] }, shape: [1, 9, 5], size: [12, 20] },
  { settings: { scale: 1, resize: [6, 6], filter: 'bicubic' }, shape: [1, 6, 6], size: [14, 13] },
  { settings: { scale: 1, fit: 'cover' }, shape: [1, 8, 8], size: [9, 20] },
  { settings: { scale: 1, resize: [8, 6], fit: 'cover' }, shape: [1, 8, 6], size: [31, 9] },
  { settings: { scale: 1 / 127.5, mean: [1], std: [0.5] }, shape: [1, 5, 4], size: [5, 4] },
];

test.skipIf(!hasTorch)('as cnnc train prepares them (needs python3-torch)', () => {
  const program = cases.map(({ settings, shape, size: [height, width] }) => {
    const pixels = `torch.tensor([${noise(height * width).join()}], dtype=torch.uint8).view(1, 1, ${height}, ${width})`;
    return `${prepareText({ ...settings, colors }, shape)}\nprint(prepare(${pixels}).flatten().tolist())`;
  });
  const head = 'import torch\nimport torch.nn.functional as F\n';
  const { stdout, stderr } = spawnSync(python, ['-c', head + program.join('\n')], { encoding: 'utf8' });
  expect(stderr).toBe('');
  for (const [at, line] of stdout.trimEnd().split('\n').entries()) {
    const { settings, shape, size } = cases[at]!;
    const [height, width] = size;
    const picture = { width, height, channels: 1, data: noise(height * width) } as const;
    const expected = pictureToTensor(picture, { ...settings, colors }, shape);
    const found = JSON.parse(line) as readonly number[];
    expect(found).toHaveLength(expected.length);
    // Pillow rounds between both directions, too: one level of a byte, or two where bicubic weights are negative.
    const levels = settings.resize === undefined && settings.fit === undefined ? 1e-3 : 2;
    for (const [i, value] of found.entries())
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(levels * settings.scale);
  }
});

test('what they are not is said', () => {
  expect(notPrepared({ scale: 1, colors, resize: [8, 8], fit: 'contain', filter: 'nearest' })).toEqual([
    'fit: contain',
    'filter: nearest',
  ]);
  expect(notPrepared(undefined)).toEqual([]);
});
