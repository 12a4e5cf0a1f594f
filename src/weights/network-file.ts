// The weights file of a network, as its module loads it.

import { readWeights } from '../../runtime/weights.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { weightsLayout } from '../../compiler/ir/weights-layout.ts';
import { writeSafetensors } from '../data/safetensors.ts';
import { weightSpecs } from './specs.ts';
import { storedWeights } from './stored.ts';
import type { StoredType } from './stored.ts';

/**
 * Tensors under the network's own names, in f32 or in fewer bytes; the metadata `cnnc` says for which layout of weights the file
 * was written.
 */
export function networkFile(
  graph: Graph,
  weights: ReadonlyMap<string, Float32Array>,
  type: StoredType = 'f32',
): Uint8Array {
  const given = weightSpecs(graph).map(({ name, shape }) => ({ name, shape, data: weights.get(name)! }));
  const { tensors, metadata } = storedWeights(given, type);
  return writeSafetensors(tensors, { metadata: new Map([['cnnc', weightsLayout(graph)], ...metadata]) });
}

/** The weights that a module reads of such a file. */
export function weightsOfFile(graph: Graph, file: Uint8Array): ReadonlyMap<string, Float32Array> {
  const specs = weightSpecs(graph);
  const tensors = readWeights(file, specs) as Float32Array[];
  return new Map(specs.map(({ name }, at) => [name, tensors[at]!]));
}
