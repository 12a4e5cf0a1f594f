// What random applications of operators are drawn from: shapes, mostly small, and numbers that are exact in f32.

import * as fc from 'fast-check';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import type { Shape, TensorType } from '../../compiler/ir/tensor-type.ts';

export interface Draft {
  readonly inputs: readonly TensorType[];
  readonly attributes: Attributes;
}

export const channels = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 9 }));
export const extent = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 9 }));
export const image: fc.Arbitrary<Shape> = fc.tuple(channels, extent, extent);
export const flat: fc.Arbitrary<Shape> = fc.tuple(fc.integer({ min: 1, max: 20 }));
export const tokens: fc.Arbitrary<Shape> = fc.tuple(extent, channels);
export const flow = fc.oneof(
  { weight: 2, arbitrary: image },
  { weight: 1, arbitrary: flat },
  { weight: 1, arbitrary: tokens },
);
export const few = fc.integer({ min: 1, max: 4 });
/** Maps of many channels, too, and long rows: sums of blocks, and of vectors in turn. */
export const large = fc.oneof(
  { weight: 3, arbitrary: image },
  { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 10, max: 40 }), few, few) },
  { weight: 1, arbitrary: fc.tuple(few, few, fc.integer({ min: 10, max: 40 })) },
);

export const slope = fc.double({ min: -2, max: 2, noNaN: true }).map(Math.fround);
export const exponent = fc.oneof(
  fc.integer({ min: -4, max: 6 }).map((twice) => twice / 2),
  fc.double({ min: -3, max: 3, noNaN: true }).map(Math.fround),
);
export const divisor = fc.double({ min: 0.25, max: 2, noNaN: true }).map(Math.fround);

export const on = (
  shape: fc.Arbitrary<Shape>,
  attributes: fc.Arbitrary<Attributes> = fc.constant({}),
): fc.Arbitrary<Draft> => fc.record({ inputs: shape.map((one) => [tensorType(one)]), attributes });

export const elementwise = (attributes?: fc.Arbitrary<Attributes>): fc.Arbitrary<Draft> => on(flow, attributes);
