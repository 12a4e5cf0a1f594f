// The operators on codes, from closed forms: sums of whole numbers written down again, ties, extremes, NaN, padding.

import { describe, expect, test } from 'vitest';
import { inferNode, operatorOf } from '../../compiler/ir/signature.ts';
import { parseGraph, printGraph } from '../../compiler/ir/text.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { nearest, requantized } from '../../compiler/ops/quantized/codes.ts';
import { applied, rangeTensor, tensor, wholeNumbers } from '../support/codes.ts';

const whole = { zero: 0, low: 0, high: 127 };

describe('nearest', () => {
  test.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, 0],
    [-1.5, -2],
    [-2.5, -2],
    [0.49999999999999994, 0],
    [2 ** 31 + 0.5, 2 ** 31],
    [-3.7, -4],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
  ])('%d → %d', (value, expected) => expect(nearest(value) + 0).toBe(expected));
  test('NaN stays', () => expect(nearest(NaN)).toBe(NaN));
});

describe('requantisation', () => {
  // As numpy says it: np.clip(np.rint(np.float32(sum) * np.float32(m)) + zero, low, high).
  test.each([
    ['ties go to even', 5, 0.5, whole, 2],
    ['ties go to even, upwards', 7, 0.5, whole, 4],
    ['below the least code', -9, 1, whole, 0],
    ['above the largest code', 1e6, 1, whole, 127],
    ['a relu is a low end at the zero point', -9, 1, { zero: 20, low: 20, high: 127 }, 20],
    ['a relu6 is a high end', 500, 1, { zero: 0, low: 0, high: 96 }, 96],
    ['NaN is the least code', NaN, 1, { zero: 5, low: 3, high: 127 }, 3],
    ['no multiplier but NaN', 4, NaN, whole, 0],
    ['+∞', Infinity, 1, whole, 127],
    ['−∞', -Infinity, 1, whole, 0],
    // 2^24 + 1 is no f32: it becomes 2^24, whose 2^-24th part is 1.
    ['sums are rounded to f32', 2 ** 24 + 1, 2 ** -20, whole, 16],
    // f32(3 · f32(0.1)) is 0.3 and a bit; the product is rounded before it is rounded to a whole number.
    ['products are rounded to f32', 2 ** 23 + 1, 2 ** -23 * 10.5, whole, 11],
    // −2^31 is exact, and its tenth part far below all codes.
    ['the least sum', -(2 ** 31), 0.1, { zero: 127, low: 0, high: 127 }, 0],
  ] as const)('%s', (_, sum, multiplier, range, expected) =>
    expect(requantized(sum, Math.fround(multiplier), range)).toBe(expected),
  );
});

test('quantize and dequantize are inverse on codes', () => {
  const codes = tensor(
    [1, 128],
    Array.from({ length: 128 }, (_, code) => code),
  );
  const scale = Math.fround(0.037);
  const real = applied('dequantize', [codes], [tensor([1], [scale]), rangeTensor(40)]);
  expect(real.data[40]).toBe(0);
  expect(real.data[41]).toBe(scale);
  const again = applied('quantize', [real], [tensor([1], [Math.fround(1 / 0.037)]), rangeTensor(40)], {}, 'f32');
  expect(again.data).toEqual(codes.data);
});

/** Σ over the taps of a window with the padding's code outside, as the definition says it. */
function windowSum(
  x: ReturnType<typeof tensor>,
  w: ReturnType<typeof tensor>,
  [o, oy, ox]: readonly [number, number, number],
  { stride, padding, dilation, groups, zero }: Record<'stride' | 'padding' | 'dilation' | 'groups' | 'zero', number>,
): number {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const [outputs, depth, kh, kw] = w.shape as [number, number, number, number];
  const first = Math.floor(o / (outputs / groups)) * (channels / groups);
  let sum = 0;
  for (let d = 0; d < depth; d += 1) {
    for (let ky = 0; ky < kh; ky += 1) {
      for (let kx = 0; kx < kw; kx += 1) {
        const [iy, ix] = [oy * stride - padding + ky * dilation, ox * stride - padding + kx * dilation];
        const isInside = iy >= 0 && iy < height && ix >= 0 && ix < width;
        const code = isInside ? x.data[((first + d) * height + iy) * width + ix]! : zero;
        sum += code * w.data[((o * depth + d) * kh + ky) * kw + kx]!;
      }
    }
  }
  return sum;
}

