// Layers and blocks that a training is told by name: those that learn, and those that start by chance.

import { isIn } from '../../compiler/autodiff/recipe.ts';
import { suggest } from '../../grammar/suggest.ts';
import { printable } from '../data/input-error.ts';

/** What is wrong with the name of a layer, in one sentence that begins with it; undefined where one of the `tensors` is its own. */
export function unknownLayer(layer: string, tensors: readonly string[]): string | undefined {
  if (tensors.some((name) => isIn(name, layer))) return undefined;
  const known = new Set(tensors.map((name) => name.slice(0, name.lastIndexOf('.'))));
  const near = suggest(layer, known);
  return `${printable(layer)}: no layer of that name has weights${near === undefined ? '' : `; did you mean ${near}?`}`;
}
