// The tensors that lie in the file: weights in the arrangements that ONNX's operators read, and what these take as inputs.

import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { dataTypes } from '../../onnx/file/messages.ts';

/** The form of an initializer that `create` takes. */
export interface TensorInit {
  readonly name: string;
  readonly dims: bigint[];
  readonly dataType: number;
  /** Little-endian. */
  readonly rawData: Uint8Array;
}

/** f32; shares the memory of `data`. */
export function floatTensor(name: string, dims: readonly number[], data: Float32Array): TensorInit {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dims: dims.map(BigInt), dataType: dataTypes.float, rawData };
}

/** A vector of int64. */
export function intTensor(name: string, values: readonly number[]): TensorInit {
  const { buffer } = BigInt64Array.from(values, BigInt);
  return { name, dims: [BigInt(values.length)], dataType: dataTypes.int64, rawData: new Uint8Array(buffer) };
}

/** [rows, columns] → [columns, rows] */
export function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) result[column * rows + row] = data[row * columns + column]!;
  }
  return result;
}

/** Each window [KH, KW] turned by half a turn: what strict convolution slides, as cross-correlation does. */
export function flipped(data: Float32Array, kernel: readonly [number, number]): Float32Array {
  const taps = sizeOf(kernel);
  return data.map((_, at) => data[at - (at % taps) + (taps - 1 - (at % taps))]!);
}

/** Each window [KH, KW] as one of more `taps`: zeros below and to its right. */
export function widened(
  data: Float32Array,
  [rows, columns]: readonly [number, number],
  taps: readonly [number, number],
): Float32Array {
  const result = new Float32Array((data.length / (rows * columns)) * sizeOf(taps));
  for (let line = 0; line < data.length / columns; line += 1) {
    const from = (Math.floor(line / rows) * taps[0] + (line % rows)) * taps[1];
    result.set(data.subarray(line * columns, (line + 1) * columns), from);
  }
  return result;
}