describe('convolution', () => {
  test.each([
    { channels: 3, outputs: 5, kernel: 3, stride: 1, padding: 1, dilation: 1, groups: 1, zero: 9 },
    { channels: 4, outputs: 6, kernel: 3, stride: 2, padding: 2, dilation: 2, groups: 2, zero: 127 },
    { channels: 4, outputs: 4, kernel: 3, stride: 1, padding: 1, dilation: 1, groups: 4, zero: 0 },
    { channels: 7, outputs: 2, kernel: 1, stride: 1, padding: 0, dilation: 1, groups: 1, zero: 64 },
  ])('$outputs of $channels channels, kernel $kernel, groups $groups', (at) => {
    const { channels, outputs, kernel, stride, padding, dilation, groups, zero } = at;
    const x = wholeNumbers([1, channels, 6, 7], 0, 127, 1);
    const w = wholeNumbers([outputs, channels / groups, kernel, kernel], -127, 127, 2);
    const bias = wholeNumbers([outputs], -9000, 9000, 3);
    const multiplier = tensor(
      [outputs],
      Array.from({ length: outputs }, (_, o) => Math.fround(0.003 / (o + 1))),
    );
    const written = { channels: outputs, kernel, stride, padding, dilation, groups };
    const parameters = [w, bias, multiplier, rangeTensor(zero)];
    const codes = applied('quantized_conv', [x], [...parameters, rangeTensor(50, 50, 120)], written);
    const numbers = applied('quantized_conv_f32', [x], parameters, written);
    const [, , height, width] = codes.shape as [number, number, number, number];
    const sums = Array.from({ length: outputs * height * width }, (_, index) => {
      const [o, rest] = [Math.floor(index / (height * width)), index % (height * width)];
      const place = [o, Math.floor(rest / width), rest % width] as const;
      return bias.data[o]! + windowSum(x, w, place, { stride, padding, dilation, groups, zero });
    });
    const factor = (index: number): number => multiplier.data[Math.floor(index / (height * width))]!;
    const range = { zero: 50, low: 50, high: 120 };
    expect([...codes.data]).toEqual(sums.map((sum, index) => requantized(sum, factor(index), range)));
    expect([...numbers.data]).toEqual(sums.map((sum, index) => Math.fround(sum * factor(index))));
    expect(new Set(codes.data).size).toBeGreaterThan(10);
  });
});

test('a dense layer of extremes: 127 · −127 over 1000 features, and the bias', () => {
  const x = tensor(
    [2, 1000],
    Array.from({ length: 2000 }, (_, at) => (at < 1000 ? 127 : 0)),
  );
  const w = tensor(
    [1, 1000],
    Array.from({ length: 1000 }, () => -127),
  );
  const parameters = [w, tensor([1], [16_129_005]), tensor([1], [1])];
  // −16,129,000 + 16,129,005 = 5, and the bias alone.
  expect([...applied('quantized_dense', [x], [...parameters, rangeTensor(0)], { features: 1 }).data]).toEqual([5, 127]);
  const numbers = applied('quantized_dense_f32', [x], parameters, { features: 1 });
  expect([...numbers.data]).toEqual([5, Math.fround(16_129_005)]);
});

