// A value of any shape as planes of numbers, which can be drawn.

import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { sizeOf } from '../../../compiler/ir/tensor-type.ts';

export interface Planes {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** What one of them is called: `channel`, `feature`. */
  readonly unit: 'channel' | 'feature' | 'tokens';
}

/** A map [C,H,W] has a plane per channel, features [F] one of a single number each, tokens [L,F] one. */
export function planesOf(shape: Shape): Planes {
  if (shape.length === 3) return { count: shape[0]!, rows: shape[1]!, columns: shape[2]!, unit: 'channel' };
  if (shape.length === 2) return { count: 1, rows: shape[0]!, columns: shape[1]!, unit: 'tokens' };
  return { count: sizeOf(shape), rows: 1, columns: 1, unit: 'feature' };
}

/** The numbers of one of them, row-major. */
export function planeAt(values: Float32Array, { rows, columns }: Planes, index: number): Float32Array {
  return values.subarray(index * rows * columns, (index + 1) * rows * columns);
}
