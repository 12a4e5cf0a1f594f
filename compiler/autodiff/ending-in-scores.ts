// A network as cross-entropy takes it: with the scores of its classes in place of their probabilities, or with logits. The loss of scores
// needs no logarithms, in which probabilities that f32 cannot hold would be lost.

import { lastSteps } from '../analysis/scores.ts';
import type { Graph, GraphOutput, Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { typeOf } from '../ir/signature.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import { comparedIn, leftOutBy } from './recipe.ts';
import type { Kinds } from './recipe.ts';

/**
 * The same network, whose outputs that a training compares with answers leave out the last step that the loss does without, unless something
 * else reads it; the steps behind it stay. The same object where none of them ends with such a step.
 */
export function endingInScores(graph: Graph, operators: OperatorTable, kinds: Kinds): Graph {
  const compared = new Map(comparedIn(graph, kinds).map(({ output, kind }) => [output, leftOutBy(kind)]));
  const types = new Map<ValueId, TensorType>(graph.types);
  const copies = new Map<Node, Node>();
  const last = new Set<Node>();
  let next = [...types.keys()].reduce((largest, id) => Math.max(largest, id), 0) + 1;
  const outputs = graph.outputs.map((output): GraphOutput => {
    const left = compared.get(output);
    if (left === undefined) return output;
    const { [left]: end, behind } = lastSteps(graph, output.value, operators);
    if (!end) return output;
    last.add(end);
    let value = end.operands[0]!;
    for (const node of behind.toReversed()) {
      const result = copies.get(node)?.results[0] ?? next++;
      types.set(result, typeOf(graph, node.results[0]!));
      copies.set(node, { ...node, operands: [value, ...node.operands.slice(1)], results: [result] });
      last.add(node);
      value = result;
    }
    return { ...output, value };
  });
  if (last.size === 0) return graph;
  const all = graph.nodes.flatMap((node) => [node, ...(copies.has(node) ? [copies.get(node)!] : [])]);
  const nodes = named(withoutUnread(all, outputs, last));
  const kept = new Set(nodes.flatMap(({ results }) => results));
  for (const { results } of last) for (const value of results) if (!kept.has(value)) types.delete(value);
  return { ...graph, outputs, types, nodes };
}

/** Without those of the `last` nodes that lead nowhere. */
function withoutUnread(
  nodes: readonly Node[],
  outputs: readonly GraphOutput[],
  last: ReadonlySet<Node>,
): readonly Node[] {
  const read = new Set(outputs.map(({ value }) => value));
  const kept = nodes.toReversed().filter((node) => {
    const stays = !last.has(node) || node.results.some((value) => read.has(value));
    if (stays) for (const value of node.operands) read.add(value);
    return stays;
  });
  return kept.toReversed();
}

/** Nodes with a name of their own: of two with the same, the second is a copy. */
function named(nodes: readonly Node[]): readonly Node[] {
  const all = new Set(nodes.map(({ name }) => name));
  const taken = new Set<string>();
  return nodes.map((node) => {
    let { name } = node;
    if (taken.has(name)) while (all.has(name)) name += '_scores';
    all.add(name);
    taken.add(name);
    return name === node.name ? node : { ...node, name };
  });
}
