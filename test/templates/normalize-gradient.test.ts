// The kernel of a normalisation's gradient against the operator's reference, in f64 and on vectors, on maps with gaps between pixels.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { normalizationGradient } from '../../compiler/ops/normalization-gradient.ts';
import type { Slice } from '../../compiler/templates/geometry.ts';
import { normalizeGradient, normalizeGradientScratch } from '../../compiler/templates/normalize-gradient.ts';
import { centred } from '../support/formula.ts';
import { runs } from '../support/runs.ts';
import { arenaOf, placesOf, runTemplate, stepTargets } from '../support/template-run.ts';

const size = fc.integer({ min: 1, max: 5 });
const cases = fc
  .record({
    over: fc.constantFrom('channels', 'map'),
    groups: fc.integer({ min: 1, max: 4 }),
    each: fc.oneof(size, fc.integer({ min: 1, max: 20 })),
    height: size,
    width: size,
    between: fc.constantFrom(0, 3),
    centred: fc.boolean(),
    images: fc.integer({ min: 1, max: 3 }),
  })
  .map((one) => ({ ...one, groups: one.over === 'channels' ? 1 : one.groups }));

describe.each(stepTargets)('in %s', (_, target) => {
  test('it is what its definition says', () => {
    fc.assert(
      fc.property(cases, ({ groups, each, height, width, between, images, ...rest }) => {
        const channels = groups * each;
        const sliceOf = (gap: number): Slice => ({
          channels,
          height,
          width,
          pixelStride: channels + gap,
          imageStride: height * width * (channels + gap) + gap,
        });
        const [map, dense] = [sliceOf(between), sliceOf(0)];
        const shape = [images, channels, height, width];
        const length = shape.reduce((a, b) => a * b, 1);
        const [dy, x] = [centred(1, length, 1), centred(2, length, 2).map((value) => value + 1)];
        const attributes = { ...rest, groups, epsilon: 0.1 } as const;
        const operands = [dy, x].map((data) => ({ shape, data: Float64Array.from(data) }));
        const type = tensorType(shape.slice(1));
        const [expected] = normalizationGradient.reference(operands, attributes, [type, type]);
        const spec = { ...attributes, upstream: map, input: dense, output: map } as const;
        const arena = arenaOf();
        const bases = [arena.map(map, images, dy), arena.map(dense, images, x), arena.map(map, images)];
        const found = runTemplate({
          kernel: normalizeGradient('gradient', spec, target),
          target,
          arena,
          scratch: normalizeGradientScratch(spec),
          parameters: [...bases, images],
          places: placesOf(map, images, bases[2]!),
        });
        const errors = found.map((value, at) => Math.abs(value - expected!.data[at]!));
        expect(Math.max(...errors)).toBeLessThan(1e-5);
      }),
      runs(40, 'gradient of normalisations'),
    );
  });
});
