// The worked examples of "Dive into Deep Learning" (chapters 7, 8 and 14), with the numbers the book prints.

import { describe, expect, test } from 'vitest';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { apply, counting, numbersOf } from '../support/apply-operator.ts';
import type { Nested } from '../support/apply-operator.ts';
import { centred } from '../support/formula.ts';

const x3 = counting([1, 3, 3]);
const x4 = counting([1, 4, 4]);
const k2: Nested = [
  [
    [
      [0, 1],
      [2, 3],
    ],
  ],
];
const conv = (x: Nested, w: Nested, attributes: Attributes): Nested =>
  apply('conv', x, { bias: false, ...attributes }, [w])[0]!;
const one = { channels: 1, kernel: 2 };

describe('7.2 cross-correlation', () => {
  test('of a 3×3 image and a 2×2 kernel', () => {
    expect(conv(x3, k2, one)).toEqual([
      [
        [19, 25],
        [37, 43],
      ],
    ]);
  });

  test('strict convolution flips the kernel in both axes', () => {
    expect(conv(x3, k2, { ...one, mode: 'convolution' })).toEqual([
      [
        [5, 11],
        [23, 29],
      ],
    ]);
  });

  test('the kernel [1, −1] finds vertical edges, and only them', () => {
    const rows = Array.from({ length: 6 }, () => [1, 1, 0, 0, 0, 0, 1, 1]);
    const columns = [1, 1, 0, 0, 0, 0, 1, 1].map((value) => Array.from({ length: 6 }, () => value));
    const edge = { channels: 1, kernel: [1, 2] };
    expect(conv([rows], [[[[1, -1]]]], edge)).toEqual([rows.map(() => [0, 1, 0, 0, 0, -1, 0])]);
    expect(conv([columns], [[[[1, -1]]]], edge)).toEqual([columns.map(() => [0, 0, 0, 0, 0])]);
    expect(conv([columns], [[[[1], [-1]]]], { channels: 1, kernel: [2, 1] })).toEqual([
      [0, 1, 0, 0, 0, -1, 0].map((value) => Array.from({ length: 6 }, () => value)),
    ]);
  });
});

describe('7.3 padding and stride', () => {
  test('padding 1 on each side (figure 7.3.2)', () => {
    expect(conv(x3, k2, { ...one, padding: 1 })).toEqual([
      [
        [0, 3, 8, 4],
        [9, 19, 25, 10],
        [21, 37, 43, 16],
        [6, 7, 8, 0],
      ],
    ]);
  });

  test('strides of 3 and 2 (figure 7.3.3)', () => {
    expect(conv(x3, k2, { ...one, padding: 1, stride: [3, 2] })).toEqual([
      [
        [0, 8],
        [6, 8],
      ],
    ]);
  });

  test.each<[Attributes, number, number, string]>([
    [{ kernel: 3, padding: 1 }, 8, 8, '8 + 2·1 − 3 + 1 = 8'],
    [{ kernel: [5, 3], padding: [2, 1] }, 8, 8, 'height 8 + 2·2 − 5 + 1 = 8, width 8 + 2·1 − 3 + 1 = 8'],
    [{ kernel: 3, padding: 1, stride: 2 }, 4, 4, '⌊(8 + 2·1 − 3) / 2⌋ + 1 = 4'],
    [
      { kernel: [3, 5], padding: [0, 1], stride: [3, 4] },
      2,
      2,
      'height ⌊8 / 3⌋ = 2, width ⌊(8 + 2·1 − 5) / 4⌋ + 1 = 2',
    ],
  ])('on 8×8, %o gives %i×%i', (attributes, height, width, arithmetic) => {
    expect(convolved([1, 8, 8], attributes)).toEqual({ shape: [1, height, width], arithmetic });
  });

  test('ten 5×5 convolutions turn 240×240 into 200×200', () => {
    let shape: readonly number[] = [1, 240, 240];
    for (let layer = 0; layer < 10; layer += 1) shape = convolved(shape, { kernel: 5 }).shape;
    expect(shape).toEqual([1, 200, 200]);
  });

  test('53 billion operations for 5×5 on 256×256, 128 → 128 channels', () => {
    const operator = operatorOf(operators, 'conv');
    const inputs = [tensorType([128, 256, 256])];
    const attributes = storedAttributes(operator, { channels: 128, kernel: 5, padding: 2 }, inputs);
    expect(2 * operator.macs!(attributes, inputs, inputs)).toBe(53_687_091_200);
  });
});

