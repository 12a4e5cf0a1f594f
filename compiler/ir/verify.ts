// The graph's invariants. Tests and `--verify` run this after every pass.

import { attributeProblem, sameAttribute } from './attributes.ts';
import type { Graph, Node, ValueId } from './graph.ts';
import type { Operator, OperatorTable } from './operator.ts';
import { dataCount, inferNode, parameterType } from './signature.ts';
import { formatShape, formatType, sameShape, sameType, sizeOf } from './tensor-type.ts';
import type { TensorType } from './tensor-type.ts';

/**
 * What is wrong with a graph, one sentence each; empty when nothing is. Never throws.
 *
 * 1. Names of inputs, parameters, nodes and outputs are unique, each among their kind.
 * 2. Every value is defined once, before its uses, and has a type; no type is left over.
 * 3. Parameters and constants have no batch axis; constants have as many elements as their type.
 * 4. Attributes are known, complete, of the right type, within their bounds and canonical.
 * 5. Types and parameter shapes are what the operator's rules give.
 * 6. A name for a node's weights is there only where it is not the node's own.
 * 7. There is an output; outputs exist.
 */
export function verifyGraph(graph: Graph, operators: OperatorTable): readonly string[] {
  const problems: string[] = [];
  const defined = new Set<ValueId>();

  const define = (what: string, id: ValueId): TensorType | undefined => {
    if (defined.has(id)) problems.push(`${what}: %${id} is defined twice`);
    defined.add(id);
    const type = graph.types.get(id);
    if (!type) problems.push(`${what}: %${id} has no type`);
    else if (!type.shape.every((extent) => Number.isSafeInteger(extent) && extent > 0)) {
      problems.push(`${what}: ${formatType(type)} is no shape`);
    }
    return type;
  };

  for (const { name, value } of graph.inputs) {
    define(`input ${name}`, value);
  }
  for (const { name, value } of graph.parameters) {
    if (define(`parameter ${name}`, value)?.batched) problems.push(`parameter ${name} has a batch axis`);
  }
  for (const { value, data } of graph.constants) {
    const type = define('constant', value);
    if (type?.batched) problems.push(`constant %${value} has a batch axis`);
    if (type && sizeOf(type.shape) !== data.length) {
      problems.push(`constant %${value} is ${formatShape(type.shape)} but has ${data.length} elements`);
    }
  }
  for (const node of graph.nodes) {
    const early = node.operands.filter((id) => !defined.has(id));
    for (const id of early) problems.push(`${node.name}: %${id} is used before it is defined`);
    for (const id of node.results) define(node.name, id);
    if (node.weightsName === '' || node.weightsName === node.name) {
      problems.push(
        `${node.name}: its weights are called ${JSON.stringify(node.weightsName)}, which is left out or another name`,
      );
    }
    const operator = operators.get(node.op);
    if (!operator) problems.push(`${node.name}: no operator ${JSON.stringify(node.op)}`);
    else if (early.length === 0)
      problems.push(...nodeProblems(graph, node, operator).map((text) => `${node.name}: ${text}`));
  }
  for (const { name, value } of graph.outputs) {
    if (!defined.has(value)) problems.push(`output ${name}: %${value} is not defined`);
  }
  if (graph.outputs.length === 0) problems.push('there is no output');
  for (const id of graph.types.keys()) if (!defined.has(id)) problems.push(`%${id} has a type but is not defined`);

  const kinds = { input: graph.inputs, parameter: graph.parameters, node: graph.nodes, output: graph.outputs };
  for (const [kind, items] of Object.entries(kinds)) {
    const seen = new Set<string>();
    for (const { name } of items) {
      if (seen.has(name)) problems.push(`two ${kind}s are named ${JSON.stringify(name)}`);
      seen.add(name);
    }
  }
  return problems;
}

/** Invariants 4 and 5; types are only inferred when the attributes are right. */
function nodeProblems(graph: Graph, node: Node, operator: Operator): readonly string[] {
  const { attributes, operands, results } = node;
  const wrong = attributeProblems(operator, node);
  if (wrong.length > 0) return wrong;
  const types = operands.map((id) => graph.types.get(id));
  if (!types.every((type) => type !== undefined)) return [];
  const data = dataCount(operator, operands.length);
  const inputs = types.slice(0, data);
  const canonical = Object.entries(operator.canonical?.(attributes, inputs) ?? {});
  const loose = canonical.filter(([name, value]) => !sameAttribute(attributes[name], value));
  if (loose.length > 0) return loose.map(([name]) => `attribute ${name} is not canonical`);
  const inference = inferNode(operator, inputs, attributes);
  if (!inference.results) return inference.problems;

  const problems: string[] = [];
  if (inference.results.length !== results.length) {
    problems.push(`${results.length} results, ${node.op} has ${inference.results.length}`);
  }
  for (const [place, id] of results.entries()) {
    const stored = graph.types.get(id);
    const expected = inference.results[place];
    if (stored && expected && !sameType(stored, expected)) {
      problems.push(`%${id} is ${formatType(stored)}, ${node.op} gives ${formatType(expected)}`);
    }
  }
  const specs = inference.parameters;
  if (types.length - data !== specs.length) {
    problems.push(`${Math.max(0, types.length - data)} parameter operands, ${node.op} has ${specs.length}`);
  }
  for (const [place, spec] of specs.entries()) {
    const { name, shape } = spec;
    const type = types[data + place];
    if (!type) continue;
    if (type.batched) problems.push(`its ${name} has a batch axis`);
    if (!sameShape(type.shape, shape))
      problems.push(`its ${name} is ${formatShape(type.shape)}, expected ${formatShape(shape)}`);
    const { element } = parameterType(spec);
    if (type.element !== element) problems.push(`its ${name} is of ${type.element}, expected ${element}`);
  }
  return problems;
}

function attributeProblems(operator: Operator, { attributes }: Node): readonly string[] {
  const problems: string[] = [];
  for (const [name, value] of Object.entries(attributes)) {
    const spec = Object.hasOwn(operator.attributes, name) ? operator.attributes[name] : undefined;
    const problem = spec ? attributeProblem(spec, value) : `is unknown to ${operator.name}`;
    if (problem !== undefined) problems.push(`attribute ${name} ${problem}`);
  }
  for (const [name, spec] of Object.entries(operator.attributes)) {
    if (spec.type === 'weights' || Object.hasOwn(attributes, name)) continue;
    if (spec.default !== null) problems.push(`attribute ${name} is missing`);
  }
  return problems;
}