test('sums of two values', () => {
  const a = tensor([1, 4], [10, 20, 127, 0]);
  const b = tensor([1, 4], [4, 7, 127, 0]);
  const parameters = [tensor([2], [1, 0.5]), rangeTensor(10), rangeTensor(4), rangeTensor(3)];
  // (a − 10) + (b − 4) / 2 to the nearest, + 3: 0 + 3; 11.5 → 12, + 3; 178.5 and −12 lie outside.
  expect([...applied('quantized_add', [a, b], parameters).data]).toEqual([3, 15, 127, 0]);
});

test('sums of more values are added from left to right, each rounded to f32; one per channel is repeated', () => {
  const a = tensor([1, 1, 1, 2], [11, 12]);
  const c = tensor([1, 1, 1, 1], [20]);
  const ranges = [rangeTensor(10), rangeTensor(10), rangeTensor(10), rangeTensor(4)];
  // 1 + 2^24 − 2^24 is 0 in this order, since 2^24 + 1 is no f32; 2 + 2^24 is one.
  const factors = tensor([3], [1, 2 ** 23, -(2 ** 23)]);
  const far = tensor([1, 1, 1, 2], [12, 12]);
  expect([...applied('quantized_add', [a, far, far], [factors, ...ranges]).data]).toEqual([4, 6]);
  // (a − 10) − (far − 10) / 2 + 3 (c − 10) + 4
  const others = tensor([3], [1, -0.5, 3]);
  expect([...applied('quantized_add', [a, far, c], [others, ...ranges]).data]).toEqual([34, 35]);
});

test('products, with a factor per channel', () => {
  const a = tensor([2, 2, 1, 2], [10, 12, 10, 14, 10, 20, 10, 30]);
  const b = tensor([2, 2, 1, 1], [6, 7, 5, 127]);
  const parameters = [tensor([1], [0.5]), rangeTensor(10), rangeTensor(5), rangeTensor(1)];
  // (a − 10)(b − 5) / 2 + 1: factors 1, 2 in the first image, 0, 122 in the second.
  expect([...applied('quantized_mul', [a, b], parameters).data]).toEqual([1, 2, 1, 5, 1, 1, 1, 127]);
  const same = applied('quantized_mul', [a, a], parameters);
  expect([...same.data]).toEqual([1, 8, 1, 19, 1, 76, 1, 127]);
});

test('means, where padding is the number zero', () => {
  const x = tensor([1, 1, 2, 2], [10, 30, 50, 71]);
  const parameters = [tensor([1], [0.25]), rangeTensor(10), rangeTensor(10)];
  // (0 + 20 + 40 + 61) / 4 = 30.25
  expect([...applied('quantized_mean', [x], parameters, { kernel: 2 }).data]).toEqual([40]);
  // Each window has one pixel and three of padding: 0, 5, 10, 15.25.
  expect([...applied('quantized_mean', [x], parameters, { kernel: 2, padding: 1 }).data]).toEqual([10, 15, 20, 25]);
});

test('means of windows of different counts divide the multiplier', () => {
  const x = tensor([1, 1, 3, 3], [12, 14, 16, 18, 20, 22, 24, 26, 28]);
  const parameters = [tensor([1], [1]), rangeTensor(10), rangeTensor(1)];
  const window = { kernel: 2, stride: 2, padding: [1, 1, 0, 0] };
  // Numbers 2 … 18 in the windows {2}, {4, 6}, {8, 14}, {10, 12, 16, 18}; of four pixels, the others are padding.
  const inside = applied('quantized_mean', [x], parameters, { ...window, counts: 'inside' });
  expect([...inside.data]).toEqual([3, 6, 12, 15]);
  const padded = applied('quantized_mean', [x], parameters, { ...window, counts: 'padded' });
  // 0.5, 2.5 and 5.5 are ties.
  expect([...padded.data]).toEqual([1, 3, 7, 15]);
  // What overhangs the image counts for neither.
  const overhang = { kernel: 2, ceil: true, counts: 'padded' };
  expect([...applied('quantized_mean', [x], parameters, overhang).data]).toEqual([7, 10, 16, 19]);
});

