// An operator applied to operands: which of them are data, and what types and parameters follow.

import { completeAttributes } from './attributes.ts';
import type { Attributes, Graph, Node, ValueId } from './graph.ts';
import { invariant } from './invariant.ts';
import type { Operator, OperatorTable, ParameterSpec, Violation } from './operator.ts';
import { formatType, sameShape, tensorType } from './tensor-type.ts';
import type { TensorType } from './tensor-type.ts';

/** The operator of that name; a graph that uses another is a bug. */
export function operatorOf(operators: OperatorTable, name: string): Operator {
  const operator = operators.get(name);
  invariant(operator, () => `no operator ${JSON.stringify(name)}`);
  return operator;
}

/** How many of a node's operands are data; the others are parameters. Operators with parameters have a fixed arity unless they define `dataCount`. */
export function dataCount(operator: Operator, operandCount: number): number {
  if (operator.dataCount) return operator.dataCount(operandCount);
  return operator.parameters ? Math.min(operator.arity?.min ?? 1, operandCount) : operandCount;
}

/** The types of a node's data operands. */
export function dataTypes(graph: Graph, node: Node, operator: Operator): readonly TensorType[] {
  return node.operands.slice(0, dataCount(operator, node.operands.length)).map((value) => typeOf(graph, value));
}

/** The type of a value. Throws `InternalError` for a value that the graph does not have. */
export function typeOf(graph: Pick<Graph, 'types'>, value: ValueId): TensorType {
  const type = graph.types.get(value);
  invariant(type, () => `value %${value} has no type`);
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
    const expected = min === max ? `${min}` : max === Infinity ? `at least ${min}` : `${min} to ${max}`;
    return { parameters: [], problems: [`${operator.name} takes ${expected} data operands, found ${inputs.length}`] };
  }
  const strange = wrongElement(operator, attributes, inputs);
  if (strange !== undefined) return { parameters: [], problems: [strange] };
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

/** What is wrong with the element types of data operands; operators on codes check theirs by rules of their own. */
function wrongElement(operator: Operator, attributes: Attributes, inputs: readonly TensorType[]): string | undefined {
  const takes = operator.takes?.(attributes) ?? 'numbers';
  if (takes === 'codes' || inputs.length === 0) return undefined;
  const expected = takes === 'moves' && inputs[0]!.element === 'u8' ? 'u8' : 'f32';
  const wrong = inputs.find(({ element }) => element !== expected);
  return wrong && `${operator.name} takes ${expected}, found ${formatType(wrong)}`;
}

/** The stored form of written attributes for these data operands: completed, then made canonical. */
export function storedAttributes(operator: Operator, given: Attributes, inputs: readonly TensorType[]): Attributes {
  const complete = completeAttributes(operator, given);
  return operator.canonical?.(complete, inputs) ?? complete;
}

export interface Application {
  readonly attributes: Attributes;
  readonly results: readonly [TensorType, ...TensorType[]];
  readonly parameters: readonly ParameterSpec[];
}

/** Applies an operator where a violated constraint is a bug of the compiler: throws `InternalError` with the node's name. */
export function applyOperator(
  operators: OperatorTable,
  node: { readonly name: string; readonly op: string; readonly attributes?: Attributes | undefined },
  inputs: readonly TensorType[],
): Application {
  const operator = operatorOf(operators, node.op);
  const attributes = storedAttributes(operator, node.attributes ?? {}, inputs);
  const { results, parameters, problems } = inferNode(operator, inputs, attributes);
  const [first, ...others] = results ?? [];
  invariant(first, () => `${node.name}: ${problems.join('; ') || `${node.op} has no results`}`);
  return { attributes, results: [first, ...others], parameters };
}

/** The type of a parameter. */
export function parameterType({ shape, element }: ParameterSpec): TensorType {
  return tensorType(shape, false, element);
}

/** Throws `InternalError` unless there is a value of the right shape for each parameter. */
export function requireParameters(
  name: string,
  specs: readonly ParameterSpec[],
  values: readonly ValueId[],
  typeOfValue: (id: ValueId) => TensorType,
): void {
  invariant(values.length === specs.length, () => `${name}: ${values.length} parameters, expected ${specs.length}`);
  for (const [index, spec] of specs.entries()) {
    const type = typeOfValue(values[index]!);
    const expected = parameterType(spec);
    invariant(
      sameShape(type.shape, spec.shape) && type.element === expected.element,
      () => `${name}.${spec.name} is ${formatType({ ...type, batched: false })}, expected ${formatType(expected)}`,
    );
  }
}

function describeViolation(operator: Operator, constraint: string, violation?: Violation): string {
  const details = [
    ...(violation?.found === undefined ? [] : [`found ${violation.found}`]),
    ...(violation?.expected === undefined ? [] : [`expected ${violation.expected}`]),
  ];
  const sentence = operator.constraints[constraint] ?? 'unknown constraint';
  return `${operator.name}/${constraint} ${sentence}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}
