// The weights file of a network, as its module loads it.

import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { weightsLayout } from '../../compiler/ir/weights-layout.ts';
import { writeSafetensors } from './safetensors.ts';

/** What weights files that `networkFile` wrote say of themselves. */
export const layoutKey = 'cnnc';

/** F32 tensors under the network's own names; the file says the layout, unless it is null. */
export function networkFile(
  graph: Graph,
  weights: ReadonlyMap<string, Float32Array>,
  layout: string | null = weightsLayout(graph),
): Uint8Array {
  const tensors = graph.parameters.map(({ name, value }) => ({
    name,
    shape: typeOf(graph, value).shape,
    data: weights.get(name)!,
  }));
  return writeSafetensors(tensors, layout === null ? {} : { metadata: new Map([[layoutKey, layout]]) });
}
