// A tensor with its axes in another order.

import type { Tensor } from '../ir/operator.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import { allocateLike, batchOf } from './tensors.ts';

/** Axis i of the result is axis `axes[i]` of the operand, the batch axis not counted. */
export function permuted(x: Tensor, type: TensorType, axes: readonly number[]): Tensor {
  const { shape } = type;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  const y = allocateLike(
    x,
    type,
    axes.map((axis) => shape[axis]!),
  );
  const size = y.data.length / batchOf(x, type);
  for (let at = 0; at < y.data.length; at += 1) {
    let [rest, from] = [at % size, at - (at % size)];
    for (const axis of axes.toReversed()) {
      from += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    y.data[at] = x.data[from]!;
  }
  return y;
}
