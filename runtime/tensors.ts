// Checks on the arrays a caller passes to a compiled network; every message names what was found and expected.

import type { TensorSpec } from './abi.ts';
import { described, isFloats } from './values.ts';

export function elementsOf({ shape }: Pick<TensorSpec, 'shape'>): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Number of images in `array`, from its length; 1 of what there is once. Throws TypeError or RangeError. */
export function batchOf(array: unknown, spec: TensorSpec): number {
  const expected = `[${spec.once ? '' : 'N, '}${spec.shape.join(', ')}]`;
  if (!isFloats(array)) {
    throw new TypeError(`${spec.name} must be a Float32Array of ${expected}; found ${described(array)}`);
  }
  const size = elementsOf(spec);
  const batch = array.length / size;
  if (batch < 1 || !Number.isInteger(batch) || (spec.once && batch > 1)) {
    const length = `${spec.once ? '' : 'a multiple of '}${size}`;
    throw new RangeError(`${spec.name} has ${array.length} elements; expected ${expected}, ${length}`);
  }
  return batch;
}

/** The array the result goes to: `into` if it fits, else a new one. */
export function resultArray(into: unknown, spec: TensorSpec, batch: number): Float32Array {
  const length = (spec.once ? 1 : batch) * elementsOf(spec);
  if (into === undefined) return new Float32Array(length);
  if (isFloats(into) && into.length === length) return into;
  const found = isFloats(into) ? `${into.length} elements` : described(into);
  throw new RangeError(
    `into for ${spec.name} must be a Float32Array of ${length} elements ([${spec.once ? '' : `${batch}, `}${spec.shape.join(', ')}]); found ${found}`,
  );
}
