// What a network costs, from shapes alone: multiply–accumulates, parameters and bytes of activations, per image.

import type { Graph, Node } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { dataTypes, operatorOf, typeOf } from '../ir/signature.ts';
import { splitStages } from '../ir/stage.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { sumOf } from '../ir/sum.ts';

export interface Cost {
  /** MACs of convolutions and dense layers, without biases. */
  readonly macs: number;
  /** Elements of the parameters it reads; buffers and constants do not count. */
  readonly parameters: number;
  /** Bytes of its results in f32. */
  readonly outputBytes: number;
}

export interface GraphCost {
  /** By node name. A parameter that two nodes share counts at both. */
  readonly nodes: ReadonlyMap<string, Cost>;
  /** A shared parameter counts once, an unused one not at all. */
  readonly total: Cost;
}

/** Parameters, MACs and bytes of each node, per image, and their sums. */
export function costOf(graph: Graph, operators: OperatorTable): GraphCost {
  const sizes = new Map(
    graph.parameters
      .filter(({ role }) => role === 'parameter')
      .map(({ value }) => [value, sizeOf(typeOf(graph, value).shape)]),
  );
  const parametersIn = (values: Iterable<number>): number =>
    sumOf([...new Set(values)].map((id) => sizes.get(id) ?? 0));
  const costOfNode = (node: Node): Cost => {
    const operator = operatorOf(operators, node.op);
    const results = node.results.map((id) => typeOf(graph, id));
    return {
      macs: operator.macs?.(node.attributes, dataTypes(graph, node, operator), results) ?? 0,
      parameters: parametersIn(node.operands),
      outputBytes: 4 * sumOf(results.map(({ shape }) => sizeOf(shape))),
    };
  };
  const nodes = new Map(graph.nodes.map((node) => [node.name, costOfNode(node)]));
  const costs = [...nodes.values()];
  return {
    nodes,
    total: {
      macs: sumOf(costs.map(({ macs }) => macs)),
      parameters: parametersIn(graph.nodes.flatMap(({ operands }) => operands)),
      outputBytes: sumOf(costs.map(({ outputBytes }) => outputBytes)),
    },
  };
}

/** MACs that run for every image; what is prepared when the module loads does not count. */
export function runningMacs(graph: Graph, operators: OperatorTable): number {
  const { nodes } = costOf(graph, operators);
  return sumOf(splitStages(graph).run.map(({ name }) => nodes.get(name)!.macs));
}
