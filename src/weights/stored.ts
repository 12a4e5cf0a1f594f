// Weights in fewer bytes, for a file that is downloaded: halves with their bytes apart, or whole numbers with scales.
// runtime/weights.ts makes f32 of them again, when a module loads them; docs/weights.md says how much each saves.

import { bf16 } from '../../runtime/bf16.ts';
import type { FileTensor } from '../../runtime/write-safetensors.ts';
import { half } from './half.ts';

/** What weights are stored in. */
export const storedTypes = ['f32', 'f16', 'bf16', 'int8'] as const;
export type StoredType = (typeof storedTypes)[number];

export interface StoredWeights {
  readonly tensors: readonly FileTensor[];
  readonly metadata: readonly (readonly [key: string, value: string])[];
}

interface Weights extends FileTensor {
  readonly data: Float32Array;
}

/**
 * Tensors of two axes or more in that type, those with numbers that it cannot have, and where it saves nothing, as they are. For
 * `int8` there is `NAME.scale` beside `NAME`; tensors of four bytes come first, so that all are aligned.
 */
export function storedWeights(tensors: readonly Weights[], type: StoredType): StoredWeights {
  if (type === 'f32') return { tensors, metadata: [] };
  const names = new Set(tensors.map(({ name }) => name));
  const stored = tensors.flatMap((tensor) => {
    const isMap = tensor.shape.length > 1 && tensor.data.every(Number.isFinite);
    if (!isMap || (type === 'int8' && names.has(`${tensor.name}.scale`))) return [tensor];
    return (type === 'int8' ? coded(tensor) : planes(tensor, type === 'f16' ? half : bf16)) ?? [tensor];
  });
  const inOrder = stored.toSorted((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  return { tensors: inOrder, metadata: type === 'int8' ? [] : [['cnnc.planes', type.toUpperCase()]] };
}

/**
 * U8 [2, …shape]: the upper bytes of all halves, then the lower ones. Exponents together pack 4 to 10 % better in gzip and brotli.
 * Undefined where a number is too large.
 */
function planes({ name, shape, data }: Weights, halfOf: (value: number) => number): FileTensor[] | undefined {
  const bytes = new Uint8Array(2 * data.length);
  for (let at = 0; at < data.length; at += 1) {
    const bits = halfOf(data[at]!);
    if ((bits & 0x7fff) === (halfOf === half ? 0x7c00 : 0x7f80)) return undefined;
    bytes[at] = bits >> 8;
    bytes[data.length + at] = bits & 255;
  }
  return [{ name, shape: [2, ...shape], data: bytes }];
}

/** Codes from −127 to 127 and a scale for each index of the first axis: w ≈ code · scale. Undefined where that is no smaller. */
function coded({ name, shape, data }: Weights): FileTensor[] | undefined {
  const rows = shape[0]!;
  const row = data.length / rows;
  if (!(data.length + 4 * rows < 4 * data.length)) return undefined;
  const codes = new Int8Array(data.length);
  const scale = new Float32Array(rows);
  for (let index = 0; index < rows; index += 1) {
    let largest = 0;
    for (let at = index * row; at < (index + 1) * row; at += 1) largest = Math.max(largest, Math.abs(data[at]!));
    // Not zero, also where all of them nearly are.
    scale[index] = Math.fround(largest / 127) || 1;
    for (let at = index * row; at < (index + 1) * row; at += 1)
      codes[at] = Math.max(-127, Math.min(127, Math.round(data[at]! / scale[index]!)));
  }
  return [
    { name: `${name}.scale`, shape: [rows], data: scale },
    { name, shape, data: codes },
  ];
}
