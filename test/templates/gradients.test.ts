// Kernels that only training has, image by image: gradients of pooling and softmax against their definitions, cross-entropy against
// the operators' references, sums over the batch against the operator's.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScalarExpression } from '../../compiler/ir/scalar.ts';
import { channel, mul, sub, x } from '../../compiler/ir/scalar.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { defineBatchSums } from '../../compiler/ops/combination.ts';
import { batchMoments as moments } from '../../compiler/ops/batch-moments.ts';
import { correct as correctOperator } from '../../compiler/ops/correct.ts';
import {
  crossEntropyGradient as lossGradientOperator,
  crossEntropy as lossOperator,
} from '../../compiler/ops/cross-entropy.ts';
import { batchMoments, batchMomentsMemory } from '../../compiler/templates/batch-moments.ts';
import { batchSum, batchSumMemory } from '../../compiler/templates/batch-sum.ts';
import type { BatchSumOperand } from '../../compiler/templates/batch-sum.ts';
import { correct, crossEntropy, crossEntropyGradient } from '../../compiler/templates/cross-entropy.ts';
import type { Slice } from '../../compiler/templates/geometry.ts';
import { poolGradient } from '../../compiler/templates/pool-gradient.ts';
import type { PoolGradientSpec } from '../../compiler/templates/pool-gradient.ts';
import { softmaxGradient } from '../../compiler/templates/softmax-gradient.ts';
import { centred, unit } from '../support/formula.ts';
import { runs } from '../support/runs.ts';
import { arenaOf, placesOf, runTemplate, stepTargets } from '../support/template-run.ts';

const sliceOf = (channels: number, height: number, width: number, between = 0): Slice => ({
  channels,
  height,
  width,
  pixelStride: channels + between,
  imageStride: height * width * (channels + between) + between,
});
const elementsOf = ({ channels, height, width }: Slice): number => channels * height * width;

function expectNear(found: readonly number[], expected: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    if (!(Math.abs(value - expected[i]!) <= tolerance)) expect(value, `element ${i}`).toBe(expected[i]);
  });
}

interface Pooling {
  readonly operation: 'max' | 'avg' | 'sum';
  readonly kind: 'sliding' | 'adaptive' | 'global';
  readonly channels: number;
  readonly between: number;
  readonly size: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
  readonly ceil: boolean;
  readonly countPadding: boolean;
  readonly outputs: readonly [number, number];
}

const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const poolings: fc.Arbitrary<Pooling> = fc
  .record({
    operation: fc.constantFrom<Pooling['operation']>('max', 'avg', 'sum'),
    kind: fc.constantFrom<Pooling['kind']>('sliding', 'sliding', 'sliding', 'adaptive', 'global'),
    channels: fc.integer({ min: 1, max: 9 }),
    between: fc.constantFrom(0, 2),
    size: pair(1, 12),
    kernel: fc.oneof(pair(1, 3), fc.constant([2, 2] as const), fc.constant([6, 5] as const)),
    stride: pair(1, 3),
    before: pair(0, 2),
    after: pair(0, 2),
    ceil: fc.boolean(),
    countPadding: fc.boolean(),
    outputs: pair(1, 4),
  })
  .map((one) => {
    const half = (axis: 0 | 1) => Math.floor(one.kernel[axis] / 2);
    const limited = (sides: readonly [number, number]) =>
      [Math.min(sides[0], half(0)), Math.min(sides[1], half(1))] as const;
    const size = [Math.max(one.size[0], one.kernel[0]), Math.max(one.size[1], one.kernel[1])] as const;
    return { ...one, before: limited(one.before), after: limited(one.after), size };
  });

/** The pixels of each window along an axis, and how many an average divides by. */
function windowsAlong(
  one: Pooling,
  axis: 0 | 1,
): readonly { readonly from: number; readonly to: number; readonly count: number }[] {
  const extent = one.size[axis];
  if (one.kind === 'global') return [{ from: 0, to: extent, count: extent }];
  if (one.kind === 'adaptive')
    return Array.from({ length: one.outputs[axis] }, (_, i) => {
      const [from, to] = [
        Math.floor((i * extent) / one.outputs[axis]),
        Math.ceil(((i + 1) * extent) / one.outputs[axis]),
      ];
      return { from, to, count: to - from };
    });
  const [kernel, stride, before, after] = [one.kernel[axis], one.stride[axis], one.before[axis], one.after[axis]];
  const room = (extent + before + after - kernel) / stride;
  let outputs = (one.ceil ? Math.ceil(room) : Math.floor(room)) + 1;
  if (one.ceil && (outputs - 1) * stride >= extent + before) outputs -= 1;
  return Array.from({ length: outputs }, (_, i) => {
    const first = i * stride - before;
    const [from, to] = [Math.max(first, 0), Math.min(first + kernel, extent)];
    return { from, to, count: one.countPadding ? Math.min(first + kernel, extent + after) - first : to - from };
  }).filter(({ from, to }) => from < to);
}

