// What a network is asked for each image, by its loss and the shape of its output.

import type { Loss } from '../../compiler/autodiff/recipe.ts';
import { type Shape, formatShape, sameShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import { InputError } from '../data/input-error.ts';

export interface Target {
  /** `class`: its number. `scores`: 1 for its class and 0 for all others. `number`: the label. `picture`: the input itself. */
  readonly kind: 'class' | 'scores' | 'number' | 'picture';
  /** Numbers of one image. */
  readonly elements: number;
  /** Classes that the output can tell apart; absent where it tells none. */
  readonly classes?: number;
}

/**
 * Squared errors are those from 1 for the class and 0 for the others, from the label where there is one number, and from the image
 * itself where the output has its shape. Throws `InputError` for any other shape.
 */
export function targetOf(loss: Loss, input: Shape, output: Shape, name: string): Target {
  const elements = sizeOf(output);
  if (loss.kind === 'cross_entropy') return { kind: 'class', elements: 1, classes: elements };
  if (sameShape(input, output)) return { kind: 'picture', elements };
  if (elements === output[0]) return elements === 1 ? { kind: 'number', elements } : scores(elements);
  throw new InputError(
    `${name} gives ${formatShape(output)}; mean_squared_error of labelled images takes a number for each class, one number, or the shape of the input`,
  );
}

const scores = (elements: number): Target => ({ kind: 'scores', elements, classes: elements });

/** The targets of images with these labels; `images` are their tensors. */
export function targetsOf({ kind, elements }: Target, labels: Int32Array, images: Float32Array): Float32Array {
  if (kind === 'picture') return images.slice();
  if (kind !== 'scores') return Float32Array.from(labels);
  const targets = new Float32Array(labels.length * elements);
  labels.forEach((label, at) => (targets[at * elements + label] = 1));
  return targets;
}