describe('bilinear images', () => {
  const x = tensor([1, 1, 1, 2], [10, 26]);
  const resized = (size: readonly number[], multiplier: number, written = {}): readonly number[] => {
    const parameters = [tensor([1], [multiplier]), rangeTensor(10), rangeTensor(1)];
    return [...applied('quantized_resample', [x], parameters, { size, ...written }).data];
  };
  // The numbers are 0 and 16; along the columns weights are quarters, along the row halves, and the multiplier is 1 / (4 · 2).
  test('twice as wide', () => expect(resized([1, 4], 1 / 8)).toEqual([1, 5, 13, 17]));
  // Weights are sixths: 0, 1 1/3, 4, …, to the nearest.
  test('three times as wide', () => expect(resized([1, 6], 1 / 12)).toEqual([1, 1, 6, 12, 17, 17]));
  test('between the corners', () => expect(resized([1, 3], 1 / 2, { align_corners: true })).toEqual([1, 9, 17]));
  test('of a size whose sums f32 does not hold is refused', () =>
    expect(() => resized([257, 257], 1)).toThrow('514 · 514'));
});

test('a table', () => {
  const table = tensor(
    [128],
    Array.from({ length: 128 }, (_, code) => 127 - code),
  );
  expect([...applied('quantized_lookup', [tensor([1, 3], [0, 5, 127])], [table]).data]).toEqual([127, 122, 0]);
});

describe('elements', () => {
  const codes = tensorType([4, 6, 6], true, 'u8');
  const numbers = tensorType([4, 6, 6]);
  test('operators that move elements keep them', () => {
    const attributes = { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], dilation: [1, 1], ceil: false };
    const { results } = inferNode(operatorOf(operators, 'max_pool'), [codes], attributes);
    expect(results).toEqual([tensorType([4, 3, 3], true, 'u8')]);
    const joined = inferNode(operatorOf(operators, 'concat'), [codes, codes], { along: 'channels' });
    expect(joined.results).toEqual([tensorType([8, 6, 6], true, 'u8')]);
  });
  test.each([
    ['concat', [codes, numbers], 'concat takes u8, found [N,4,6,6]'],
    ['relu', [codes], 'relu takes f32, found u8[N,4,6,6]'],
    ['add', [numbers, codes], 'add takes f32, found u8[N,4,6,6]'],
    ['quantize', [codes], 'quantize takes f32, found u8[N,4,6,6]'],
    [
      'quantized_add',
      [codes, numbers],
      'quantized_add/C2 the operands of `quantized_add` must be codes, u8 (found [N,4,6,6], expected u8[N,4,6,6])',
    ],
  ] as const)('%s', (op, inputs, problem) => {
    expect(inferNode(operatorOf(operators, op), inputs, { along: 'channels' }).problems).toEqual([problem]);
  });
});

test('the text of a graph of codes is read again, and the verifier knows the elements of parameters', () => {
  const text = `graph G infer {
  %0 = input x : [N,4]
  %1 = parameter x.multiplier : [1] constant(1)
  %2 = parameter x.range : i32[3] constant(0)
  %3 = parameter fc.weight : i8[2,4] constant(0)
  %4 = parameter fc.bias : i32[2] constant(0)
  %5 = parameter fc.multiplier : [2] constant(1)
  %6 = quantize(%0, %1, %2) : u8[N,4] as x_codes
  %7 = quantized_dense_f32(%6, %3, %4, %5) {features=2} : [N,2] as fc
  output y = %7
}
`;
  const graph = parseGraph(text, operators);
  expect(printGraph(graph, operators)).toBe(text);
  expect(verifyGraph(graph, operators)).toEqual([]);
  const wrong = parseGraph(text.replace('i8[2,4]', '[2,4]'), operators);
  expect(verifyGraph(wrong, operators)).toEqual(['fc: its weight is of f32, expected i8']);
});
