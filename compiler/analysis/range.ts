// Bounds of a value that follow from the operators alone, whatever the weights and the inputs: 0 and ∞ after relu,
// 0 and 1 after softmax. Interval arithmetic (Moore, 1966) over the operators that have bounds.

import type { Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { held, unbounded } from '../ir/range.ts';
import type { Range } from '../ir/range.ts';
import { operatorOf } from '../ir/signature.ts';

/** What it asks about the graph: an editor has it. */
export interface RangeContext {
  readonly operators: OperatorTable;
  producerOf(value: ValueId): Node | undefined;
}

/** How far back to look. */
const horizon = 12;

/** Bounds of a value, followed back through at most `horizon` nodes; all numbers where nothing is known. */
export function rangeOf(value: ValueId, { operators, producerOf }: RangeContext): Range {
  const known = new Map<ValueId, Range>();
  return range(value, horizon);

  function range(id: ValueId, left: number): Range {
    const before = known.get(id);
    if (before) return before;
    const node = left > 0 ? producerOf(id) : undefined;
    const found = node ? after(node, left - 1) : unbounded;
    known.set(id, found);
    return found;
  }

  function after({ op, operands, attributes }: Node, left: number): Range {
    const operator = operatorOf(operators, op);
    const clip = operator.clips?.(attributes);
    if (clip) return held(clip, range(operands[0]!, left));
    return (
      operator.range?.(
        operands.map((id) => range(id, left)),
        attributes,
      ) ?? unbounded
    );
  }
}

/** The bounds between which a node holds its operand; undefined for other nodes. */
export function clipOf(
  { op, attributes }: Pick<Node, 'op' | 'attributes'>,
  operators: OperatorTable,
): Range | undefined {
  return operatorOf(operators, op).clips?.(attributes);
}
