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

/** Elements from the first one that loops read to the last. */
export const spanOf = (axes: readonly Axis[]): number =>
  axes.reduce((span, { count, stride }) => span + (count - 1) * stride, 1);

/**
 * The stride of each axis in factors, of which there is one for each `every` elements of a tensor that is read from index `from` on;
 * undefined where an axis goes from those of one to those of another and does not stay in place.
 */
export function factorStrides(axes: readonly Axis[], from: number, every: number): readonly number[] | undefined {
  const within = axes.filter(({ stride }) => stride % every !== 0);
  const reach = (sign: number): number =>
    within.reduce((sum, { count, stride }) => (stride * sign > 0 ? sum + (count - 1) * stride : sum), from % every);
  if (reach(-1) < 0 || reach(1) >= every) return undefined;
  return axes.map(({ stride }) => (stride % every === 0 ? stride / every : 0));
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

/** Numbers that are read side by side at once, at most. */
const tileLength = 64;

/**
 * A transposition, in which the axes that are read side by side are not the innermost ones, tile by tile: lines of the cache are read as a
 * whole, where those that lie a power of two apart would drive one another out.
 */
export function inTiles(axes: readonly PackedAxis[]): readonly PackedAxis[] {
  const side = axes.at(-1);
  if (side?.to !== 1) return axes;
  const others = axes.slice(0, -1);
  const run: PackedAxis[] = [];
  let length = 1;
  while (length < tileLength) {
    const next = others.findIndex(({ stride }) => stride === length);
    if (next === -1) break;
    run.unshift(...others.splice(next, 1));
    length *= run[0]!.count;
  }
  const [cut, ...rest] = run;
  if (!cut) return axes;
  const most = Math.max(1, Math.floor((tileLength * cut.count) / length));
  const count = Array.from({ length: most }, (_, i) => most - i).find((size) => cut.count % size === 0)!;
  const tiles = { count: cut.count / count, stride: cut.stride * count, to: cut.to * count };
  return simplified([...others, tiles, side, { ...cut, count }, ...rest]);
}

/** Bytes of a part of the source, at most. */
const partBytes = 2 ** 21;

/** Whether a step of the outer loop reads what lies behind that of the step before, and not too much of it to be copied. */
export const arePartsOf = ({ stride }: Axis, inner: readonly Axis[], type: 'f32' | 'i8'): boolean =>
  inner.every((axis) => axis.stride >= 0) && spanOf(inner) <= stride && stride * (type === 'i8' ? 1 : 4) <= partBytes;
