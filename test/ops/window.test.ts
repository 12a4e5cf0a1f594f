// The output extent against counting windows one by one, and pooling at the edges as PyTorch does it.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { explainExtent, outputExtent } from '../../compiler/ops/window.ts';
import type { Axis } from '../../compiler/ops/window.ts';
import { apply, counting, numbersOf } from '../support/apply-operator.ts';
import type { Nested } from '../support/apply-operator.ts';

const axis = (input: number, kernel: number, rest: Partial<Axis> = {}): Axis => ({
  input,
  kernel,
  stride: 1,
  dilation: 1,
  before: 0,
  after: 0,
  ceil: false,
  ...rest,
});

test('the output extent is the number of windows', () => {
  const small = (max: number) => fc.integer({ min: 1, max });
  const arbitraryAxis = fc.record({
    input: small(12),
    kernel: small(5),
    stride: small(5),
    dilation: small(3),
    before: fc.nat(5),
    after: fc.nat(5),
    ceil: fc.boolean(),
  });
  fc.assert(
    fc.property(arbitraryAxis, (drawn) => {
      const { input, kernel, stride, dilation, before, after, ceil } = drawn;
      const end = input + after;
      const last = (start: number): number => start + dilation * (kernel - 1);
      fc.pre(last(-before) < end);
      let windows = 0;
      for (let start = -before; last(start) < end; start += stride) windows += 1;
      // With `ceil` the next one counts too if taps are left over, then the last is dropped if it starts in the end padding.
      const startOf = (window: number): number => window * stride - before;
      if (ceil && last(startOf(windows - 1)) < end - 1) windows += 1;
      if (ceil && startOf(windows - 1) >= input) windows -= 1;
      expect(outputExtent(drawn)).toBe(windows);
    }),
  );
});

test.each<[Axis, string]>([
  [axis(28, 5, { before: 2, after: 2 }), '28 + 2·2 − 5 + 1 = 28'],
  [axis(28, 5), '28 + 2·0 − 5 + 1 = 24'],
  [axis(224, 7, { stride: 2, before: 3, after: 3 }), '⌊(224 + 2·3 − 7) / 2⌋ + 1 = 112'],
  [axis(24, 2, { stride: 2 }), '24 / 2 = 12'],
  [axis(25, 2, { stride: 2 }), '⌊25 / 2⌋ = 12'],
  [axis(25, 2, { stride: 2, ceil: true }), '⌈25 / 2⌉ = 13'],
  [axis(112, 3, { stride: 2, ceil: true }), '⌈(112 + 2·0 − 3) / 2⌉ + 1 = 56'],
  [axis(32, 3, { before: 2, after: 2, dilation: 2 }), '32 + 2·2 − 2·(3 − 1) = 32'],
  [axis(32, 3, { before: 2, after: 2, dilation: 2, stride: 2 }), '⌊(32 + 2·2 − 2·(3 − 1) − 1) / 2⌋ + 1 = 16'],
  [axis(224, 7, { stride: 2, before: 2, after: 3 }), '⌊(224 + 2 + 3 − 7) / 2⌋ + 1 = 112'],
  [
    axis(9, 4, { stride: 4, before: 2, after: 2, ceil: true }),
    '⌈(9 + 2·2 − 4) / 4⌉ + 1 − 1 = 3 (the last window would start in the padding)',
  ],
])('%o: %s', (drawn, arithmetic) => {
  expect(explainExtent(drawn)).toBe(arithmetic);
});

