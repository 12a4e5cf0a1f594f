// Tokens against examples worked out by hand, and laws of attention that hold for any numbers.

import { describe, expect, test } from 'vitest';
import { storedAttributes } from '../../compiler/ir/signature.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { apply, applyToAll, counting, numbersOf } from '../support/apply-operator.ts';
import { centred } from '../support/formula.ts';
import { nested } from '../support/apply-operator.ts';

const matrix = (seed: number, rows: number, columns: number) =>
  nested({ shape: [rows, columns], data: Float64Array.from(centred(seed, rows * columns, 2)) });

describe('tokens', () => {
  test('are pixels row by row, and go back to their places', () => {
    const image = counting([2, 2, 3]);
    expect(apply('tokens', image)[0]).toEqual([
      [0, 6],
      [1, 7],
      [2, 8],
      [3, 9],
      [4, 10],
      [5, 11],
    ]);
    expect(apply('to_image', apply('tokens', image)[0]!, { size: [2, 3] })[0]).toEqual(image);
  });

  test('have features of their own: scale, softmax and dense layers work along them', () => {
    const x = [
      [1, 2],
      [3, 4],
      [5, 6],
    ];
    expect(apply('scale', x, { bias: false }, [[10, 100]])[0]).toEqual([
      [10, 200],
      [30, 400],
      [50, 600],
    ]);
    const weights = [
      [1, 1],
      [1, -1],
      [0, 2],
    ];
    expect(apply('dense', x, { features: 3 }, [weights, [0, 0, 1]])[0]).toEqual([
      [3, -1, 5],
      [7, -1, 9],
      [11, -1, 13],
    ]);
    for (const row of apply('softmax', x)[0] as number[][]) expect(row[0]! + row[1]!).toBeCloseTo(1, 14);
  });
});

describe('matmul', () => {
  const a = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  const b = [
    [1, 0],
    [0, 1],
    [1, 1],
  ];
  test('rows by columns, either transposed', () => {
    const product = [
      [4, 5],
      [10, 11],
    ];
    expect(applyToAll('matmul', [a, b])[0]).toEqual(product);
    const [at, bt] = [apply('transpose', a)[0]!, apply('transpose', b)[0]!];
    expect(applyToAll('matmul', [at, b], { transpose_a: true })[0]).toEqual(product);
    expect(applyToAll('matmul', [a, bt], { transpose_b: true })[0]).toEqual(product);
    expect(applyToAll('matmul', [at, bt], { transpose_a: true, transpose_b: true })[0]).toEqual(product);
  });
});

describe('attention', () => {
  test('of queries that are 0 is the mean of the values', () => {
    const zeros = [
      [0, 0],
      [0, 0],
    ];
    expect(applyToAll('attention', [zeros, matrix(1, 4, 2), [[1], [2], [3], [6]]])[0]).toEqual([[3], [3]]);
  });

  // q·k/√1 is 0 and ln 3: weights 1/4 and 3/4.
  test('weighs the values by the exponentials of its scores', () => {
    const [[[y]]] = applyToAll('attention', [[[1]], [[0], [Math.log(3)]], [[8], [16]]]) as [[[number]]];
    expect(y).toBeCloseTo(14, 12);
  });

  test('of a key that fits far better takes its value, and does not overflow', () => {
    expect(applyToAll('attention', [[[1000]], [[-1000], [1000]], [[1], [2]]])[0]).toEqual([[2]]);
  });

  test('of two heads is that of each on its half of the features', () => {
    const [q, k, v] = [matrix(1, 3, 4), matrix(2, 5, 4), matrix(3, 5, 6)];
    const halves = (x: ReturnType<typeof matrix>) => apply('split', x, { parts: 2 });
    const parts = [q, k, v].map(halves);
    const heads = [0, 1].map(
      (head) =>
        applyToAll(
          'attention',
          parts.map((part) => part[head]!),
        )[0]!,
    );
    const whole = numbersOf(applyToAll('attention', [q, k, v], { heads: 2 })[0]!);
    const joined = numbersOf(applyToAll('concat', heads)[0]!);
    whole.forEach((value, at) => expect(value).toBeCloseTo(joined[at]!, 14));
  });

  test('does not depend on the order of keys and values', () => {
    const [q, k, v] = [matrix(1, 3, 2), matrix(2, 5, 2), matrix(3, 5, 3)] as [number[][], number[][], number[][]];
    const plain = numbersOf(applyToAll('attention', [q, k, v])[0]!);
    const turned = numbersOf(applyToAll('attention', [q, k.toReversed(), v.toReversed()])[0]!);
    plain.forEach((value, at) => expect(value).toBeCloseTo(turned[at]!, 14));
  });
});

describe('parts', () => {
  const x = counting([2, 3, 4]);
  test('slice counts from the end, and steps', () => {
    expect(apply('slice', x, { along: 'width', start: -1 })[0]).toEqual([
      [[3], [7], [11]],
      [[15], [19], [23]],
    ]);
    expect(apply('slice', x, { along: 'height', start: 0, end: -1, step: 2 })[0]).toEqual([
      [[0, 1, 2, 3]],
      [[12, 13, 14, 15]],
    ]);
    expect(apply('slice', [1, 2, 3, 4, 5], { start: 1, step: 2 })[0]).toEqual([2, 4]);
  });

  test('crop takes the middle, and rounds its offset down', () => {
    expect(apply('crop', x, { size: [2, 2] })[0]).toEqual([
      [
        [1, 2],
        [5, 6],
      ],
      [
        [13, 14],
        [17, 18],
      ],
    ]);
    expect(apply('crop', x, { size: 1, offset: [2, 3] })[0]).toEqual([[[11]], [[23]]]);
  });

  test('permute names what becomes channels, height and width', () => {
    expect(apply('permute', x, { order: 'hwc' })[0]).toEqual([
      [
        [0, 12],
        [1, 13],
        [2, 14],
        [3, 15],
      ],
      [
        [4, 16],
        [5, 17],
        [6, 18],
        [7, 19],
      ],
      [
        [8, 20],
        [9, 21],
        [10, 22],
        [11, 23],
      ],
    ]);
  });

  test('places that are not in the axis stay as they were written, however often they are stored', () => {
    const slice = operators.get('slice')!;
    const inputs = [tensorType([8])];
    const stored = storedAttributes(slice, { start: -3, end: -20 }, inputs);
    expect(stored).toMatchObject({ start: 5, end: -20 });
    expect(storedAttributes(slice, stored, inputs)).toEqual(stored);
  });
});
