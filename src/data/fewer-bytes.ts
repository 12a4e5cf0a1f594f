// Tensors that a safetensors file has in fewer bytes than f32, as src/weights/stored.ts writes them: I8 with a scale for each index
// of the first axis beside it, and halves with their bytes apart.

import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { fromHalves, joinedPlanes, scaled } from '../../runtime/weights.ts';
import { InputError, printable } from './input-error.ts';
import { lazyTensor } from './weight-tensor.ts';
import type { WeightTensor } from './weight-tensor.ts';

/** A tensor as the file has it. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
  /** Whose length agrees with type and shape. */
  readonly bytes: Uint8Array;
}

/** Those that are stored so become one of F32 each, which is computed when it is first read; all others are left. */
export function inFull(
  stored: readonly StoredTensor[],
  planes: string | undefined,
  plain: (tensor: StoredTensor) => WeightTensor,
): readonly WeightTensor[] {
  const byName = new Map(stored.map((tensor) => [tensor.name, tensor]));
  const scales = new Set<StoredTensor>();
  const tensors = stored.map((tensor) => {
    const { name, dtype, shape, bytes } = tensor;
    if (dtype === 'U8' && shape[0] === 2 && (planes === 'F16' || planes === 'BF16'))
      return { tensor, full: full(name, shape.slice(1), () => fromHalves(joinedPlanes(bytes), planes)) };
    const scale = byName.get(`${name}.scale`);
    if (dtype !== 'I8' || scale === undefined) return { tensor };
    scales.add(scale);
    return { tensor, full: full(name, shape, () => withScale(tensor, scale, plain)) };
  });
  return tensors.filter(({ tensor }) => !scales.has(tensor)).map((one) => one.full ?? plain(one.tensor));
}

const full = (name: string, shape: Shape, read: () => Float32Array): WeightTensor =>
  lazyTensor(name, shape, 'F32', read);

/** Throws `InputError` for a scale of another type or length. */
function withScale(
  { name, shape, bytes }: StoredTensor,
  scale: StoredTensor,
  plain: (tensor: StoredTensor) => WeightTensor,
): Float32Array {
  const rows = shape[0] ?? 1;
  if (scale.dtype !== 'F32' || scale.shape.length !== 1 || scale.shape[0] !== rows) {
    const found = `${printable(scale.dtype.slice(0, 24))} [${scale.shape.join(', ')}]`;
    throw new InputError(
      `${printable(name)} is stored as I8, and ${printable(scale.name)} is ${found}; expected F32 [${rows}]`,
    );
  }
  return scaled(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), plain(scale).data);
}
