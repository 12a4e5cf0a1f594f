// What a network wants of a weights file: the names and shapes of its tensors, and how they start before training.

import type { Graph, Initial } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import type { Named, Wanted } from './order.ts';

export interface WeightSpec extends Named {
  readonly initial: Initial;
}

/** The tensors that a match looks for. */
export interface WantedWeights {
  /** The network's name, for messages. */
  readonly network: string;
  readonly tensors: readonly Wanted[];
  /** How a layer whose tensors do not fit may begin by chance, for messages: `--fresh`. */
  readonly freshOption?: string;
  /** Explains why a shape does not fit by the layers that lead to it; a compiled module has none. */
  readonly graph?: Graph;
}

/** Parameters and running statistics, in the network's own order. */
export function weightSpecs(graph: Graph): readonly WeightSpec[] {
  return graph.parameters.map(({ name, value, initial }) => ({ name, shape: typeOf(graph, value).shape, initial }));
}

/** The weights that the network of the graph needs. */
export const wantedBy = (graph: Graph): WantedWeights => ({ network: graph.name, tensors: weightSpecs(graph), graph });
