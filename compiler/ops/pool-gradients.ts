// What pooling windows share when they are walked backwards.

import type { TensorType } from '../ir/tensor-type.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Tensor } from '../ir/operator.ts';
import { batchOf } from './tensors.ts';

/** A window along one axis: the pixels of the image from `start` up to, not including, `end`, `step` apart (default: 1). */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly step?: number;
}

/** Calls `visit` for each window of each plane, with its result's index, and the index of the plane's first pixel. */
export function eachWindow(
  dy: Tensor,
  type: TensorType,
  size: readonly [number, number],
  [rows, columns]: readonly [(index: number) => Span, (index: number) => Span],
  visit: (result: number, plane: number, rows: Span, columns: Span) => void,
): void {
  const [channels, oh, ow] = type.shape as [number, number, number];
  for (let plane = 0; plane < batchOf(dy, type) * channels; plane += 1) {
    for (let at = 0; at < oh * ow; at += 1) {
      visit(plane * oh * ow + at, plane * sizeOf(size), rows(Math.floor(at / ow)), columns(at % ow));
    }
  }
}

/**
 * The pixel that gives a window its maximum: the first of equal ones. NaN is larger than any number, and the last one counts, as in
 * PyTorch.
 */
export function indexOfMaximum(data: Float64Array, width: number, plane: number, rows: Span, columns: Span): number {
  let best = plane + rows.start * width + columns.start;
  let largest = -Infinity;
  for (let iy = rows.start; iy < rows.end; iy += rows.step ?? 1) {
    for (let ix = columns.start; ix < columns.end; ix += columns.step ?? 1) {
      const at = plane + iy * width + ix;
      const value = data[at]!;
      if (!(value > largest) && !Number.isNaN(value)) continue;
      [best, largest] = [at, value];
    }
  }
  return best;
}
