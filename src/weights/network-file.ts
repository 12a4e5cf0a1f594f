// The weights file of a network, as its module loads it.

import type { Graph } from '../../compiler/ir/graph.ts';
import { weightsLayout } from '../../compiler/ir/weights-layout.ts';
import { writeSafetensors } from '../data/safetensors.ts';
import { weightSpecs } from './specs.ts';

/** F32 tensors under the network's own names; the metadata `cnnc` says for which layout of weights the file was written. */
export function networkFile(graph: Graph, weights: ReadonlyMap<string, Float32Array>): Uint8Array {
  const tensors = weightSpecs(graph).map(({ name, shape }) => ({ name, shape, data: weights.get(name)! }));
  return writeSafetensors(tensors, { metadata: new Map([['cnnc', weightsLayout(graph)]]) });
}
