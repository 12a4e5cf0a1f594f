// The weights that a training starts from.

import { initialTensors } from '../../compiler/autodiff/initials.ts';
import type { Init } from '../../compiler/autodiff/recipe.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { drawn } from '../../runtime/initial.ts';

/** All weights and buffers by their names, row-major: the same as a compiled training draws from this seed. */
export function initialise(graph: Graph, init: Init, seed: number): ReadonlyMap<string, Float32Array> {
  const { parameters } = graph;
  return new Map(
    initialTensors(graph, init).map((initial, at) => [
      initial.name,
      drawn(initial, at, sizeOf(typeOf(graph, parameters[at]!.value).shape), seed),
    ]),
  );
}
