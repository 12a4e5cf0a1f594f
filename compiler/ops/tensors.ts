// Tensors as the reference implementations see them.

import type { Tensor } from '../ir/operator.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';

/** Images in the batch of an operand; 1 when it has no batch axis. */
export function batchOf(tensor: Tensor, type: TensorType): number {
  return type.batched ? tensor.shape[0]! : 1;
}

/** A result for `batch` images of `shape`, with a batch axis if `batched`. */
export function allocate(shape: Shape, batch: number, batched: boolean): Tensor {
  return { shape: batched ? [batch, ...shape] : shape, data: new Float64Array(sizeOf(shape) * (batched ? batch : 1)) };
}

/** Like `allocate`, for an operator whose first operand decides the batch. */
export function allocateLike(operand: Tensor, type: TensorType, shape: Shape): Tensor {
  return allocate(shape, batchOf(operand, type), type.batched);
}

/** Matrices [rows, columns], one after the other, transposed: x [B,rows,columns] → y [B,columns,rows]. */
export function transposeMatrices(x: Float64Array, y: Float64Array, rows: number, columns: number): void {
  const size = rows * columns;
  for (let at = 0; at < x.length; at += 1) {
    const [row, column] = [Math.floor((at % size) / columns), at % columns];
    y[at - (at % size) + column * rows + row] = x[at]!;
  }
}

/** The same numbers in another shape. */
export function reshaped(operand: Tensor, type: TensorType, shape: Shape): Tensor {
  return { shape: type.batched ? [operand.shape[0]!, ...shape] : shape, data: operand.data.slice() };
}
