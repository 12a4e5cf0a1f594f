// The loops that pack weights: what each steps through in the source and in the target, and in which order they are nested.

import type { Target } from '../templates/target.ts';

export interface Axis {
  readonly count: number;
  readonly stride: number;
}

/** A loop of a packing. */
export interface PackedAxis extends Axis {
  /** Stride in the target. */
  readonly to: number;
}

/** Without axes of one element, neighbours joined where one continues the other. */
export function simplified(axes: readonly PackedAxis[]): readonly PackedAxis[] {
  const result: PackedAxis[] = [];
  for (const axis of axes) {
    if (axis.count === 1) continue;
    const outer = result.at(-1);
    if (outer && outer.stride === axis.stride * axis.count && outer.to === axis.to * axis.count)
      result[result.length - 1] = { ...axis, count: outer.count * axis.count };
    else result.push(axis);
  }
  return result;
}

/** The axes with the strides of a dense target whose elements are `size` wide. */
export function dense(axes: readonly Axis[], size = 1): readonly PackedAxis[] {
  let to = size;
  return axes
    .toReversed()
    .map((axis) => {
      const own = { ...axis, to };
      to *= axis.count;
      return own;
    })
    .toReversed();
}

/** Whether what is innermost lies side by side in both, in whole vectors. */
export function hasRuns(axes: readonly PackedAxis[], { lanes }: Target): boolean {
  const last = axes.at(-1);
  return lanes > 1 && last?.stride === 1 && last.to === 1 && last.count % lanes === 0;
}

/** Runs in the order in which they are read: large weights are read from memory once, and written in pieces of a cache line or more. */
export function inReadingOrder(axes: readonly PackedAxis[]): readonly PackedAxis[] {
  return [...axes.slice(0, -1).toSorted((a, b) => Math.abs(b.stride) - Math.abs(a.stride)), axes.at(-1)!];
}

/** Numbers of a row that is read at once. */
const tileLength = 64;

/**
 * A transposition, in which the axis that is read side by side is not the innermost one, tile by tile: lines of the cache are read as a
 * whole, where those that lie a power of two apart would drive one another out.
 */
export function inTiles(axes: readonly PackedAxis[]): readonly PackedAxis[] {
  const row = axes.slice(0, -1).find(({ stride }) => stride === 1);
  if (!row || axes.at(-1)!.to !== 1) return axes;
  const length = Array.from({ length: tileLength }, (_, i) => tileLength - i).find((size) => row.count % size === 0)!;
  const tiles = { count: row.count / length, stride: length, to: length * row.to };
  const others = axes.slice(0, -1).filter((axis) => axis !== row);
  return simplified([...others, tiles, axes.at(-1)!, { ...row, count: length }]);
}
