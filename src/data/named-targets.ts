// Answers to the outputs of a network by their names, as networks with several losses have them: a file of named tensors beside the
// pictures, safetensors or NumPy's npz, or arrays.

import { type Shape, formatShape } from '../../compiler/ir/tensor-type.ts';
import { InputError, printable } from './input-error.ts';
import { type LabelledImages, type Targets, checkTargets, joined, withValues } from './labelled-images.ts';
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
  const { named: _, ...others } = images;
  return withValues(others, joined(images.count, parts));
}
