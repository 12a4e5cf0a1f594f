// The weights that a training starts from.

import { initialTensors } from '../../compiler/autodiff/initials.ts';
import type { Init } from '../../compiler/autodiff/recipe.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { drawn } from '../../runtime/initial.ts';

/**
 * All weights and buffers by their names, row-major: those of `start`, and the others as a compiled training draws them from this
 * seed. Throws RangeError for a tensor of `start` that the network does not have, or has of another size.
 */
export function initialise(
  graph: Graph,
  init: Init,
  seed: number,
  start: ReadonlyMap<string, Float32Array> = new Map(),
): ReadonlyMap<string, Float32Array> {
  const { parameters } = graph;
  const sizes = new Map(parameters.map(({ name, value }) => [name, sizeOf(typeOf(graph, value).shape)]));
  for (const [name, { length }] of start) {
    if (sizes.get(name) === length) continue;
    const size = sizes.get(name);
    const [called, found] = [JSON.stringify(name), `${length} numbers are given to start from`];
    throw new RangeError(
      size === undefined ? `${graph.name} has no ${called}; ${found}` : `${called} takes ${size} numbers; ${found}`,
    );
  }
  return new Map(
    initialTensors(graph, init).map((initial, at) => [
      initial.name,
      start.get(initial.name) ?? drawn(initial, at, sizes.get(initial.name)!, seed),
    ]),
  );
}
