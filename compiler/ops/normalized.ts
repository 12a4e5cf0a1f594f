// Numbers minus the mean of those that are normalised together, divided by their deviation; in f64.

import type { Normalization } from '../ir/operator.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import { axesOf } from './axes.ts';

/** For each element, with the batch axis, the number of those that are normalised together. x [N,C,H,W], [N,L,C] or [N,C] */
export function groupNumbers(length: number, { shape }: TensorType, { over, groups }: Normalization): Int32Array {
  const axis = axesOf(shape, 'channels')![0]!;
  const [size, channels, inner] = [sizeOf(shape), shape[axis]!, sizeOf(shape.slice(axis + 1))];
  const perImage = over === 'channels' ? size / channels : groups;
  return Int32Array.from({ length }, (_, index) => {
    const [image, at] = [Math.floor(index / size), index % size];
    const channel = Math.floor(at / inner) % channels;
    const pixel = Math.floor(at / (inner * channels)) * inner + (at % inner);
    const group = over === 'channels' ? pixel : Math.floor(channel / (channels / groups));
    return image * perImage + group;
  });
}

/** The mean of the terms of each group, by its number. */
export function meansOf(numbers: Int32Array, term: (index: number) => number): Float64Array {
  const count = numbers.reduce((most, number) => Math.max(most, number + 1), 0);
  const [sums, lengths] = [new Float64Array(count), new Float64Array(count)];
  numbers.forEach((number, index) => {
    sums[number]! += term(index);
    lengths[number]! += 1;
  });
  return sums.map((sum, number) => sum / lengths[number]!);
}

/** For each group, by its number, what is taken from its elements and what they are multiplied with then. */
export function momentsOf(
  x: Float64Array,
  numbers: Int32Array,
  { centred, epsilon }: Normalization,
): { readonly mean: Float64Array; readonly inverse: Float64Array } {
  const mean = meansOf(numbers, (index) => (centred ? x[index]! : 0));
  const variance = meansOf(numbers, (index) => (x[index]! - mean[numbers[index]!]!) ** 2);
  return { mean, inverse: variance.map((value) => 1 / Math.sqrt(value + epsilon)) };
}

/** (x − μ) / √(σ² + ε), or x / √(mean of x² + ε) */
export function normalized(x: Float64Array, type: TensorType, normalization: Normalization): Float64Array {
  const numbers = groupNumbers(x.length, type, normalization);
  const { mean, inverse } = momentsOf(x, numbers, normalization);
  return x.map((value, index) => (value - mean[numbers[index]!]!) * inverse[numbers[index]!]!);
}
