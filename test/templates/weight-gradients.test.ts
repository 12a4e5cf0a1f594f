// Gradients by weights against the operators' references: any geometry, few and many images.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../compiler/ir/operator.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { convWeightGradient as convReference } from '../../compiler/ops/conv-weight-gradient.ts';
import { denseWeightGradient as denseReference } from '../../compiler/ops/dense-gradients.ts';
import { convWeightGradientMemory } from '../../compiler/templates/conv-weight-gradient-plan.ts';
import type { ConvWeightGradientSpec } from '../../compiler/templates/conv-weight-gradient-plan.ts';
import { convWeightGradient } from '../../compiler/templates/conv-weight-gradient.ts';
import { denseWeightGradient, denseWeightGradientScratch } from '../../compiler/templates/dense-weight-gradient.ts';
import type { Slice } from '../../compiler/templates/geometry.ts';
import {
  winogradWeightGradient,
  winogradWeightGradientMemory,
} from '../../compiler/templates/winograd-weight-gradient.ts';
import type { Kernel } from '../../compiler/kernel/ir.ts';
import type { Line } from '../../compiler/templates/winograd-transforms.ts';
import type { Target } from '../../compiler/templates/target.ts';
import { centred } from '../support/formula.ts';
import { runs } from '../support/runs.ts';
import { arenaOf, runTemplate, stepTargets } from '../support/template-run.ts';

const sliceOf = (channels: number, height: number, width: number, between = 0, after = 0): Slice => ({
  channels,
  height,
  width,
  pixelStride: channels + between,
  imageStride: height * width * (channels + between) + after,
});
const tensorOf = ({ channels, height, width }: Slice, images: number, data: Float32Array): Tensor => ({
  shape: [images, channels, height, width],
  data: Float64Array.from(data),
});
const sizeOf = ({ channels, height, width }: Slice): number => channels * height * width;

/** Sums of terms that are small against them: the error of each is a rounding of the sum of magnitudes, which is below this. */
function expectNear(found: readonly number[], expected: ArrayLike<number>, magnitude: number, error = 1e-6): void {
  const tolerance = error * magnitude;
  found.forEach((value, i) => {
    if (!(Math.abs(value - expected[i]!) <= tolerance)) expect(value, `element ${i}`).toBe(expected[i]);
  });
}

interface DenseCase {
  readonly channels: number;
  readonly size: readonly [number, number];
  readonly between: number;
  readonly outputs: number;
  readonly images: number;
}

function checkDense({ channels, size, between, outputs, images }: DenseCase, target: Target): void {
  const [input, upstream] = [sliceOf(channels, size[0], size[1], between, 3), sliceOf(outputs, 1, 1, 0, 2)];
  const features = sizeOf(input);
  const [x, dy] = [centred(1, images * features, 1), centred(2, images * outputs, 1)];
  const arena = arenaOf();
  const [from, upper] = [arena.map(input, images, x), arena.map(upstream, images, dy)];
  const to = arena.numbers(features * outputs);
  const found = runTemplate({
    kernel: denseWeightGradient('gradient', { input, upstream }, target),
    target,
    arena,
    scratch: denseWeightGradientScratch({ input, upstream }, target),
    parameters: [from, upper, to, images],
    places: Array.from(
      { length: features * outputs },
      (_none, at) => to + (at % features) * outputs + Math.floor(at / features),
    ),
  });
  const [expected] = denseReference.reference(
    [
      { shape: [images, features], data: Float64Array.from(x) },
      { shape: [images, outputs], data: Float64Array.from(dy) },
    ],
    {},
    [tensorType([features]), tensorType([outputs])],
  );
  expectNear(found, expected!.data, Math.sqrt(images) + 1);
}

interface Case {
  readonly depth: number;
  readonly share: number;
  readonly groups: number;
  readonly output: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Rows and columns of the input that no window reaches, or that they reach beyond it. */
  readonly rest: readonly [number, number];
  readonly between: number;
  readonly flip: boolean;
  readonly images: number;
}

const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const cases: fc.Arbitrary<Case> = fc.record({
  depth: fc.integer({ min: 1, max: 9 }),
  share: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 18 })),
  groups: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 6 })),
  output: pair(1, 9),
  kernel: pair(1, 4),
  stride: pair(1, 3),
  padding: fc.oneof(fc.constant([0, 0] as const), pair(0, 2)),
  dilation: fc.oneof(fc.constant([1, 1] as const), pair(1, 2)),
  rest: fc.oneof(fc.constant([0, 0] as const), pair(-1, 1)),
  between: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3 })),
  flip: fc.boolean(),
  images: fc.integer({ min: 1, max: 5 }),
});