describe('same padding is ONNX’s SAME_UPPER', () => {
  test.each<[number, Attributes, readonly number[], number]>([
    [224, { kernel: 7, stride: 2 }, [2, 2, 3, 3], 112],
    [112, { kernel: 3, stride: 2 }, [0, 0, 1, 1], 56],
    [7, { kernel: 3, stride: 1 }, [1, 1, 1, 1], 7],
    [7, { kernel: 2, stride: 1 }, [0, 0, 1, 1], 7],
    [7, { kernel: 1, stride: 3 }, [0, 0, 0, 0], 3],
    [7, { kernel: 3, stride: 1, dilation: 2 }, [2, 2, 2, 2], 7],
  ])('%i with %o', (extent, attributes, padding, expected) => {
    const conv = operatorOf(operators, 'conv');
    const inputs = [tensorType([1, extent, extent])];
    const stored = storedAttributes(conv, { channels: 1, padding: 'same', ...attributes }, inputs);
    expect(stored['padding']).toEqual(padding);
    expect(conv.infer(inputs, stored, () => undefined)![0]!.shape).toEqual([1, expected, expected]);
  });

  test.each<[Attributes, readonly number[], readonly number[]]>([
    [{ kernel: 3, stride: 2 }, [0, 0, 1, 1], [0, 0]],
    [{ kernel: 4, stride: 2 }, [1, 1, 1, 1], [0, 0]],
    [{ kernel: 2, stride: 3 }, [0, 0, 0, 0], [1, 1]],
  ])('transposed, it multiplies 5×5 by the stride: %o', (attributes, padding, extra) => {
    const transposed = operatorOf(operators, 'conv_transpose');
    const inputs = [tensorType([1, 5, 5])];
    const stored = storedAttributes(transposed, { channels: 1, padding: 'same', ...attributes }, inputs);
    expect(stored).toMatchObject({ padding, output_padding: extra });
    const extent = 5 * (attributes['stride'] as number);
    expect(transposed.infer(inputs, stored, () => undefined)![0]!.shape).toEqual([1, extent, extent]);
  });
});

describe('the divisor of an average', () => {
  const x4 = counting([1, 4, 4]);
  const close = (op: string, x: Nested, attributes: Attributes, expected: Nested): void => {
    const result = numbersOf(apply(op, x, attributes));
    const wanted = numbersOf(expected);
    expect(result.length).toBe(wanted.length);
    for (const [at, value] of result.entries()) expect(value).toBeCloseTo(wanted[at]!, 4);
  };

  test.each<[Attributes, Nested]>([
    [
      { padding: 1 },
      [
        [1.1111, 2.6667],
        [5.6667, 10],
      ],
    ],
    [
      { padding: 1, count_padding: false },
      [
        [2.5, 4],
        [8.5, 10],
      ],
    ],
    [
      { ceil: true },
      [
        [5, 6.5],
        [11, 12.5],
      ],
    ],
    [
      { padding: 1, ceil: true },
      [
        [1.1111, 2.6667, 1.6667],
        [5.6667, 10, 5.5],
        [4.1667, 7, 3.75],
      ],
    ],
    [
      { padding: 1, ceil: true, count_padding: false },
      [
        [2.5, 4, 5],
        [8.5, 10, 11],
        [12.5, 14, 15],
      ],
    ],
  ])('3×3 /2 on 0 … 15 with %o', (attributes, expected) => {
    close('avg_pool', x4, { kernel: 3, stride: 2, ...attributes }, expected);
  });

  test('3×3 /2 on 1 … 9, as PyTorch printed it', () => {
    const x = counting([1, 3, 3], 1);
    close('avg_pool', x, { kernel: 3, stride: 2, padding: 1 }, [
      [1.3333, 1.7778],
      [2.6667, 3.1111],
    ]);
    close('avg_pool', x, { kernel: 3, stride: 2, padding: 1, count_padding: false }, [
      [3, 4],
      [6, 7],
    ]);
  });

  test('in one dimension, as PyTorch printed it', () => {
    const x = [[[2.0903, 4.6493, 1.632, -3.2051, 4.6975, 4.7296, 3.3653, -1.5815, -2.3832]]];
    const attributes = { kernel: [1, 7], stride: [1, 3], padding: [0, 3], ceil: true };
    close('avg_pool', x, attributes, [0.7381, 2.5656, 0.8032, -0.0999]);
    close('avg_pool', [[[1, 2, 3, 4, 5]]], { kernel: [1, 2], ceil: true }, [1.5, 3.5, 5]);
  });

  test('the example of ONNX’s documentation', () => {
    close('avg_pool', counting([1, 4, 4], 1), { kernel: 3, stride: 2, ceil: true }, [
      [6, 7.5],
      [12, 13.5],
    ]);
  });
});

test('padding never wins a maximum', () => {
  expect(
    apply(
      'max_pool',
      [
        [
          [-3, -2],
          [-5, -7],
        ],
      ],
      { kernel: 3, padding: 1, stride: 1 },
    ),
  ).toEqual([
    [
      [
        [-2, -2],
        [-2, -2],
      ],
    ],
  ]);
  expect(apply('max_pool', [[[NaN, 1]]], { kernel: [1, 2] })).toEqual([[[[NaN]]]]);
});
