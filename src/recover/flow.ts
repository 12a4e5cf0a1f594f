// How values flow through a graph: who computes and who reads each, and through which value everything on the way to it passes
// (its immediate dominator; Cooper, Harvey & Kennedy, "A Simple, Fast Dominance Algorithm", 2001, on a graph without cycles).

import type { Constant, Graph, Node, Parameter, ValueId } from '../../compiler/ir/graph.ts';
import type { OperatorTable } from '../../compiler/ir/operator.ts';
import { dataCount, operatorOf } from '../../compiler/ir/signature.ts';
import { samePadded } from './same.ts';

/** What comes before all inputs of a network that has several. */
const ROOT = -1;

export interface Flow {
  readonly graph: Graph;
  readonly operators: OperatorTable;
  readonly parameters: ReadonlyMap<ValueId, Parameter>;
  readonly constants: ReadonlyMap<ValueId, Constant>;
  readonly outputs: ReadonlySet<ValueId>;
  /** Nodes whose weights other nodes have, too, and what these are called. */
  readonly shares: ReadonlyMap<Node, string>;
  /** Nodes whose padding is written as `same`. */
  readonly samePadded: ReadonlySet<Node>;
  /** Place in the graph's order. */
  orderOf(node: Node): number;
  producerOf(value: ValueId): Node | undefined;
  readersOf(value: ValueId): readonly Node[];
  /** Operands that are no weights: values that flow, and learned tensors. */
  dataOf(node: Node): readonly ValueId[];
  /** The operands that flow. */
  flowsOf(node: Node): readonly ValueId[];
  /** The nearest value through which all that a node reads has come; undefined where there is none. */
  entryOf(node: Node): ValueId | undefined;
  /** The nodes on all ways from `from` to `to`; undefined where they are more than `most`. */
  between(from: ValueId, to: ValueId, most: number): ReadonlySet<Node> | undefined;
}

/** `graph` has no nodes that reach no output, and none that depends on no input. */
export function flowOf(graph: Graph, operators: OperatorTable): Flow {
  const parameters = new Map(graph.parameters.map((parameter) => [parameter.value, parameter]));
  const constants = new Map(graph.constants.map((constant) => [constant.value, constant]));
  const producers = new Map(graph.nodes.flatMap((node) => node.results.map((id) => [id, node] as const)));
  const order = new Map(graph.nodes.map((node, at) => [node, at]));
  const readers = new Map<ValueId, Node[]>();
  const dataOf = (node: Node): readonly ValueId[] =>
    node.operands.slice(0, dataCount(operatorOf(operators, node.op), node.operands.length));
  const flowsOf = (node: Node): readonly ValueId[] =>
    dataOf(node).filter((value) => !parameters.has(value) && !constants.has(value));
  for (const node of graph.nodes) {
    for (const value of new Set(node.operands)) {
      const known = readers.get(value);
      if (known) known.push(node);
      else readers.set(value, [node]);
    }
  }
  const entries = entriesOf(graph, flowsOf);
  const shares = sharesOf(graph, parameters, dataOf);
  return {
    graph,
    operators,
    shares,
    samePadded: samePadded(graph, operators, shares),
    parameters,
    constants,
    outputs: new Set(graph.outputs.map(({ value }) => value)),
    orderOf: (node) => order.get(node)!,
    producerOf: (value) => producers.get(value),
    readersOf: (value) => readers.get(value) ?? [],
    dataOf,
    flowsOf,
    entryOf: (node) => {
      const entry = entries.get(node)!;
      return entry === ROOT ? undefined : entry;
    },
    between(from, to, most) {
      const found = new Set<Node>();
      const open = [to];
      for (let value = open.pop(); value !== undefined; value = open.pop()) {
        const node = value === from ? undefined : producers.get(value);
        if (!node || found.has(node)) continue;
        if (found.size === most) return undefined;
        found.add(node);
        open.push(...flowsOf(node));
      }
      return found;
    },
  };
}

/** Nodes that have a weight that others have, too. */
function sharesOf(
  { nodes }: Graph,
  parameters: ReadonlyMap<ValueId, Parameter>,
  dataOf: (node: Node) => readonly ValueId[],
): ReadonlyMap<Node, string> {
  const owners = new Map<ValueId, Node[]>();
  for (const node of nodes) {
    for (const value of node.operands.slice(dataOf(node).length)) {
      const known = owners.get(value);
      if (known) known.push(node);
      else owners.set(value, [node]);
    }
  }
  const shares = new Map<Node, string>();
  for (const [value, of] of owners) {
    if (of.length < 2) continue;
    for (const node of of) if (!shares.has(node)) shares.set(node, parameters.get(value)?.name ?? `${value}`);
  }
  return shares;
}

function entriesOf(graph: Graph, flowsOf: (node: Node) => readonly ValueId[]): ReadonlyMap<Node, ValueId> {
  const tree = treeFrom(ROOT);
  for (const { value } of graph.inputs) tree.add(value, ROOT);
  const entries = new Map<Node, ValueId>();
  for (const node of graph.nodes) {
    const entry = flowsOf(node).reduce(tree.meet);
    entries.set(node, entry);
    // Results of a node with several lie as deep as each other: none is on the way to another.
    for (const result of node.results) tree.add(result, entry);
  }
  return entries;
}

interface Place {
  readonly value: ValueId;
  readonly depth: number;
  /** The one above; the root is above itself. */
  readonly above: Place;
  /** One farther above: following it where it does not lead too far, any one is reached in steps of the depth's logarithm. */
  readonly far: Place;
}

/** A tree that grows at its leaves (Myers, "An applicative random-access stack", 1983). */
function treeFrom(root: ValueId) {
  const top = { value: root, depth: 0 } as { value: ValueId; depth: number; above: Place; far: Place };
  top.above = top;
  top.far = top;
  const places = new Map<ValueId, Place>([[root, top]]);
  const raised = (from: Place, depth: number): Place => {
    let at = from;
    while (at.depth > depth) at = at.far.depth >= depth ? at.far : at.above;
    return at;
  };
  return {
    add(value: ValueId, below: ValueId): void {
      const above = places.get(below)!;
      const isEven = above.depth - above.far.depth === above.far.depth - above.far.far.depth;
      places.set(value, { value, depth: above.depth + 1, above, far: isEven ? above.far.far : above });
    },
    /** The deepest value above both. */
    meet(a: ValueId, b: ValueId): ValueId {
      const [one, other] = [places.get(a)!, places.get(b)!];
      const depth = Math.min(one.depth, other.depth);
      let [left, right] = [raised(one, depth), raised(other, depth)];
      while (left !== right) {
        const isApart = left.far !== right.far;
        [left, right] = isApart ? [left.far, right.far] : [left.above, right.above];
      }
      return left.value;
    },
  };
}
