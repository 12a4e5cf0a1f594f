// Normalisations and reductions: closed forms, the numbers that are taken together, and accuracy far from 0, where the difference of
// mean square and squared mean has no digit left in f32.

import { describe, expect, test } from 'vitest';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { inferNode, operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { apply, numbersOf } from '../support/apply-operator.ts';
import { runKernels } from '../support/executors.ts';

// Two channels of 1×2 pixels.
const map = [[[1, 3]], [[5, 11]]];

test.each<[string, Attributes, readonly number[]]>([
  // (1, 5) and (3, 11): ∓1.
  ['layer_norm', { epsilon: 0, affine: false }, [-1, -1, 1, 1]],
  // Mean 5, variance 14.
  ['layer_norm', { over: 'map', epsilon: 0, affine: false }, [-4, -2, 0, 6].map((x) => x / Math.sqrt(14))],
  ['group_norm', { groups: 1, epsilon: 0, affine: false }, [-4, -2, 0, 6].map((x) => x / Math.sqrt(14))],
  ['group_norm', { groups: 2, epsilon: 0, affine: false }, [-1, 1, -1, 1]],
  ['instance_norm', { epsilon: 3 }, [-1 / 2, 1 / 2, -3 / Math.sqrt(12), 3 / Math.sqrt(12)]],
  [
    'rms_norm',
    { epsilon: 0, affine: false },
    [1 / Math.sqrt(13), 3 / Math.sqrt(65), 5 / Math.sqrt(13), 11 / Math.sqrt(65)],
  ],
  ['rms_norm', { over: 'map', epsilon: 0, affine: false }, [1, 3, 5, 11].map((x) => x / Math.sqrt(39))],
])('%s %o', (op, attributes, expected) => {
  numbersOf(apply(op, map, attributes)).forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 14));
});

test('learned numbers belong to channels, or to each number of the map', () => {
  const norm = (attributes: Attributes, ...parameters: Parameters<typeof apply>[3] & {}) =>
    numbersOf(apply('layer_norm', map, { epsilon: 0, ...attributes }, parameters));
  expect(norm({}, [2, 3], [10, 20])).toEqual([8, 8, 23, 23]);
  const whole = [[[1, 2]], [[3, 4]]];
  norm({ over: 'map' }, whole, [[[0, 0]], [[0, 1]]]).forEach((value, at) =>
    expect(value).toBeCloseTo([-4, -4, 0, 24][at]! / Math.sqrt(14) + (at === 3 ? 1 : 0), 14),
  );
});

test.each<[string, Attributes, Shape, Readonly<Record<string, Shape>>]>([
  ['layer_norm', {}, [4, 3, 2], { weight: [4], bias: [4] }],
  ['layer_norm', { over: 'map' }, [4, 3, 2], { weight: [4, 3, 2], bias: [4, 3, 2] }],
  ['layer_norm', { over: 'features' }, [5, 4], { weight: [4], bias: [4] }],
  ['rms_norm', {}, [4, 3, 2], { weight: [4] }],
  ['group_norm', { groups: 1 }, [4, 3, 2], { weight: [4], bias: [4] }],
  ['instance_norm', {}, [4, 3, 2], {}],
  ['instance_norm', { affine: true }, [4, 3, 2], { weight: [4], bias: [4] }],
  ['batch_norm', { affine: false }, [4, 3, 2], { running_mean: [4], running_var: [4] }],
])('parameters of %s %o on %o', (op, attributes, shape, expected) => {
  const operator = operatorOf(operators, op);
  const inputs = [tensorType(shape)];
  const { parameters } = inferNode(operator, inputs, storedAttributes(operator, attributes, inputs));
  expect(Object.fromEntries(parameters.map((one) => [one.name, one.shape]))).toEqual(expected);
});

test.each<[Attributes, readonly number[]]>([
  [{ operation: 'mean', over: 'channels' }, [3, 7]],
  [{ operation: 'sum', over: 'height' }, [1, 3, 5, 11]],
  [{ operation: 'max', over: 'width' }, [3, 11]],
  [{ operation: 'min', over: 'map' }, [1]],
  [{ operation: 'mean', over: 'map' }, [5]],
])('reduce %o', (attributes, expected) => {
  expect(numbersOf(apply('reduce', map, attributes))).toEqual(expected);
});

test('of numbers that are not, maxima and sums are not', () => {
  const reduce = (operation: string) => numbersOf(apply('reduce', [NaN, 1], { operation, over: 'features' }));
  expect(['mean', 'sum', 'max', 'min'].map(reduce)).toEqual([[NaN], [NaN], [NaN], [NaN]]);
});

describe.each(['js', 'wasm'] as const)('for %s', (target) => {
  /** What kernels give of one image. */
  function run(op: string, shape: Shape, attributes: Attributes, data: Float32Array): ArrayLike<number> {
    const builder = graphBuilder('far', operators);
    const [y] = builder.node({ op, inputs: [builder.input('x', shape)], attributes });
    builder.output('y', y);
    const { program } = lower(builder.finish(), operators, { target });
    return runKernels(program, { inputs: new Map([['x', data]]), parameters: new Map(), batch: 1 }, 1).get('y')!;
  }

  // ±1 around 4096: the square of that, 2^24, has no room for the variance in f32.
  test.each<[string, Attributes]>([
    ['layer_norm', { affine: false }],
    ['layer_norm', { over: 'map', affine: false }],
    ['group_norm', { groups: 3, affine: false }],
    ['instance_norm', {}],
  ])('%s %o of numbers near 4096', (op, attributes) => {
    const shape = [30, 10, 10];
    const signs = Float32Array.from({ length: 3000 }, (_, i) => ((i + Math.floor(i / 100)) % 2 === 0 ? 1 : -1));
    const found = run(
      op,
      shape,
      { epsilon: 0, ...attributes },
      signs.map((sign) => 4096 + sign),
    );
    expect(Math.max(...Array.from(found, (value, at) => Math.abs(value - signs[at]!)))).toBeLessThan(2e-6);
  });

  // One after the other, f32 would lose some 1e-4 of them.
  test.each(['channels', 'height', 'width', 'map'])('sums of many numbers over %s', (over) => {
    const shape = { channels: [100_000, 1, 1], height: [1, 100_000, 1], width: [1, 1, 100_000], map: [10, 100, 100] }[
      over
    ]!;
    const length = shape.reduce((a, b) => a * b, 1);
    const found = run('reduce', shape, { operation: 'sum', over }, new Float32Array(length).fill(Math.fround(0.1)));
    expect(Math.abs(found[0]! / (length * Math.fround(0.1)) - 1)).toBeLessThan(1e-6);
  });
});
