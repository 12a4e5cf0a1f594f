// Whether the numbers of an output are probabilities already.

import type { Scores } from '../../runtime/abi.ts';
import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { isWholeView } from '../ir/lowering.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { producersOf } from '../ir/rewrite.ts';
import { sigmoid, x } from '../ir/scalar.ts';
import { operatorOf, typeOf } from '../ir/signature.ts';
import { isChannelAxis, sameShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape } from '../ir/tensor-type.ts';

/** What the last step before `output` does, behind those that only change the shape and leave the numbers of a pixel together. */
export const scoresOf = (graph: Graph, output: ValueId, operators: OperatorTable): Scores =>
  lastSteps(graph, output, operators).scores;

/** How a network ends. */
interface LastSteps {
  readonly scores: Scores;
  /** The step that makes the scores probabilities, or their logarithms; absent where none does. */
  readonly softmax?: Node;
  /** The step that makes each number, a logit, a probability by itself. */
  readonly sigmoid?: Node;
  /** The steps between that and the output, the last one first. */
  readonly behind: readonly Node[];
}

/** The same with the steps themselves. */
export function lastSteps(graph: Graph, output: ValueId, operators: OperatorTable): LastSteps {
  const producers = producersOf(graph);
  const behind: Node[] = [];
  const found = (scores: Scores, softmax?: Node): LastSteps => ({ scores, behind, ...(softmax && { softmax }) });
  for (let value = output; ;) {
    const node = producers.get(value);
    if (!node) return found('raw');
    const operator = operatorOf(operators, node.op);
    const { lowering, inert } = operator;
    if (lowering?.kind === 'softmax') {
      const shapes = [value, output].map((one) => typeOf(graph, one).shape) as [Shape, Shape];
      if (!isChannelAxis(node.attributes['over']) || !areSameClasses(...shapes)) return found('raw');
      return found(lowering.logarithm ? 'log_softmax' : 'softmax', node);
    }
    if (JSON.stringify(operator.pointwise?.(node.attributes)) === logistic)
      return { scores: 'raw', behind, sigmoid: node };
    if (!inert && !isWholeView(lowering)) return found('raw');
    behind.push(node);
    value = node.operands[0]!;
  }
}

/** The expression of a sigmoid. */
const logistic = JSON.stringify(sigmoid(x));

/** Whether scores of the first shape, [C, H, W], [length, features] or [features], are as many in the other, in the same order. */
function areSameClasses(before: Shape, after: Shape): boolean {
  const classes = before.length === 2 ? before[1]! : before[0]!;
  if (sameShape(before, after)) return true;
  return after[0] === classes && (before.length !== 2 || sizeOf(before) === classes);
}
