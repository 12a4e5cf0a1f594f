// Whether the numbers of an output are probabilities already.

import type { Scores } from '../../runtime/abi.ts';
import type { Graph, ValueId } from '../ir/graph.ts';

/** What the last step before `output` does, behind those that only change the shape. */
export function scoresOf(graph: Graph, output: ValueId): Scores {
  let value: ValueId | undefined = output;
  for (;;) {
    const node = graph.nodes.find(({ results }) => value !== undefined && results.includes(value));
    if (node?.op === 'softmax' || node?.op === 'log_softmax') return node.op;
    if (!node || !['flatten', 'reshape', 'identity', 'dropout'].includes(node.op)) return 'raw';
    value = node.operands[0];
  }
}
