// Steps of `augment`: their defaults, which are torchvision's, and what is said of wrong ones.

import { describe, expect, test } from 'vitest';
import { compile, networkOf } from './support.ts';

const source = (augment: string): string =>
  `network A {\n  input image: [3, 32, 32]\n  flatten\n  dense(10)\n}\ntrain A { optimizer: adam  augment: ${augment} }\n`;
const steps = (augment: string): unknown => networkOf(source(augment)).train!.augment;
const report = (augment: string): readonly string[] =>
  compile(source(augment)).diagnostics.map(({ code, message, fixes }) => `${code}: ${message}; ${fixes?.[0]?.message}`);

describe('defaults', () => {
  test.each([
    ['resize(96)', { size: [96, 96], filter: 'bilinear' }],
    ['random_crop(32, padding: 4)', { size: [32, 32], padding: [4, 4, 4, 4] }],
    ['random_resized_crop(224)', { size: [224, 224], scale: [0.08, 1], ratio: [3 / 4, 4 / 3], filter: 'bilinear' }],
    ['random_flip', { horizontal: true, vertical: false, probability: 0.5 }],
    ['random_rotation(15)', { degrees: 15 }],
    ['random_translation', { height: 0.1, width: 0.1 }],
    ['random_erase', { probability: 0.5, scale: [0.02, 0.33], ratio: [0.3, 3.3] }],
    ['color_jitter(brightness: 0.4)', { brightness: 0.4, contrast: 0, saturation: 0, hue: 0 }],
  ])('%s', (augment, expected) => {
    expect(steps(augment)).toEqual([{ name: augment.split('(')[0], arguments: expected }]);
  });

  test('a chain keeps its order; ranges are lists or tuples', () => {
    expect(steps('resize(40, filter: bicubic) -> random_resized_crop(32, scale: (0.5, 1))')).toEqual([
      { name: 'resize', arguments: { size: [40, 40], filter: 'bicubic' } },
      {
        name: 'random_resized_crop',
        arguments: { size: [32, 32], scale: [0.5, 1], ratio: [3 / 4, 4 / 3], filter: 'bilinear' },
      },
    ]);
  });
});

test.each([
  ['RandomResizedCrop(224)', 'random_resized_crop'],
  ['RandomVerticalFlip', 'random_flip'],
  ['RandomTranslation(0.1, 0.1)', 'random_translation'],
  ['RandomErasing', 'random_erase'],
  ['ColorJitter', 'color_jitter'],
  ['Resizing(96)', 'resize'],
])('%s is %s here', (foreign, name) => {
  expect(report(foreign)).toEqual([
    `setting/value: \`augment\` has no \`${foreign.split('(')[0]}\`; did you mean \`${name}\`?`,
  ]);
});

test.each([
  ['random_flip(p: 0.3)', 'argument/unknown: `random_flip` has no argument `p`; did you mean `probability`?'],
  [
    'random_translation(height_factor: 0.2)',
    'argument/unknown: `random_translation` has no argument `height_factor`; did you mean `height`?',
  ],
  ['color_jitter(hue: 0.7)', 'argument/range: `hue` must be at most 0.5; 0.5'],
  ['random_erase(probability: 50)', 'argument/range: `probability` must be at most 1; 0.5'],
  ['random_erase(scale: [0.33, 0.02])', 'argument/range: `scale` must be two numbers, the smaller first; [0.02, 0.33]'],
  ['random_erase(scale: [0.33])', 'argument/range: `scale` must be two numbers, the smaller first; [0.02, 0.33]'],
  ['random_erase(scale: [0.1, 2])', 'argument/range: `scale` must be at most 1; [0.1, 1]'],
  [
    'random_erase(scale: 0.3)',
    'type/mismatch: `scale` must be two numbers, the smaller first; write both, such as [0.02, 0.33]',
  ],
  ['resize(32, filter: lanczos)', 'setting/value: `filter` has no `lanczos`; write one of bilinear, bicubic, nearest'],
  ['resize(32, filter: cubic)', 'setting/value: `filter` has no `cubic`; did you mean `bicubic`?'],
  ['random_crop(side)', 'name/unknown: there is no constant `side`; define `side` before it'],
])('%s', (augment, expected) => {
  expect(report(augment)).toEqual([expected]);
});
