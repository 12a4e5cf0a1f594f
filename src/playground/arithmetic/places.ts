// Places in row-major arrays.

import type { Shape } from '../../../compiler/ir/tensor-type.ts';

/** The index along each axis of the element `at`. */
export function placeOf(at: number, shape: Shape): readonly number[] {
  let rest = at;
  return shape
    .toReversed()
    .map((extent) => {
      const index = rest % extent;
      rest = Math.floor(rest / extent);
      return index;
    })
    .toReversed();
}

/** The reverse of `placeOf`. */
export function indexOf(place: readonly number[], shape: Shape): number {
  return shape.reduce((at, extent, axis) => at * extent + place[axis]!, 0);
}
