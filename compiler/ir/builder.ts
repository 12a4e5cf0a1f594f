// Builds graphs in code: what passes, tests and the text parser use. The front end, which reports mistakes
// instead of throwing, calls the same `completeAttributes` and operators' rules itself.

import type {
  Attributes,
  Constant,
  Graph,
  GraphInput,
  GraphOutput,
  Initial,
  InputSettings,
  Node,
  Origin,
  Parameter,
  State,
  ValueId,
} from './graph.ts';
import { namedWeights, weightsNameOf } from './graph.ts';
import { invariant } from './invariant.ts';
import { createNames } from './names.ts';
import type { OperatorTable, ParameterSpec } from './operator.ts';
import { applyOperator, requireParameters, typeOf } from './signature.ts';
import type { Application } from './signature.ts';
import { formatShape, sizeOf, tensorType } from './tensor-type.ts';
import type { Element, Shape, TensorType } from './tensor-type.ts';

export { completeAttributes } from './attributes.ts';

/** At least one value, so that `const [y] = builder.node(…)` is a `ValueId`. */
export type Results = readonly [ValueId, ...ValueId[]];

export interface NodeSpec {
  readonly op: string;
  /** Unique; absent: the operator's name and a number, `conv1`. */
  readonly name?: string;
  /** Where its weights are called by another name than its own, which other nodes may have, too: they then share them. */
  readonly weightsName?: string | undefined;
  /** Data operands. */
  readonly inputs: readonly ValueId[];
  /** As a user would write them; completed and made canonical here. */
  readonly attributes?: Attributes;
  /** A value for each of the operator's parameters; absent: parameters named `${weightsName}.weight` and so on. */
  readonly parameters?: readonly ValueId[];
  readonly origin?: Origin | undefined;
  /** What the operator says of these operands, where it was asked already; `attributes` are then left out. */
  readonly applied?: Application;
}

export interface GraphBuilder {
  /** An input; `shape` is without the batch axis. */
  input(name: string, shape: Shape, settings?: InputSettings): ValueId;
  /** An input without the batch axis. */
  once(name: string, shape: Shape): ValueId;
  /** A tensor that a training keeps from step to step, without the batch axis; the output of the same name is its next value. */
  state(name: string, shape: Shape, role: State['role'], initial: Initial): ValueId;
  /** A tensor from the weights file, of f32 unless said otherwise; `shape` in full. */
  parameter(name: string, shape: Shape, role: Parameter['role'], initial: Initial, element?: Element): ValueId;
  /** The weights of a node: `conv1.weight`; with a `weightsName`, those of that name where there are some already. */
  weights(node: Pick<Node, 'name' | 'weightsName'>, spec: ParameterSpec): ValueId;
  /** A tensor known when compiling; `data` in row-major order. */
  constant(shape: Shape, data: ArrayLike<number>): ValueId;
  /** Applies an operator. Throws `InternalError` when it violates one of the operator's constraints. */
  node(spec: NodeSpec): Results;
  output(name: string, value: ValueId, facts?: Pick<GraphOutput, 'labels' | 'auxiliary'>): void;
  typeOf(value: ValueId): TensorType;
  finish(): Graph;
}

/** Builds a graph node by node; types of results come from the operators. */
export function graphBuilder(name: string, operators: OperatorTable, mode: Graph['mode'] = 'infer'): GraphBuilder {
  const inputs: GraphInput[] = [];
  const parameters: Parameter[] = [];
  const parametersByName = new Map<string, ValueId>();
  const constants: Constant[] = [];
  const nodes: Node[] = [];
  const outputs: GraphOutput[] = [];
  const types = new Map<ValueId, TensorType>();
  const inputNames = createNames();
  const parameterNames = createNames();
  const nodeNames = createNames();
  const outputNames = createNames();

  const value = (type: TensorType): ValueId => {
    types.set(types.size, type);
    return types.size - 1;
  };

  const addInput = (type: TensorType, input: Omit<GraphInput, 'value'>): ValueId => {
    inputNames.claim(input.name);
    const id = value(type);
    inputs.push({ ...input, value: id });
    return id;
  };

  const builder: GraphBuilder = {
    input: (name, shape, settings) => addInput(tensorType(shape), { name, ...(settings && { settings }) }),
    once: (name, shape) => addInput(tensorType(shape, false), { name }),
    state: (name, shape, role, initial) => addInput(tensorType(shape, false), { name, state: { role, initial } }),

    parameter(name, shape, role, initial, element) {
      parameterNames.claim(name);
      const id = value(tensorType(shape, false, element));
      parameters.push({ name, value: id, role, initial });
      parametersByName.set(name, id);
      return id;
    },

    weights(node, spec) {
      const full = `${weightsNameOf(node)}.${spec.name}`;
      const known = node.weightsName === undefined ? undefined : parametersByName.get(full);
      return known ?? builder.parameter(full, spec.shape, spec.role, spec.initial, spec.element);
    },

    constant(shape, data) {
      invariant(data.length === sizeOf(shape), `constant ${formatShape(shape)} has ${data.length} elements`);
      const id = value(tensorType(shape, false));
      constants.push({ value: id, data: Float64Array.from(data) });
      return id;
    },

    node(spec) {
      const name = spec.name === undefined ? nodeNames.numbered(spec.op) : nodeNames.claim(spec.name);
      const { results, node } = applied(builder, operators, name, spec);
      const ids = results.map(value);
      nodes.push({ ...node, results: ids });
      return ids as unknown as Results;
    },

    output(name, id, facts) {
      outputNames.claim(name);
      builder.typeOf(id);
      outputs.push({ name, value: id, ...facts });
    },

    typeOf: (id) => typeOf({ types }, id),

    finish: () => ({
      name,
      mode,
      inputs: [...inputs],
      parameters: [...parameters],
      constants: [...constants],
      nodes: [...nodes],
      outputs: [...outputs],
      types: new Map(types),
    }),
  };
  return builder;
}

/** The node that an operator becomes, with new parameters where none are given, and the types of its results. */
function applied(
  builder: GraphBuilder,
  operators: OperatorTable,
  name: string,
  { op, weightsName, inputs, attributes: given, parameters: known, origin, applied: application }: NodeSpec,
): { readonly node: Omit<Node, 'results'>; readonly results: readonly TensorType[] } {
  const { attributes, results, parameters } =
    application ?? applyOperator(operators, { name, op, attributes: given }, inputs.map(builder.typeOf));
  const own = namedWeights(name, weightsName);
  const weights = known ?? parameters.map((spec) => builder.weights({ name, ...own }, spec));
  requireParameters(name, parameters, weights, builder.typeOf);
  return {
    node: { op, name, ...own, operands: [...inputs, ...weights], attributes, ...(origin && { origin }) },
    results,
  };
}
