// Whether an output is a list of scores of classes, and what they are where nobody says it.

import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import type { Scores } from '../../runtime/abi.ts';
import type { OutputMeaning } from './output-meaning.ts';

interface Output extends OutputMeaning {
  /** Without the batch axis. */
  readonly shape: Shape;
}

/** Flat outputs of at least two numbers may be: [10], [10, 1, 1]. They are not where the network says something else of them. */
export const givesClasses = ({ shape, answers = 'classes' }: Output): boolean =>
  answers === 'classes' && shape.length > 0 && shape[0]! > 1 && sizeOf(shape) === shape[0];

/**
 * Whether the numbers of an output are shown as classes. They are where the network says so, or somebody who asks for the likeliest; where
 * nothing says what they are, pictures are usually classified, and probabilities are those of classes.
 */
export function showsClasses(
  output: Output,
  values: Float32Array,
  { isAsked, ofPictures }: { readonly isAsked: boolean; readonly ofPictures: boolean },
): boolean {
  if (isAsked) return givesClasses({ shape: output.shape });
  if (!givesClasses(output)) return false;
  return output.answers !== undefined || ofPictures || guessScores(values) === 'softmax';
}

/** A compiled module does not say what its last step is; probabilities add up to 1. */
export function guessScores(values: Float32Array): Scores {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.every((value) => value >= 0) && Math.abs(sum - 1) < 1e-4 ? 'softmax' : 'raw';
}
