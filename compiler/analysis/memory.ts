// Activation memory of a graph run node by node in its own order, before any fusion: the least an arena could be.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import type { Operator, OperatorTable } from '../ir/operator.ts';
import { valueNames } from '../ir/names.ts';
import { typeOf } from '../ir/signature.ts';
import { stagesOf } from '../ir/stage.ts';
import { bytesOf } from '../ir/tensor-type.ts';

export interface Liveness {
  /** At batch 1. Parameters and what depends on them alone are not activations. */
  readonly peakBytes: number;
  /** The first node that runs at the peak; undefined in a graph without nodes. */
  readonly at: Node | undefined;
  /** What is alive there, in the order of definition. */
  readonly alive: readonly { readonly name: string; readonly bytes: number }[];
}

/** Whether its result is its operand's memory under another type. */
const sharesMemory = (operator: Operator | undefined): boolean =>
  operator?.inert === true || (operator?.lowering?.kind === 'view' && operator.lowering.of === 'whole');

/**
 * A value is alive from its definition to its last use; inputs from the start, outputs to the end. While a node runs, its
 * operands and its results are all alive. Views share their operand's memory.
 */
export function liveness(graph: Graph, operators: OperatorTable): Liveness {
  const names = valueNames(graph);
  const stages = stagesOf(graph);
  const owners = new Map<ValueId, ValueId>();
  const slots = new Map<
    ValueId,
    { readonly name: string; readonly bytes: number; readonly from: number; to: number }
  >();
  const define = (id: ValueId, from: number): void => {
    if (stages.get(id) !== 'run') return;
    slots.set(id, { name: names.get(id)!, bytes: bytesOf(typeOf(graph, id)), from, to: from });
  };
  const use = (id: ValueId, at: number): void => {
    const slot = slots.get(owners.get(id) ?? id);
    if (slot) slot.to = Math.max(slot.to, at);
  };

  for (const { value } of graph.inputs) define(value, 0);
  for (const [at, node] of graph.nodes.entries()) {
    for (const id of node.operands) use(id, at);
    const [operand] = node.operands;
    for (const id of node.results) {
      if (sharesMemory(operators.get(node.op)) && operand !== undefined) owners.set(id, owners.get(operand) ?? operand);
      else define(id, at);
    }
  }
  for (const { value } of graph.outputs) use(value, graph.nodes.length);

  const change = new Float64Array(graph.nodes.length + 2);
  for (const { bytes, from, to } of slots.values()) {
    change[from]! += bytes;
    change[to + 1]! -= bytes;
  }
  let peak = { bytes: change[0]!, at: 0 };
  let bytes = 0;
  for (let at = 0; at < graph.nodes.length; at += 1) {
    bytes += change[at]!;
    if (bytes > peak.bytes) peak = { bytes, at };
  }
  const alive = [...slots.values()].filter(({ from, to }) => from <= peak.at && peak.at <= to);
  return {
    peakBytes: peak.bytes,
    at: graph.nodes[peak.at],
    alive: alive.map(({ name, bytes: size }) => ({ name, bytes: size })),
  };
}
