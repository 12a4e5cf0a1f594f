// The extents of the map that a value of any rank is stored as.

import { areTokens } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';

/** A map in channels-last order: rank 1 is [C], rank 3 [C, H, W]; other ranks join their middle axes. */
export interface Extents {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** The extents of a shape as a map; a vector is a map of one pixel. */
export function extentsOf(shape: Shape): Extents {
  const width = shape.length > 1 ? shape.at(-1)! : 1;
  return { channels: shape[0] ?? 1, height: shape.slice(1, -1).reduce((a, b) => a * b, 1), width };
}

/** The extents of a value as a map; tokens, which lie in memory row by row, are a row of pixels. */
export function extentsOfType(type: TensorType): Extents {
  const [length, features] = type.shape as [number, number];
  return areTokens(type) ? { channels: features, height: 1, width: length } : extentsOf(type.shape);
}
