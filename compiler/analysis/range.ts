// Bounds of a value that follow from the operators alone, whatever the weights and the inputs: 0 and ∞ after relu,
// 0 and 1 after softmax. Interval arithmetic (Moore, 1966) over the few operators that have bounds.

import type { Node, ValueId } from '../ir/graph.ts';
import { numberOf, wordOf } from '../ops/attributes.ts';

/** NaN aside, every element lies between both. −0 is less than +0, so that a range from +0 never holds −0. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** How far back to look. */
const horizon = 12;

/** Bounds of a value, followed back through at most `horizon` nodes; all numbers where nothing is known. */
export function rangeOf(value: ValueId, producerOf: (value: ValueId) => Node | undefined): Range {
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

  function after(node: Node, left: number): Range {
    const operand = (): Range => range(node.operands[0]!, left);
    const operands = (): readonly Range[] => node.operands.map((id) => range(id, left));
    const clip = clipOf(node);
    if (clip) return { low: hold(clip, operand().low), high: hold(clip, operand().high) };
    switch (node.op) {
      case 'sigmoid':
      case 'hard_sigmoid':
      case 'softmax':
        return { low: 0, high: 1 };
      case 'tanh':
        return { low: -1, high: 1 };
      case 'max_pool':
      case 'global_max_pool':
      case 'split':
      case 'channel_shuffle':
      case 'reshape':
      case 'flatten':
        return operand();
      case 'pad': {
        const value = numberOf(node.attributes, 'value');
        const filled = wordOf(node.attributes, 'mode') === 'constant' ? [{ low: value, high: value }] : [];
        return hull([operand(), ...filled]);
      }
      case 'concat':
        return hull(operands());
      // Sums round, so that only their sign is certain.
      case 'avg_pool':
      case 'adaptive_avg_pool':
      case 'global_avg_pool':
      case 'add':
      case 'mul':
        return operands().every(isPositive) ? { low: 0, high: Infinity } : unbounded;
      default:
        return unbounded;
    }
  }
}

/** Neither negative nor −0. */
export const isPositive = ({ low }: Range): boolean => contains({ low: 0, high: Infinity }, { low, high: Infinity });

/** Whether holding numbers of the range `inner` between the bounds of `outer` changes none of them. */
export function contains(outer: Range, inner: Range): boolean {
  return (
    Object.is(Math.max(inner.low, outer.low), inner.low) && Object.is(Math.min(inner.high, outer.high), inner.high)
  );
}

/** The bounds between which a node holds its operand; undefined for other nodes. */
export function clipOf({ op, attributes }: Pick<Node, 'op' | 'attributes'>): Range | undefined {
  if (op === 'relu') return { low: 0, high: Infinity };
  if (op === 'relu6') return { low: 0, high: 6 };
  return op === 'clip' ? { low: numberOf(attributes, 'min'), high: numberOf(attributes, 'max') } : undefined;
}

/** `x` held between the bounds, as the operators do it. */
export const hold = ({ low, high }: Range, x: number): number => Math.min(Math.max(x, low), high);

const unbounded: Range = { low: -Infinity, high: Infinity };

const hull = (ranges: readonly Range[]): Range => ({
  low: Math.min(...ranges.map(({ low }) => low)),
  high: Math.max(...ranges.map(({ high }) => high)),
});
