// How values of different rank lie beside each other in arithmetic: a number per channel beside maps or tokens.

import type { Shape } from '../ir/tensor-type.ts';

/** The shapes as they lie beside each other: those of one axis as that of the channels. */
export function alignedShapes(shapes: readonly Shape[]): readonly Shape[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return shapes.map((shape) => {
    if (shape.length !== 1 || rank === 1) return shape;
    const ones = Array<number>(rank - 1).fill(1);
    return rank === 2 ? [...ones, ...shape] : [...shape, ...ones];
  });
}