describe('7.4 several channels', () => {
  const x: Nested = [counting([3, 3]), counting([3, 3], 1)];
  const filter = (first: number): Nested => [counting([2, 2], first), counting([2, 2], first + 1)];

  test('of the input', () => {
    expect(conv(x, [filter(0)], one)).toEqual([
      [
        [56, 72],
        [104, 120],
      ],
    ]);
  });

  test('of the output', () => {
    expect(conv(x, [filter(0), filter(1), filter(2)], { ...one, channels: 3 })).toEqual([
      [
        [56, 72],
        [104, 120],
      ],
      [
        [76, 100],
        [148, 172],
      ],
      [
        [96, 128],
        [192, 224],
      ],
    ]);
  });

  test('a 1×1 convolution is a matrix product', () => {
    const pixels = centred(1, 27, 3);
    const weights = centred(2, 6, 3);
    const image = [0, 1, 2].map((c) => [0, 1, 2].map((y) => [0, 1, 2].map((x) => pixels[c * 9 + y * 3 + x]!)));
    const result = conv(
      image,
      [0, 1].map((o) => [0, 1, 2].map((c) => [[weights[o * 3 + c]!]])),
      { channels: 2, kernel: 1 },
    );
    for (const [at, value] of numbersOf(result).entries()) {
      const [o, p] = [Math.floor(at / 9), at % 9];
      const product =
        weights[o * 3]! * pixels[p]! + weights[o * 3 + 1]! * pixels[9 + p]! + weights[o * 3 + 2]! * pixels[18 + p]!;
      expect(value).toBeCloseTo(product, 12);
    }
  });
});

describe('7.5 pooling', () => {
  test('2×2 windows, stride 1', () => {
    expect(apply('max_pool', x3, { kernel: 2, stride: 1 })).toEqual([
      [
        [
          [4, 5],
          [7, 8],
        ],
      ],
    ]);
    expect(apply('avg_pool', x3, { kernel: 2, stride: 1 })).toEqual([
      [
        [
          [2, 3],
          [5, 6],
        ],
      ],
    ]);
  });

  test.each<[Attributes, Nested]>([
    [{ kernel: 3 }, [[10]]],
    [
      { kernel: 3, padding: 1, stride: 2 },
      [
        [5, 7],
        [13, 15],
      ],
    ],
    [
      { kernel: [2, 3], stride: [2, 3], padding: [0, 1] },
      [
        [5, 7],
        [13, 15],
      ],
    ],
    [
      { kernel: [2, 3], stride: [2, 3], padding: [1, 2] },
      [
        [0, 3],
        [8, 11],
        [12, 15],
      ],
    ],
    [
      { kernel: [2, 3], stride: [2, 3], padding: [1, 1] },
      [
        [1, 3],
        [9, 11],
        [13, 15],
      ],
    ],
    [{ kernel: 3, stride: 2 }, [[10]]],
    [
      { kernel: 3, stride: 2, ceil: true },
      [
        [10, 11],
        [14, 15],
      ],
    ],
  ])('max_pool %o on 0 … 15', (attributes, expected) => {
    expect(apply('max_pool', x4, attributes)).toEqual([[expected]]);
  });

  test('channels stay apart', () => {
    const x = [counting([4, 4]), counting([4, 4], 1)];
    expect(apply('max_pool', x, { kernel: 3, padding: 1, stride: 2 })).toEqual([
      [
        [
          [5, 7],
          [13, 15],
        ],
        [
          [6, 8],
          [14, 16],
        ],
      ],
    ]);
  });
});

test('8.5 batch normalisation with the batch’s own statistics', () => {
  // The columns of [[1, 2], [3, 4], [5, 6]]: means 3 and 4, variance 8/3.
  const parameters = [
    [1, 1],
    [0, 0],
    [3, 4],
    [8 / 3, 8 / 3],
  ];
  const rows = [
    [1, 2],
    [3, 4],
    [5, 6],
  ].map((row) => apply('batch_norm', row, {}, parameters)[0] as number[]);
  const expected = [-1.2247426, 0, 1.2247426];
  for (const [n, row] of rows.entries()) for (const value of row) expect(value).toBeCloseTo(expected[n]!, 7);
});

describe('14.10 transposed convolution', () => {
  const x: Nested = [
    [
      [0, 1],
      [2, 3],
    ],
  ];
  test.each<[Attributes, Nested]>([
    [
      {},
      [
        [0, 0, 1],
        [0, 4, 6],
        [4, 12, 9],
      ],
    ],
    [{ padding: 1 }, [[4]]],
    [
      { stride: 2 },
      [
        [0, 0, 0, 1],
        [0, 0, 2, 3],
        [0, 2, 0, 3],
        [4, 6, 6, 9],
      ],
    ],
  ])('%o', (attributes, expected) => {
    expect(apply('conv_transpose', x, { ...one, bias: false, ...attributes }, [k2])).toEqual([[expected]]);
  });
});

function convolved(shape: readonly number[], attributes: Attributes) {
  const operator = operatorOf(operators, 'conv');
  const inputs = [tensorType(shape)];
  const stored = storedAttributes(operator, { channels: 1, ...attributes }, inputs);
  const results = operator.infer(inputs, stored, () => undefined)!;
  return { shape: results[0]!.shape, arithmetic: operator.explain!(stored, inputs) };
}
