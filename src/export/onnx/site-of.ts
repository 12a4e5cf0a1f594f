// What an operator's exporter sees of a step.

import type { Graph, Node, ValueId } from '../../../compiler/ir/graph.ts';
import type { OperatorTable } from '../../../compiler/ir/operator.ts';
import { dataCount, operatorOf, typeOf } from '../../../compiler/ir/signature.ts';
import { sameShape } from '../../../compiler/ir/tensor-type.ts';
import { int } from './attributes.ts';
import type { Part } from './emitter.ts';
import type { ExportSite, Layout } from './site.ts';
import { floatTensor, intTensor } from './tensors.ts';

/** What is known of the graph's values while it is exported. */
export interface KnownValues {
  readonly graph: Graph;
  readonly operators: OperatorTable;
  /** The ONNX name of a value that has been given, a weight in the arrangement `layout`. */
  nameOf(value: ValueId, layout?: Layout): string;
  /** Whether the ONNX value has a batch axis: all have one but weights. */
  isBatched(value: ValueId): boolean;
}

/** The site of a step whose nodes are added to `part`. */
export function siteOf({ graph, operators, nameOf, isBatched }: KnownValues, node: Node, part: Part): ExportSite {
  const operator = operatorOf(operators, node.op);
  const data = node.operands.slice(0, dataCount(operator, node.operands.length));
  const inputs = data.map((value) => typeOf(graph, value));
  const specs = operator.parameters?.(node.attributes, inputs) ?? [];
  /** The operand that is the parameter of that name; undefined where the step has none. */
  const parameterOf = (name: string): number | undefined => {
    const place = specs.findIndex((spec) => spec.name === name);
    return place < 0 ? undefined : node.operands[data.length + place];
  };
  const emit: ExportSite['emit'] = (opType, operands, attributes = {}) =>
    part.emit(opType, operands, attributes, 1)[0]!;
  const ints: ExportSite['ints'] = (role, values) => part.tensor(role, (name) => intTensor(name, values));
  const tensor: ExportSite['tensor'] = (role, dims, numbers) =>
    part.tensor(role, (name) => floatTensor(name, dims, numbers));
  return {
    node,
    attributes: node.attributes,
    inputs,
    results: node.results.map((value) => typeOf(graph, value)),
    isFlow: (at) => isBatched(data[at]!),
    operand(at) {
      const value = data[at]!;
      if (isBatched(value)) return nameOf(value);
      // [1, shape] → [N, shape], with as many images as the network's first input has.
      const { shape } = inputs[at]!;
      const one = nameOf(value, { key: `as ${[1, ...shape].join()}`, dims: [1, ...shape] });
      const images = emit('Shape', [graph.inputs[0]!.name], { start: int(0), end: int(1) });
      return emit('Expand', [one, emit('Concat', [images, ints('shape', shape)], { axis: int(0) })]);
    },
    shaped(at, shape) {
      if (!isBatched(data[at]!)) return nameOf(data[at]!, { key: `as ${shape.join()}`, dims: shape });
      const name = nameOf(data[at]!);
      return sameShape(shape, inputs[at]!.shape) ? name : emit('Reshape', [name, ints('shape', [0, ...shape])]);
    },
    parameter(name, layout) {
      const value = parameterOf(name);
      return value === undefined ? undefined : nameOf(value, layout);
    },
    parameterShape: (name) => typeOf(graph, parameterOf(name)!).shape,
    emit,
    emitAll: part.emit,
    ints,
    number: (role, value) => tensor(role, [], Float32Array.of(value)),
    tensor,
  };
}
