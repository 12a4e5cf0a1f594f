// What the kernels of a quantised network count on: codes of 7 bits, and sums that fit into what they are computed in.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { dataTypes, operatorOf, typeOf } from '../ir/signature.ts';
import { LARGEST_CODE, WINOGRAD_LIMIT } from '../ops/quantized/codes.ts';
import type { ParameterBound } from '../program/program.ts';

interface Bound {
  readonly value: ValueId;
  readonly bias?: ValueId;
  readonly below: number;
}

/** The bounds of all parameters of the graph; none in one of f32 alone. */
export function parameterBounds(graph: Graph, operators: OperatorTable): readonly ParameterBound[] {
  const indices = new Map(graph.parameters.map(({ value }, at) => [value, at]));
  const bounds = graph.nodes.flatMap((node) => boundsOfNode(node, graph, operators));
  return bounds.map(({ value, bias, below }) => ({
    tensor: indices.get(value)!,
    ...(bias !== undefined && { bias: indices.get(bias)! }),
    below,
  }));
}

function boundsOfNode(node: Node, graph: Graph, operators: OperatorTable): readonly Bound[] {
  const operator = operatorOf(operators, node.op);
  if (operator.takes?.(node.attributes) !== 'codes' && operator.lowering?.kind !== 'quantize') return [];
  const inputs = dataTypes(graph, node, operator);
  const specs = operator.parameters?.(node.attributes, inputs) ?? [];
  const given = new Map(specs.map(({ name }, at) => [name, node.operands[inputs.length + at]!]));
  const codes = [...given].filter(([name]) => name.endsWith('range') || name === 'table');
  const bounds: readonly Bound[] = codes.map(([, value]) => ({ value, below: LARGEST_CODE + 1 }));
  const [value, bias] = [given.get('weight'), given.get('bias')];
  if (value === undefined || bias === undefined) return bounds;
  const [, , height = 1, width = 1] = typeOf(graph, value).shape;
  return [...bounds, { value, bias, below: height * width > 1 ? WINOGRAD_LIMIT : 2 ** 31 }];
}