describe.each(stepTargets)('in %s', (_, target) => {
  test('pooling', () => {
    const images = 2;
    fc.assert(
      fc.property(poolings, fc.constantFrom(1, 50), (one, levels) => {
        const [rows, columns] = [windowsAlong(one, 0), windowsAlong(one, 1)];
        const { operation, channels, between } = one;
        const [height, width] = one.size;
        const input = sliceOf(channels, height, width, between);
        const upstream = sliceOf(channels, rows.length, columns.length, between);
        // Few different numbers, so that some are equal.
        const values = centred(1, images * elementsOf(input), 1).map((value) => Math.round(value * levels));
        const dy = centred(2, images * elementsOf(upstream), 1);
        const expected = new Float64Array(values.length);
        for (let plane = 0; plane < images * channels; plane += 1) {
          rows.forEach((row, oh) =>
            columns.forEach((column, ow) => {
              const places: number[] = [];
              for (let h = row.from; h < row.to; h += 1)
                for (let w = column.from; w < column.to; w += 1) places.push((plane * height + h) * width + w);
              const given = dy[(plane * rows.length + oh) * columns.length + ow]!;
              if (operation === 'max') {
                const largest = Math.max(...places.map((place) => values[place]!));
                expected[places.find((place) => values[place] === largest)!]! += given;
                return;
              }
              const divisor = operation === 'avg' ? row.count * column.count : 1;
              for (const place of places) expected[place]! += given / divisor;
            }),
          );
        }
        const padding = [one.before[0], one.before[1], one.after[0], one.after[1]] as const;
        const sliding = {
          kind: 'sliding',
          kernel: one.kernel,
          stride: one.stride,
          padding,
          countPadding: one.countPadding,
        } as const;
        const windows = one.kind === 'sliding' ? sliding : { kind: one.kind };
        const spec: PoolGradientSpec = { operation, upstream, input, output: input, windows };
        const arena = arenaOf();
        const operands = [
          arena.map(upstream, images, dy),
          ...(operation === 'max' ? [arena.map(input, images, values)] : []),
        ];
        const to = arena.map(input, images);
        const found = runTemplate({
          kernel: poolGradient('gradient', spec, target),
          target,
          arena,
          parameters: [...operands, to, images],
          places: placesOf(input, images, to),
        });
        expectNear(found, expected, 1e-5);
      }),
      runs(120),
    );
  });

  test.each([false, true])('softmax (logarithm: %s)', (logarithm) => {
    const images = 2;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), pair(1, 3), fc.constantFrom(0, 1), (channels, size, between) => {
        const map = sliceOf(channels, ...(size as [number, number]), between);
        const dense = sliceOf(channels, ...(size as [number, number]));
        const area = size[0] * size[1];
        const dy = centred(1, images * elementsOf(map), 1);
        const y = unit(2, images * elementsOf(map)).map((value) => (logarithm ? -3 * value : value / channels));
        const expected = Float64Array.from(dy, (value, at) => {
          const start = Math.floor(at / (channels * area)) * channels * area + (at % area);
          let total = 0;
          for (let c = 0; c < channels; c += 1) total += dy[start + c * area]! * (logarithm ? 1 : y[start + c * area]!);
          return logarithm ? value - Math.exp(y[at]!) * total : y[at]! * (value - total);
        });
        const arena = arenaOf();
        const operands = [arena.map(map, images, dy), arena.map(dense, images, y)];
        const to = arena.map(map, images);
        const found = runTemplate({
          kernel: softmaxGradient('gradient', { upstream: map, result: dense, output: map, logarithm }, target),
          target,
          arena,
          parameters: [...operands, to, images],
          places: placesOf(map, images, to),
        });
        expectNear(found, expected, 1e-5);
      }),
      runs(25),
    );
  });

  const classified = fc.record({
    classes: fc.integer({ min: 1, max: 23 }),
    scale: fc.constantFrom(1, 30, 300),
    smoothing: fc.constantFrom(0, 0, 0.1, 1),
    labels: fc.array(fc.integer({ min: -1, max: 23 }), { minLength: 1, maxLength: 6 }),
    ignored: fc.option(fc.integer({ min: -1, max: 5 }), { nil: undefined }),
  });

  test('cross-entropy, its gradient, and correct', () => {
    fc.assert(
      fc.property(classified, ({ classes, scale, smoothing, labels, ignored }) => {
        const images = labels.length;
        const [scores, one] = [sliceOf(classes, 1, 1, 1), sliceOf(1, 1, 1)];
        const values = centred(1, images * classes, scale).map((value) => Math.round(value * 4) / 4);
        const dy = centred(3, images, 2);
        const types = [tensorType([classes]), tensorType([1]), tensorType([1])];
        const operands = [
          { shape: [images, classes], data: Float64Array.from(values) },
          { shape: [images, 1], data: Float64Array.from(labels) },
          { shape: [images, 1], data: Float64Array.from(dy) },
        ];
        const attributes = { label_smoothing: smoothing, ...(ignored !== undefined && { ignore: ignored }) };
        const spec = { scores, label: one, output: one, smoothing, ...(ignored !== undefined && { ignored }) };
        const kernels = [
          [crossEntropy('k', spec, target), lossOperator, 2, one, 1e-6 * (4 + 3 * scale)],
          [
            crossEntropyGradient('k', { ...spec, output: scores, upstream: one }, target),
            lossGradientOperator,
            3,
            scores,
            2e-6,
          ],
          [correct('k', spec, target), correctOperator, 2, one, 0],
        ] as const;
        for (const [kernel, operator, count, output, tolerance] of kernels) {
          const arena = arenaOf();
          const bases = [arena.map(scores, images, values), arena.map(one, images, labels), arena.map(one, images, dy)];
          const to = arena.map(output, images);
          const found = runTemplate({
            kernel,
            target,
            arena,
            parameters: [...bases.slice(0, count), to, images],
            places: placesOf(output, images, to),
          });
          const [expected] = operator.reference(operands.slice(0, count), attributes, types.slice(0, count));
          expectNear(found, expected!.data, tolerance);
        }
      }),
      runs(40),
    );
  });

  test('sums over the batch', () => {
    const distance = sub(x, channel(1));
    const expressions: readonly ScalarExpression[] = [
      mul(distance, mul(channel(2), channel(3))),
      mul(distance, channel(2)),
    ];
    const operator = defineBatchSums({ name: 'sums', values: 4, expressions: () => expressions });
    const geometry = fc.record({
      channels: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 40 })),
      size: fc.oneof(fc.constant([1, 1] as const), pair(1, 7), fc.constant([20, 17] as const)),
      between: fc.constantFrom(0, 2),
      images: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(63, 65)),
    });
    fc.assert(
      fc.property(geometry, ({ channels, size, between, images }) => {
        const [height, width] = size;
        const [first, second] = [sliceOf(channels, height, width, between), sliceOf(channels, height, width)];
        const length = images * elementsOf(first);
        const [a, b] = [centred(1, length, 1), centred(2, length, 1)];
        const [shift, scale] = [centred(3, channels, 1), centred(4, 1, 1)];
        const types = [tensorType([channels, height, width]), tensorType([channels], false)] as const;
        const shape = [images, channels, height, width];
        const expected = operator.reference(
          [
            { shape, data: Float64Array.from(a) },
            { shape: [channels], data: Float64Array.from(shift) },
            { shape, data: Float64Array.from(b) },
            { shape: [1], data: Float64Array.from(scale) },
          ],
          {},
          [types[0], types[1], types[0], tensorType([1], false)],
        );
        const operands: readonly [Slice, ...BatchSumOperand[]] = [first, 'channels', second, 'one'];
        const arena = arenaOf();
        const bases = [
          arena.map(first, images, a),
          arena.numbers(shift),
          arena.map(second, images, b),
          arena.numbers(scale),
        ];
        const results = expressions.map(() => arena.numbers(channels));
        const spec = { operands, expressions };
        const found = runTemplate({
          kernel: batchSum('sum', spec, target),
          target,
          arena,
          ...batchSumMemory(spec, target),
          parameters: [...bases, ...results, images],
          places: results.flatMap((to) => Array.from({ length: channels }, (_none, c) => to + c)),
        });
        const sums = expected.flatMap(({ data }) => [...data]);
        expectNear(found, sums, 1e-6 * (1 + Math.sqrt(images * height * width)));
      }),
      runs(15),
    );
  });

  test('mean and sum of squared distances of channels far from 0', () => {
    const geometry = fc.record({
      channels: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 30, max: 37 })),
      size: fc.oneof(fc.constant([1, 1] as const), pair(1, 7), fc.constant([20, 17] as const)),
      images: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(63, 65)),
    });
    fc.assert(
      fc.property(geometry, ({ channels, size: [height, width], images }) => {
        const input = sliceOf(channels, height, width, 1);
        const values = Float32Array.from(centred(1, images * elementsOf(input), 1), (value) => 100 + value);
        const arena = arenaOf();
        const x = arena.map(input, images, values);
        const [mean, squares] = [arena.numbers(channels), arena.numbers(channels)];
        const found = runTemplate({
          kernel: batchMoments('moments', { input }, target),
          target,
          arena,
          ...batchMomentsMemory({ input }, target),
          parameters: [x, mean, squares, images],
          places: [mean, squares].flatMap((to) => Array.from({ length: channels }, (_none, c) => to + c)),
        });
        const type = tensorType([channels, height, width]);
        const shape = [images, ...type.shape];
        const [means, sums] = moments.reference([{ shape, data: Float64Array.from(values) }], {}, [type]);
        expectNear(found.slice(0, channels), means!.data, 4e-5);
        // Σ x² − (Σ x)² / n in f32 would be off by some 10⁴ times that.
        const ofOne = images * height * width === 1;
        expectNear(found.slice(channels), sums!.data, ofOne ? 1e-9 : 1e-5 * images * height * width);
      }),
      runs(15),
    );
  });
});