function checkConv(one: Case, target: Target, algorithm: Algorithm = plain): void {
  const { groups, kernel, stride, padding, dilation, output, rest, images, between, flip } = one;
  const extent = (axis: 0 | 1): number => {
    const reach = (output[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
    return Math.max(1, reach - 2 * padding[axis] + rest[axis]);
  };
  const input = sliceOf(one.depth * groups, extent(0), extent(1), between, 5);
  const upstream = sliceOf(one.share * groups, output[0], output[1], between, 3);
  const [x, dy] = [centred(1, images * sizeOf(input), 1), centred(2, images * sizeOf(upstream), 1)];
  const spec: ConvWeightGradientSpec = { input, upstream, groups, kernel, stride, padding, dilation, flip };
  const arena = arenaOf();
  const [from, upper] = [arena.map(input, images, x), arena.map(upstream, images, dy)];
  const taps = kernel[0] * kernel[1];
  const length = upstream.channels * one.depth * taps;
  const to = arena.numbers(length);
  // [O, C/g, KH, KW], which lies as [C/g][KH][KW][O].
  const places = Array.from({ length }, (_, at) => {
    const inner = one.depth * taps;
    return to + (at % inner) * upstream.channels + Math.floor(at / inner);
  });
  const found = runTemplate({
    kernel: algorithm.template('gradient', spec, target),
    target,
    arena,
    ...algorithm.memory(spec, target),
    parameters: [from, upper, to, images],
    places,
  });
  const attributes = {
    kernel,
    stride,
    padding: [padding[0], padding[1], padding[0], padding[1]],
    dilation,
    groups,
    mode: flip ? 'convolution' : 'correlation',
  };
  const types = [input, upstream].map(({ channels, height, width }) => tensorType([channels, height, width]));
  const operands = [tensorOf(input, images, x), tensorOf(upstream, images, dy)];
  const [expected] = convReference.reference(operands, attributes, types);
  expectNear(found, expected!.data, Math.sqrt(images * output[0] * output[1]) + 1, algorithm.error);
}

interface Algorithm {
  readonly template: (name: string, spec: ConvWeightGradientSpec, target: Target) => Kernel;
  readonly memory: (
    spec: ConvWeightGradientSpec,
    target: Target,
  ) => { readonly shared?: number; readonly scratch: number };
  readonly error: number;
}

const plain: Algorithm = { template: convWeightGradient, memory: convWeightGradientMemory, error: 1e-6 };
/** 2^-24 · 8.19 · 9, as test/kernels/winograd.test.ts has it for F(4, 3); F(2, 5) is more exact. */
const winograd = (line: Line): Algorithm => ({
  template: (name, spec, target) => winogradWeightGradient(name, { ...spec, line }, target),
  memory: (spec, target) => winogradWeightGradientMemory({ ...spec, line }, target),
  error: 4.4e-6,
});
const lines = [
  { results: 4, filter: 3 },
  { results: 2, filter: 5 },
] as const;

const usual: Case = {
  depth: 3,
  share: 8,
  groups: 1,
  output: [6, 6],
  kernel: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
  rest: [0, 0],
  between: 0,
  flip: false,
  images: 2,
};

const special: readonly (readonly [string, Case])[] = [
  ['many images', { ...usual, depth: 1, share: 3, output: [3, 3], images: 150 }],
  ['more pixels than are added at once', { ...usual, depth: 2, share: 5, output: [30, 21], images: 2 }],
  ['long rows', { ...usual, kernel: [1, 3], output: [2, 600], padding: [0, 1] }],
  ['columns in pieces', { ...usual, depth: 8, share: 44, output: [4, 4], images: 20 }],
  ['depthwise, of 25 taps', { ...usual, depth: 1, share: 1, groups: 11, kernel: [5, 5], padding: [2, 2] }],
];

describe.each(stepTargets)('in %s', (_, target) => {
  test('convolutions', () => {
    fc.assert(
      fc.property(cases, (one) => checkConv(one, target)),
      runs(60),
    );
  });
  test.each(special)('convolutions: %s', (_name, one) => checkConv(one, target));

  describe.skipIf(target.lanes === 1).each(lines)(
    "convolutions, by Winograd's algorithm (needs vectors): $filter taps",
    (line) => {
      const kernel = [line.filter, line.filter] as const;
      test('of any size', () => {
        const tiled = cases.map((one): Case => ({ ...one, groups: 1, kernel, stride: [1, 1], dilation: [1, 1] }));
        fc.assert(
          fc.property(tiled, (one) => checkConv(one, target, winograd(line))),
          runs(20),
        );
      });
      test.each([
        ['many images', { ...usual, images: 150 }],
        ['whole tiles', { ...usual, depth: 13, share: 21, output: [8, 12], padding: [0, 0] }],
        ['more tiles than a block has', { ...usual, depth: 13, share: 23, output: [13, 10], images: 40 }],
      ] as const)('%s', (_name, one) => checkConv({ ...one, kernel }, target, winograd(line)));
    },
  );

  test('dense layers', () => {
    const geometry = fc.record({
      channels: fc.integer({ min: 1, max: 15 }),
      size: fc.oneof(fc.constant([1, 1] as const), pair(1, 3)),
      between: fc.oneof(fc.constant(0), fc.constant(2)),
      outputs: fc.integer({ min: 1, max: 21 }),
      images: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(256, 257, 600)),
    });
    fc.assert(
      fc.property(geometry, (one) => checkDense(one, target)),
      runs(40),
    );
  });
  test.each([
    { channels: 521, size: [1, 1], between: 0, outputs: 66, images: 3 },
    { channels: 64, size: [3, 3], between: 0, outputs: 65, images: 258 },
  ] as const)('a large dense layer: %o', (one) => checkDense(one, target));
});
