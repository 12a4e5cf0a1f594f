// Reverse-mode differentiation of a graph (Linnainmaa, 1970): the nodes are walked backwards, and each operator's `gradient` adds the
// nodes that take ∂loss/∂result to ∂loss/∂operand. What several users say of a value is added up.

import type { Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable, StepBuilder } from '../ir/operator.ts';
import { operatorOf } from '../ir/signature.ts';

/** A node through which a gradient would have to pass, and whose operator has none. */
export class NotDifferentiable extends Error {
  readonly node: Node;
  constructor(node: Node) {
    super(`${node.name}: \`${node.op}\` cannot be differentiated`);
    this.node = node;
  }
}

/**
 * ∂loss/∂value for each of the values `wanted` on which the loss depends, as new nodes of `step`. `nodes` are the forward ones in
 * order; `seeds` are ∂loss/∂value for the values from which it starts. `enter` is told of a node before its gradient is added. Throws
 * `NotDifferentiable`.
 */
export function differentiate(
  nodes: readonly Node[],
  operators: OperatorTable,
  step: StepBuilder,
  seeds: ReadonlyMap<ValueId, ValueId>,
  wanted: ReadonlySet<ValueId>,
  enter: (node: Node) => void = () => {},
): ReadonlyMap<ValueId, ValueId> {
  const needed = dependents(nodes, wanted);
  const gradients = new Map<ValueId, ValueId>(seeds);
  for (const node of nodes.toReversed()) {
    const upstream = node.results.map((value) => gradients.get(value));
    if (upstream.every((value) => value === undefined)) continue;
    if (!node.operands.some((value) => needed.has(value))) continue;
    const { gradient } = operatorOf(operators, node.op);
    if (!gradient) throw new NotDifferentiable(node);
    enter(node);
    const parts = gradient({
      ...step,
      attributes: node.attributes,
      operands: node.operands,
      results: node.results,
      upstream,
      needs: (operand) => needed.has(node.operands[operand]!),
    });
    node.operands.forEach((value, at) => {
      const part = parts[at];
      if (part === undefined || !needed.has(value)) return;
      const known = gradients.get(value);
      gradients.set(value, known === undefined ? part : step.apply('add', [known, part]));
    });
  }
  return new Map([...gradients].filter(([value]) => wanted.has(value)));
}

/** The values wanted, and all that depend on them. */
function dependents(nodes: readonly Node[], wanted: ReadonlySet<ValueId>): ReadonlySet<ValueId> {
  const found = new Set(wanted);
  for (const { operands, results } of nodes) {
    if (operands.some((value) => found.has(value))) for (const value of results) found.add(value);
  }
  return found;
}
