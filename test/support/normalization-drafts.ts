// Random applications of normalisations.

import * as fc from 'fast-check';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { flat, image, large, on, tokens } from './drafts.ts';
import type { Draft } from './drafts.ts';

const someEpsilon = fc.constantFrom(1e-5, 1e-3, 0.1);

const normalizedOver = (shape: Shape): fc.Arbitrary<string> =>
  fc.constantFrom('channels', ...(shape.length < 3 ? ['features'] : []), ...(shape.length === 2 ? [] : ['map']));

const normalized = (
  shapes: fc.Arbitrary<Shape>,
  attributes: (shape: Shape) => fc.Arbitrary<Attributes>,
): fc.Arbitrary<Draft> =>
  shapes.chain((shape) => attributes(shape).map((drawn) => ({ inputs: [tensorType(shape)], attributes: drawn })));

/** Normalised over their channels, or as a whole. */
export const overAxes = normalized(fc.oneof(large, flat, tokens), (shape) =>
  fc.record({ over: normalizedOver(shape), affine: fc.boolean(), epsilon: someEpsilon }),
);

const divisorsOf = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => at + 1).filter((divisor) => count % divisor === 0);

export const inGroups = normalized(fc.oneof(large, flat), (shape) =>
  fc.record({ groups: fc.constantFrom(...divisorsOf(shape[0]!)), affine: fc.boolean(), epsilon: someEpsilon }),
);

export const ofImages = on(large, fc.record({ affine: fc.boolean(), epsilon: someEpsilon }));

export const byStatistics = on(
  fc.oneof(image, flat),
  fc.record({
    epsilon: fc.constantFrom(1e-5, 1e-3),
    affine: fc.boolean(),
    momentum: fc.constantFrom(0.1, 0.01, 0.3, 1),
  }),
);
