// The gradient of a convolution by its input, as products that are added where they meet, against the operator's reference in f64.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../compiler/ir/operator.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { convInputGradient as reference } from '../../compiler/ops/conv-input-gradient.ts';
import { convInputGradient, convInputGradientScratch } from '../../compiler/templates/conv-input-gradient.ts';
import type { Slice } from '../../compiler/templates/geometry.ts';
import { packedLength, panelsOf, registerBlock } from '../../compiler/templates/register-block.ts';
import type { Target } from '../../compiler/templates/target.ts';
import { centred } from '../support/formula.ts';
import { runs } from '../support/runs.ts';
import { arenaOf, placesOf, runTemplate, stepTargets } from '../support/template-run.ts';

interface Case {
  /** Channels of x and y. */
  readonly channels: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly padding: readonly [number, number];
  /** Rows and columns of y. */
  readonly size: readonly [number, number];
  /** Rows and columns of x at the bottom and right that no window sees, or, below zero, of padding. */
  readonly rest: readonly [number, number];
  /** Elements between the channels of a pixel and the next pixel. */
  readonly between: number;
  readonly images: number;
}

const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const cases: fc.Arbitrary<Case> = fc
  .record({
    channels: pair(1, 20),
    kernel: pair(1, 5),
    padding: pair(0, 4),
    size: pair(1, 7),
    rest: pair(-4, 2),
    between: fc.integer({ min: 0, max: 3 }),
    images: fc.integer({ min: 1, max: 3 }),
  })
  .filter(({ kernel, padding, size, rest }) =>
    [0, 1].every((axis) => {
      const [taps, before, after] = [kernel[axis]!, padding[axis]!, rest[axis]!];
      return before < taps && -after < taps && size[axis]! + taps - 1 - before + after > 0;
    }),
  );

/** w [O, C, KH, KW] → [KH·KW][C panels][O][panel] */
function packedFilters(w: ArrayLike<number>, { channels: [inputs, outputs], kernel }: Case, target: Target) {
  const { columns } = registerBlock(target);
  const { full, width, lastWidth } = panelsOf(inputs, columns, target.lanes);
  const taps = kernel[0] * kernel[1];
  const length = packedLength(outputs, inputs, columns, target.lanes);
  const packed = new Float32Array(taps * length);
  for (let tap = 0; tap < taps; tap += 1)
    for (let o = 0; o < outputs; o += 1)
      for (let c = 0; c < inputs; c += 1) {
        const panel = Math.floor(c / width);
        const stride = panel < full ? width : lastWidth;
        packed[tap * length + panel * width * outputs + o * stride + (c % width)] = w[(o * inputs + c) * taps + tap]!;
      }
  return packed;
}

function check(one: Case, target: Target): void {
  const { channels, kernel, padding, size, rest, between, images } = one;
  const sliceOf = (count: number, height: number, width: number): Slice => ({
    channels: count,
    height,
    width,
    pixelStride: count + between,
    imageStride: height * width * (count + between) + 5,
  });
  const extent = (axis: 0 | 1): number => size[axis] + kernel[axis] - 1 - padding[axis] + rest[axis];
  const [input, output] = [sliceOf(channels[1], ...size), sliceOf(channels[0], extent(0), extent(1))];
  const dy = centred(1, images * channels[1] * size[0] * size[1], 1);
  const w = centred(2, channels[0] * channels[1] * kernel[0] * kernel[1], 1);
  const arena = arenaOf();
  const [from, to] = [arena.map(input, images, dy), arena.map(output, images)];
  const spec = { input, output, kernel, padding, epilogue: [] };
  const found = runTemplate({
    kernel: convInputGradient('gradient', spec, target),
    target,
    arena,
    weights: packedFilters(w, one, target),
    scratch: convInputGradientScratch(spec),
    parameters: [from, 0, to, images],
    places: placesOf(output, images, to),
  });
  const tensor = (shape: readonly number[], data: Float32Array): Tensor => ({ shape, data: Float64Array.from(data) });
  const attributes = {
    channels: channels[0],
    size: [output.height, output.width],
    kernel,
    padding: [...padding, Math.max(0, -rest[0]), Math.max(0, -rest[1])],
    stride: [1, 1],
    dilation: [1, 1],
    groups: 1,
    mode: 'cross_correlation',
  };
  const operands = [tensor([images, channels[1], ...size], dy), tensor([channels[1], channels[0], ...kernel], w)];
  const [expected] = reference.reference(operands, attributes, [tensorType([channels[1], ...size])]);
  // A sum of n terms of at most 1 whose signs differ is near √n, and its roundings are parts of that.
  const tolerance = 1e-6 * Math.sqrt(channels[1] * kernel[0] * kernel[1]);
  found.forEach((value, i) => {
    if (!(Math.abs(value - expected!.data[i]!) <= tolerance)) expect(value, `element ${i}`).toBe(expected!.data[i]);
  });
}

describe.each(stepTargets.filter(([, { lanes }]) => lanes > 1))('in %s', (_, target) => {
  test('any geometry', () => {
    fc.assert(
      fc.property(cases, (one) => check(one, target)),
      runs(40),
    );
  });
  test.each([
    ['more than a block of channels', { channels: [37, 9], kernel: [3, 3], size: [4, 5] }],
    ['a sum longer than a chain', { channels: [5, 600], kernel: [1, 2], size: [2, 3] }],
    ['a kernel larger than y', { channels: [6, 16], kernel: [5, 5], size: [2, 2] }],
  ] as const)('%s', (_name, one) => check({ padding: [0, 0], rest: [0, 0], between: 0, images: 2, ...one }, target));
});
