// Which paddings are written as `same`: where an operator pads the sides of some maps differently, and exactly so.

import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { completeAttributes, sameAttribute } from '../../compiler/ir/attributes.ts';
import type { OperatorTable } from '../../compiler/ir/operator.ts';
import { dataTypes, operatorOf } from '../../compiler/ir/signature.ts';

/**
 * The nodes whose padding reads best as `same`: those of operators that have an uneven one, all that are padded so. Nodes that share
 * their weights are one text, for whose maps it must be the same, all of them.
 */
export function samePadded(
  graph: Graph,
  operators: OperatorTable,
  shares: ReadonlyMap<Node, string>,
): ReadonlySet<Node> {
  const others = new Set([...shares].flatMap(([node, share]) => (isSame(graph, node, operators) ? [] : [share])));
  const padded = graph.nodes.filter(
    (node) => isPadded(node) && isSame(graph, node, operators) && !others.has(shares.get(node) ?? ''),
  );
  const uneven = new Set(padded.filter(isUneven).map(({ op }) => op));
  return new Set(padded.filter(({ op }) => uneven.has(op)));
}

function paddingOf({ attributes: { padding } }: Node): readonly number[] {
  return Array.isArray(padding) ? padding : [];
}

function isPadded(node: Node): boolean {
  return paddingOf(node).some((side) => side > 0);
}

/** Whether opposite sides are padded differently. */
export function isUneven(node: Node): boolean {
  const [top, left, bottom, right] = paddingOf(node);
  return top !== bottom || left !== right;
}

/** Whether `same` gives this very padding, and leaves the other attributes as they are. */
function isSame(graph: Graph, node: Node, operators: OperatorTable): boolean {
  const operator = operatorOf(operators, node.op);
  if (operator.attributes['padding']?.type !== 'padding') return false;
  const types = dataTypes(graph, node, operator);
  const resolved = operator.canonical?.({ ...node.attributes, padding: 'same' }, types);
  if (!resolved) return false;
  const own = completeAttributes(operator, node.attributes);
  return Object.entries(completeAttributes(operator, resolved)).every(([name, value]) =>
    sameAttribute(value, own[name]),
  );
}
