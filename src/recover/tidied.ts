// A graph in the form from which its text is made: nothing that reaches no output, learned tensors behind what flows where the
// order says nothing, and a step of its own for every output.

import type { Graph, GraphOutput, Node, ValueId } from '../../compiler/ir/graph.ts';
import { createNames } from '../../compiler/ir/names.ts';

/** Joins whose operands may change places. */
const commutative: ReadonlySet<string> = new Set(['add', 'mul', 'maximum', 'minimum']);

/** The same network; nodes and parameters that nothing reads are left out. */
export function tidied(given: Graph): Graph {
  const graph = withOwnOutputs(given);
  const weights = new Set(graph.parameters.map(({ value }) => value));
  const needed = new Set<ValueId>(graph.outputs.map(({ value }) => value));
  const kept: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.results.some((value) => needed.has(value))) continue;
    for (const value of node.operands) needed.add(value);
    kept.push(commutative.has(node.op) ? ordered(node, weights) : node);
  }
  return {
    ...graph,
    nodes: kept.toReversed(),
    parameters: graph.parameters.filter(({ value }) => needed.has(value)),
    constants: graph.constants.filter(({ value }) => needed.has(value)),
  };
}

function ordered(node: Node, weights: ReadonlySet<ValueId>): Node {
  if (!weights.has(node.operands[0]!)) return node;
  return { ...node, operands: node.operands.toSorted((a, b) => Number(weights.has(a)) - Number(weights.has(b))) };
}

/** An input, or a value that is put out twice, is put out by a step `identity`. */
function withOwnOutputs(graph: Graph): Graph {
  const seen = new Set(graph.inputs.map(({ value }) => value));
  const names = createNames(graph.nodes.map(({ name }) => name));
  const types = new Map(graph.types);
  const copies: Node[] = [];
  let next = types.keys().reduce((largest, value) => Math.max(largest, value), -1) + 1;
  const outputs = graph.outputs.map((output): GraphOutput => {
    if (!seen.has(output.value)) {
      seen.add(output.value);
      return output;
    }
    const value = next++;
    types.set(value, types.get(output.value)!);
    copies.push({
      op: 'identity',
      name: names.numbered('identity'),
      operands: [output.value],
      attributes: {},
      results: [value],
    });
    return { ...output, value };
  });
  return copies.length === 0 ? graph : { ...graph, nodes: [...graph.nodes, ...copies], outputs, types };
}
