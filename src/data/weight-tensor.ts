// What every reader of weights gives: named tensors in the order of their file, converted to f32 when first read.

import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { InputError, printable } from './input-error.ts';
import type { ElementType } from './numeric.ts';

export interface WeightTensor {
  readonly name: string;
  readonly shape: Shape;
  /** As safetensors names it: `F32`, or any other type, known or not. */
  readonly dtype: string;
  /** Row-major; converted when first read, which throws `InputError` for types without a conversion. An F32 tensor may be a view of the file's bytes. */
  readonly data: Float32Array;
}

export interface WeightsFile {
  /** In the order of their data; in that of its dictionary for a file of PyTorch. */
  readonly tensors: readonly WeightTensor[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** The types in which weights may be stored. */
export const weightDtypes: ReadonlySet<string> = new Set(['F64', 'F32', 'F16', 'BF16']);

/** Types that can be converted to f32, by their names in safetensors. */
export const weightTypes: ReadonlyMap<string, ElementType> = new Map([
  ['F64', 'f8'],
  ['F32', 'f4'],
  ['F16', 'f2'],
  ['BF16', 'bf2'],
  ['I64', 'i8'],
  ['I32', 'i4'],
  ['I16', 'i2'],
  ['I8', 'i1'],
  ['U64', 'u8'],
  ['U32', 'u4'],
  ['U16', 'u2'],
  ['U8', 'u1'],
  ['BOOL', 'u1'],
]);

/** A tensor whose elements `read` gives, once, when they are first wanted. */
export function lazyTensor(
  name: string,
  shape: Shape,
  dtype: string,
  read: (type: ElementType) => Float32Array,
): WeightTensor {
  let converted: Float32Array | undefined;
  return {
    name,
    dtype,
    shape,
    get data() {
      const type = weightTypes.get(dtype);
      if (!type) {
        const known = [...weightTypes.keys()].join(', ');
        throw new InputError(
          `the data type of ${printable(name)} is ${printable(dtype.slice(0, 24))}; those that can be read are ${known}`,
        );
      }
      return (converted ??= read(type));
    },
  };
}
