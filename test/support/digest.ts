// What a fixture of PyTorch keeps of a result, see test/fixtures/pytorch/formula.py, and how far another result is from it.

import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';

export interface Digest {
  /** Without the batch axis. */
  readonly shape: Shape;
  /** max |y| */
  readonly largest: number;
  readonly mean: number;
  /** Evenly from the first to the last, of all images together. */
  readonly elements: readonly number[];
}

/** The largest difference, as a part of max |y|; Infinity where the number of elements differs. */
export function distance({ shape, largest, mean, elements }: Digest, images: number, data: ArrayLike<number>): number {
  if (data.length !== images * sizeOf(shape)) return Infinity;
  const own = Array.from(data).reduce((sum, value) => sum + value, 0) / data.length;
  const last = elements.length - 1;
  const differences = elements.map((value, i) =>
    Math.abs(value - data[Math.floor((i * (data.length - 1)) / Math.max(1, last))]!),
  );
  return Math.max(...differences, Math.abs(own - mean)) / largest;
}

/** Several outputs as one, image by image, as PyTorch joins them when they are flattened. */
export function joined(outputs: readonly ArrayLike<number>[], images: number): readonly number[] {
  const part = (data: ArrayLike<number>, image: number): readonly number[] => {
    const size = data.length / images;
    return Array.from({ length: size }, (_, i) => data[image * size + i]!);
  };
  return Array.from({ length: images }, (_, image) => outputs.map((data) => part(data, image)).flat()).flat();
}
