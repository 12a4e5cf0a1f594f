// The oracle: runs a graph in f64 by the operators' own definitions. Every pass, kernel and back end is compared with it.

import type { Graph, ValueId } from './graph.ts';
import { invariant } from './invariant.ts';
import type { OperatorTable, Tensor } from './operator.ts';
import { dataTypes, operatorOf, typeOf } from './signature.ts';
import { formatShape, sameShape, sizeOf } from './tensor-type.ts';
import type { Shape, TensorType } from './tensor-type.ts';

export interface Feeds {
  /** By input name; `batch` images in row-major order. */
  readonly inputs: ReadonlyMap<string, { readonly data: ArrayLike<number> }>;
  /** By parameter name. */
  readonly parameters: ReadonlyMap<string, { readonly shape?: Shape; readonly data: ArrayLike<number> }>;
  readonly batch: number;
}

export interface InterpretOptions {
  /** `outputs` forgets every inner value after its last use. Default: `all`. */
  readonly keep?: 'all' | 'outputs';
}

export interface Interpretation {
  /** By output name. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Every value, or with `keep: 'outputs'` those that are outputs. */
  readonly values: ReadonlyMap<ValueId, Tensor>;
}

/**
 * Throws `RangeError` when an input or a parameter that the graph needs is missing or has the wrong length or shape.
 * Data that is already a `Float64Array` is not copied.
 */
export function interpret(
  graph: Graph,
  operators: OperatorTable,
  { inputs, parameters, batch }: Feeds,
  { keep = 'all' }: InterpretOptions = {},
): Interpretation {
  if (!Number.isSafeInteger(batch) || batch < 1)
    throw new RangeError(`batch must be a whole number from 1, not ${batch}`);
  const values = new Map<ValueId, Tensor>();
  for (const { name, value } of graph.inputs) {
    values.set(value, feed(`input ${name}`, inputs.get(name), typeOf(graph, value), batch));
  }
  for (const { name, value } of graph.parameters) {
    const type = typeOf(graph, value);
    const given = parameters.get(name);
    if (given?.shape && !sameShape(given.shape, type.shape)) {
      throw new RangeError(`parameter ${name} is ${formatShape(given.shape)}, expected ${formatShape(type.shape)}`);
    }
    values.set(value, feed(`parameter ${name}`, given, type, batch));
  }
  for (const { value, data } of graph.constants) values.set(value, { shape: typeOf(graph, value).shape, data });

  const deaths = keep === 'outputs' ? lastUses(graph) : undefined;
  for (const [index, node] of graph.nodes.entries()) {
    const operands = node.operands.map((id) => {
      const operand = values.get(id);
      invariant(operand, `${node.name} uses %${id} before it is defined`);
      return operand;
    });
    const operator = operatorOf(operators, node.op);
    const results = operator.reference(operands, node.attributes, dataTypes(graph, node, operator));
    for (const [place, id] of node.results.entries()) {
      const result = results[place];
      const expected = fullShape(typeOf(graph, id), batch);
      invariant(
        result && sameShape(result.shape, expected) && result.data.length === sizeOf(expected),
        `${node.name}: the reference of ${node.op} gives ${result ? formatShape(result.shape) : 'nothing'}, its type says ${formatShape(expected)}`,
      );
      values.set(id, result);
    }
    for (const id of deaths?.get(index) ?? []) values.delete(id);
  }

  const outputs = new Map<string, Tensor>();
  for (const { name, value } of graph.outputs) {
    const output = values.get(value);
    invariant(output, `output ${name} is never defined`);
    outputs.set(name, output);
  }
  if (keep === 'all') return { outputs, values };
  return { outputs, values: new Map(graph.outputs.map(({ name, value }) => [value, outputs.get(name)!])) };
}

/** The shape with its batch axis, where it has one. */
export function fullShape(type: TensorType, batch: number): Shape {
  return type.batched ? [batch, ...type.shape] : type.shape;
}

function feed(
  what: string,
  given: { readonly data: ArrayLike<number> } | undefined,
  type: TensorType,
  batch: number,
): Tensor {
  if (!given) throw new RangeError(`${what} is missing`);
  const shape = fullShape(type, batch);
  if (given.data.length !== sizeOf(shape)) {
    throw new RangeError(
      `${what} has ${given.data.length} elements, expected ${sizeOf(shape)} for ${formatShape(shape)}`,
    );
  }
  return { shape, data: given.data instanceof Float64Array ? given.data : Float64Array.from(given.data) };
}

/** Node index → values that no later node and no output uses, its own unused results included. */
function lastUses(graph: Graph): ReadonlyMap<number, readonly ValueId[]> {
  const last = new Map<ValueId, number>();
  for (const [index, node] of graph.nodes.entries()) {
    for (const id of [...node.results, ...node.operands]) last.set(id, index);
  }
  for (const { value } of graph.outputs) last.delete(value);
  const deaths = new Map<number, ValueId[]>();
  for (const [id, index] of last) {
    const list = deaths.get(index);
    if (list) list.push(id);
    else deaths.set(index, [id]);
  }
  return deaths;
}
