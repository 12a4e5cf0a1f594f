// Our side of the bench: the compiled module of a graph, with its weights loaded.

import type { Graph } from '../../compiler/ir/graph.ts';
import type { Engine, Weights } from './engine.ts';

export function createOurs(graph: Graph, weights: Weights): Promise<Engine> {
  throw new Error(`not compiled yet: ${graph.name}, ${weights.size} tensors`);
}
