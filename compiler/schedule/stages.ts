// Which nodes belong to `prepare`: those that depend on parameters and constants only.

import type { Graph, Node } from '../ir/graph.ts';
import { typeOf } from '../ir/signature.ts';

export interface Stages {
  readonly prepare: readonly Node[];
  readonly run: readonly Node[];
}

export function splitStages(graph: Graph): Stages {
  const prepare: Node[] = [];
  const run: Node[] = [];
  for (const node of graph.nodes) (typeOf(graph, node.results[0]!).batched ? run : prepare).push(node);
  return { prepare, run };
}
