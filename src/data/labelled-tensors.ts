// A labelled data set whose examples are no pictures, but numbers: a tensor for each input of a network, as they are.

import { type Shape, formatShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import { described } from '../../runtime/values.ts';
import { InputError, printable } from './input-error.ts';
import { type ClassOptions, type LabelledImages, type Targets, checkIndex, checkedLabels } from './labelled-images.ts';
import { readNpy } from './npy.ts';
import { readWeightsFile } from './weights-file.ts';

/** Tensors of `count` examples by the names of the inputs, [count, …shape] each. */
export type GivenTensors = Readonly<Record<string, { readonly shape: Shape; readonly values: ArrayLike<number> }>>;

/**
 * Examples that are given to the inputs as they are: nothing is scaled, resized or augmented. `labels` has a class of each, unless
 * `withTargets` or `withNamedTargets` says what they are asked. Throws `InputError` for numbers that are not finite, or not as many as a
 * shape says.
 */
export function labelledTensors(
  count: number,
  inputs: GivenTensors,
  labels?: ArrayLike<number>,
  options: ClassOptions = {},
): LabelledImages {
  if (!(Number.isInteger(count) && count > 0))
    throw new InputError(`there are ${String(count)} examples; expected a whole number from 1 on`);
  if (labels !== undefined && labels?.length !== count)
    throw new InputError(`there are ${count} examples but ${labels?.length ?? 'no'} labels`);
  const entries = Object.entries(inputs ?? {}).map(([name, tensor]): [string, Targets] => {
    checkTensor(count, name, tensor);
    const { shape, values } = tensor;
    return [name, { shape, values: values instanceof Float32Array ? values : Float32Array.from(values) }];
  });
  if (entries.length === 0) throw new InputError('there is no tensor; expected one for each input of the network');
  const sizes = entries.map(([, { shape }]) => sizeOf(shape));
  const numberCount = sizes.reduce((sum, size) => sum + size, 0);
  return {
    count,
    ...checkedLabels(count, labels ?? new Uint8Array(count), options),
    ...{ channels: 1, height: 1, width: Float32Array.BYTES_PER_ELEMENT * numberCount },
    inputs: new Map(entries),
    image(index) {
      checkIndex(index, count);
      const numbers = new Float32Array(numberCount);
      let start = 0;
      entries.forEach(([, { values }], at) => {
        const size = sizes[at]!;
        numbers.set(values.subarray(index * size, (index + 1) * size), start);
        start += size;
      });
      return new Uint8Array(numbers.buffer);
    },
  };
}

/** Throws `InputError` unless they are numbers that are finite in f32, too, as many as the shape says. */
function checkTensor(count: number, name: string, given: unknown): void {
  const { shape, values } = Object(given) as Partial<GivenTensors[string]>;
  const isShape = Array.isArray(shape) && shape.every((extent) => Number.isInteger(extent) && extent > 0);
  if (!isShape)
    throw new InputError(
      `${calledOf(name)}: expected { shape, values }, where the shape lists the extents of one example, such as [12, 64, 64]`,
    );
  const size = sizeOf(shape);
  if (values?.length !== count * size)
    throw new InputError(
      `${calledOf(name)}: ${count} examples of shape ${formatShape(shape)} are ${count * size} numbers, but there are ${values?.length ?? 'none'}`,
    );
  // There may be many: a callback for each takes seconds.
  for (let at = 0; at < values.length; at++) {
    const value: unknown = values[at];
    if (typeof value === 'number' && Number.isFinite(Math.fround(value))) continue;
    throw new InputError(
      `number ${at % size} of example ${Math.floor(at / size)} is ${foundIn(value)} in ${calledOf(name)}; expected finite numbers, of up to 3.4e38`,
    );
  }
}

const foundIn = (value: unknown): string => (typeof value === 'number' ? String(value) : described(value));

/** Stands for the name of an input where a network has only one. */
export const theInput = '';

interface Tensors {
  readonly count: number;
  readonly inputs: GivenTensors;
}

/** The tensor of an npy file, [count, …]. Throws `InputError`. */
export const readTensor = (npy: Uint8Array): Tensors => tensorsOf([{ name: theInput, ...readNpy(npy) }]);

/** The tensors of a file by their names, [count, …] each. Throws `InputError`. */
export const readTensors = (file: Uint8Array): Tensors => tensorsOf(readWeightsFile(file).tensors);

function tensorsOf(
  tensors: readonly { readonly name: string; readonly shape: Shape; readonly data: Float32Array }[],
): Tensors {
  const count = tensors[0]?.shape[0] ?? 0;
  const inputs = tensors.map((tensor) => {
    const { shape, data } = tensor;
    if (shape.length === 0 || shape[0] !== count)
      throw new InputError(
        `${calledOf(tensor.name)} is ${formatShape(shape)}; expected [${count === 0 ? 'count' : count}, …], what an input gets of each example`,
      );
    if (shape.slice(1).includes(0))
      throw new InputError(
        `${calledOf(tensor.name)} is ${formatShape(shape)}, without a number; expected what an input gets of each example`,
      );
    return [tensor.name, { shape: shape.length === 1 ? [1] : shape.slice(1), values: data }] as const;
  });
  return { count, inputs: Object.fromEntries(inputs) };
}

const calledOf = (name: string): string => (name === theInput ? 'the tensor' : printable(name));
