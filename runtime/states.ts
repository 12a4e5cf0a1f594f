// What a training keeps in the memory of a step from one to the next: weights, running statistics, what the optimiser keeps.

import type { StateSpec } from './abi.ts';
import { described, isFloats } from './values.ts';

export interface StateTensor extends StateSpec {
  /** A copy, row-major. */
  read(): Float32Array;
  /** Throws TypeError or RangeError for anything but a Float32Array of as many numbers, row-major. */
  write(data: Float32Array): void;
}

/** The states in `memory`, what there is once for any batch. There the first axis of a tensor lies last. */
export function stateTensors(memory: Float32Array, specs: readonly StateSpec[]): StateTensor[] {
  return specs.map((spec) => {
    const length = spec.shape.reduce((product, extent) => product * extent, 1);
    const rows = spec.shape[0] ?? 1;
    const columns = length / rows;
    const place = memory.subarray(spec.offset, spec.offset + length);
    return {
      ...spec,
      read: () => transposed(place, columns, rows),
      write(data) {
        checkTensor(data, spec);
        place.set(transposed(data, rows, columns));
      },
    };
  });
}

/** Throws TypeError or RangeError for anything but a Float32Array of as many numbers as the tensor has. */
export function checkTensor(
  data: unknown,
  { name, shape }: Pick<StateSpec, 'name' | 'shape'>,
): asserts data is Float32Array {
  const length = shape.reduce((product, extent) => product * extent, 1);
  if (!isFloats(data)) throw new TypeError(`${name} must be a Float32Array; found ${described(data)}`);
  if (data.length !== length)
    throw new RangeError(`${name} has ${data.length} numbers; expected ${length}, [${shape.join(', ')}]`);
}

/** [rows, columns] → [columns, rows] */
function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = data[row * columns + column]!;
  }
  return result;
}
