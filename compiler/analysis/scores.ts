// Whether the numbers of an output are probabilities already.

import type { Scores } from '../../runtime/abi.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { isWholeView } from '../ir/lowering.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { producersOf } from '../ir/rewrite.ts';
import { operatorOf } from '../ir/signature.ts';
import { isChannelAxis } from '../ir/tensor-type.ts';

/** What the last step before `output` does, behind those that only change the shape. */
export function scoresOf(graph: Graph, output: ValueId, operators: OperatorTable): Scores {
  const producers = producersOf(graph);
  for (let value = output; ;) {
    const node = producers.get(value);
    if (!node) return 'raw';
    const { lowering, inert } = operatorOf(operators, node.op);
    if (lowering?.kind === 'softmax') {
      if (!isChannelAxis(node.attributes['over'])) return 'raw';
      return lowering.logarithm ? 'log_softmax' : 'softmax';
    }
    if (!inert && !isWholeView(lowering)) return 'raw';
    value = node.operands[0]!;
  }
}
