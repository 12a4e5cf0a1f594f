// Answers to the outputs of a network by their names, as networks with several losses have them: a file of named tensors beside the
// pictures, safetensors or NumPy's npz, or arrays.

import { type Shape, formatShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import { InputError, printable } from './input-error.ts';
import { type LabelledImages, type Targets, checkTargets, withValues } from './labelled-images.ts';
import { readWeightsFile } from './weights-file.ts';

/**
 * The pictures with what a network is to answer to each at each output, [count, …shape]; numbers that do not count may be NaN. Throws
 * `InputError` for values that are not as many as the shape says.
 */
export function withNamedTargets(
  images: LabelledImages,
  targets: Readonly<Record<string, { readonly shape: Shape; readonly values: ArrayLike<number> }>>,
): LabelledImages {
  const named = Object.entries(targets).map(([name, { shape, values }]) => {
    checkTargets(images.count, { shape, values }, `targets of ${printable(name)}`);
    return [name, { shape, values: values instanceof Float32Array ? values : Float32Array.from(values) }] as const;
  });
  return { ...withValues(images, { shape: [1], values: new Float32Array(images.count) }), named: new Map(named) };
}

/** The pictures with the tensors of a file, each [count, …]. Throws `InputError`. */
export function readNamedTargets(images: LabelledImages, file: Uint8Array): LabelledImages {
  const { tensors } = readWeightsFile(file);
  const entries = tensors.map((tensor): [string, Targets] => {
    const { name, shape } = tensor;
    if (shape[0] !== images.count)
      throw new InputError(
        `${printable(name)} is ${formatShape(shape)}; expected [${images.count}, …], an answer to each of the ${images.count} pictures`,
      );
    return [name, { shape: shape.length === 1 ? [1] : shape.slice(1), values: tensor.data }];
  });
  return withNamedTargets(images, Object.fromEntries(entries));
}

/** Answers of several kinds as one for each picture, one behind the other. */
export function packedTargets(images: LabelledImages, parts: readonly Targets[]): LabelledImages {
  const sizes = parts.map(({ shape }) => sizeOf(shape));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const values = new Float32Array(images.count * total);
  let start = 0;
  parts.forEach((part, at) => {
    const size = sizes[at]!;
    for (let image = 0; image < images.count; image += 1)
      values.set(part.values.subarray(image * size, (image + 1) * size), image * total + start);
    start += size;
  });
  const { named: _, ...others } = images;
  return withValues(others, { shape: [total], values });
}
