// Groups nodes into kernels: an anchor that reads memory, and the pointwise steps and residual sums that follow it
// while nobody else reads the values in between. A group runs where its last node stood.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { usesOf } from '../ir/rewrite.ts';
import { dataCount, operatorOf, typeOf } from '../ir/signature.ts';
import { sameShape } from '../ir/tensor-type.ts';

export type GroupStep =
  | { readonly kind: 'pointwise'; readonly node: Node }
  /** `operand` is added to or multiplied with the anchor's value. */
  | { readonly kind: 'combine'; readonly node: Node; readonly operation: 'add' | 'mul'; readonly operand: ValueId };

export interface Group {
  readonly anchor: Node;
  readonly steps: readonly GroupStep[];
  /** Results of the anchor if there are no steps, else the last step's. */
  readonly results: readonly ValueId[];
}

/** What an anchor's kernel can do after its sum: anything, steps without parameters and operands, or nothing. */
const epilogues: ReadonlyMap<string, 'full' | 'plain'> = new Map([
  ['conv', 'full'],
  ['depthwise_conv', 'full'],
  ['conv_transpose', 'full'],
  ['dense', 'full'],
  ['max_pool', 'full'],
  ['avg_pool', 'full'],
  ['adaptive_avg_pool', 'full'],
  ['global_avg_pool', 'full'],
  ['global_max_pool', 'full'],
  ['add', 'plain'],
  ['mul', 'plain'],
]);

export function groupNodes(
  graph: Graph,
  nodes: readonly Node[],
  operators: OperatorTable,
  fuse = true,
): readonly Group[] {
  const uses = usesOf(graph);
  const order = new Map(nodes.map((node, at) => [node.name, at]));
  const producers = new Map(nodes.flatMap((node) => node.results.map((value) => [value, node])));
  const taken = new Set<string>();
  const groups: { readonly at: number; readonly group: Group }[] = [];

  for (const anchor of nodes) {
    if (taken.has(anchor.name)) continue;
    const steps: GroupStep[] = [];
    let last = anchor;
    for (let step = fuse ? nextStep(anchor, last) : undefined; step; step = nextStep(anchor, last)) {
      steps.push(step);
      taken.add(step.node.name);
      last = step.node;
    }
    groups.push({ at: order.get(last.name)!, group: { anchor, steps, results: last.results } });
  }
  return groups.toSorted((a, b) => a.at - b.at).map(({ group }) => group);

  function nextStep(anchor: Node, last: Node): GroupStep | undefined {
    const operator = operatorOf(operators, anchor.op);
    const ability = epilogues.get(anchor.op) ?? (operator.pointwise ? 'plain' : undefined);
    const value = last.results[0]!;
    const use = uses.get(value)!;
    const node = use.nodes[0];
    if (!ability || last.results.length > 1 || use.output || use.nodes.length !== 1 || !node || taken.has(node.name))
      return undefined;
    const data = node.operands.slice(0, dataCount(operatorOf(operators, node.op), node.operands.length));
    if (data.filter((operand) => operand === value).length !== 1) return undefined;
    if (operatorOf(operators, node.op).pointwise) {
      return ability === 'plain' && node.operands.length > 1 ? undefined : { kind: 'pointwise', node };
    }
    if (ability !== 'full' || (node.op !== 'add' && node.op !== 'mul') || data.length !== 2) return undefined;
    const operand = data.find((other) => other !== value)!;
    const [type, other] = [typeOf(graph, value), typeOf(graph, operand)];
    if (!other.batched || !sameShape(type.shape, other.shape)) return undefined;
    return absorbs(anchor, operand) ? { kind: 'combine', node, operation: node.op, operand } : undefined;
  }

  /** Of two anchors that could take a sum, the one that stands later takes it: the other's value is ready then. */
  function absorbs(anchor: Node, operand: ValueId): boolean {
    const producer = producers.get(operand);
    return (
      !producer ||
      order.get(producer.name)! < order.get(anchor.name)! ||
      taken.has(producer.name) ||
      !epilogues.has(producer.op)
    );
  }
}
