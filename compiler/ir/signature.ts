// An operator applied to operands: which of them are data, and what types and parameters follow.

import type { Attributes, Graph, Node } from './graph.ts';
import { invariant } from './invariant.ts';
import type { Operator, OperatorTable, ParameterSpec, Violation } from './operator.ts';
import type { TensorType } from './tensor-type.ts';

/** The operator of that name; a graph that uses another is a bug. */
export function operatorOf(operators: OperatorTable, name: string): Operator {
  const operator = operators.get(name);
  invariant(operator, `no operator ${JSON.stringify(name)}`);
  return operator;
}

/** How many of a node's operands are data; the rest are parameters. Operators with parameters have a fixed arity. */
export function dataCount(operator: Operator, operandCount: number): number {
  return operator.parameters ? (operator.arity?.min ?? 1) : operandCount;
}

/** The types of a node's data operands. */
export function dataTypes(graph: Graph, node: Node, operator: Operator): readonly TensorType[] {
  return node.operands.slice(0, dataCount(operator, node.operands.length)).map((value) => typeOf(graph, value));
}

export function typeOf(graph: Pick<Graph, 'types'>, value: number): TensorType {
  const type = graph.types.get(value);
  invariant(type, `value %${value} has no type`);
  return type;
}

export interface Inference {
  /** Undefined when a constraint is violated. */
  readonly results?: readonly TensorType[];
  readonly parameters: readonly ParameterSpec[];
  /** `conv/C3 the groups divide the channels (found 7, expected a multiple of 2)` */
  readonly problems: readonly string[];
}

/** Result types and parameters of an operator for its data operands' types and stored attributes. Never throws on wrong shapes. */
export function inferNode(operator: Operator, inputs: readonly TensorType[], attributes: Attributes): Inference {
  const { min, max } = operator.arity ?? { min: 1, max: 1 };
  if (inputs.length < min || inputs.length > max) {
    const expected = min === max ? `${min}` : `${min} to ${max}`;
    return { parameters: [], problems: [`${operator.name} takes ${expected} data operands, found ${inputs.length}`] };
  }
  const problems: string[] = [];
  const results = operator.infer(inputs, attributes, (constraint, violation) => {
    problems.push(describeViolation(operator, constraint, violation));
    return undefined;
  });
  if (!results || problems.length > 0) {
    return {
      parameters: [],
      problems: problems.length > 0 ? problems : [`${operator.name}: no result type and no report`],
    };
  }
  return { results, parameters: operator.parameters?.(attributes, inputs) ?? [], problems };
}

function describeViolation(operator: Operator, constraint: string, violation?: Violation): string {
  const details = [
    ...(violation?.found === undefined ? [] : [`found ${violation.found}`]),
    ...(violation?.expected === undefined ? [] : [`expected ${violation.expected}`]),
  ];
  const sentence = operator.constraints[constraint] ?? 'unknown constraint';
  return `${operator.name}/${constraint} ${sentence}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}
