// A node while it is exported: what its operator's file reads it with, and writes nodes of ONNX with.

import type { Attributes, Node } from '../../../compiler/ir/graph.ts';
import type { Shape, TensorType } from '../../../compiler/ir/tensor-type.ts';
import type { AttributeValue } from './attributes.ts';

/** Another arrangement of a weight in the file. The same arrangement of a weight is written once. */
export interface Layout {
  /** Tells arrangements of one weight apart. */
  readonly key: string;
  readonly dims: readonly number[];
  /** Row-major, from the network's order to that of `dims`; absent: the same order. */
  readonly arranged?: (data: Float32Array) => Float32Array;
}

export type NamedAttributes = Readonly<Record<string, AttributeValue>>;

/** Names of values of the ONNX graph are strings; an empty one is an optional input that is left out. */
export interface ExportSite {
  readonly node: Node;
  readonly attributes: Attributes;
  /** Types of the data operands. */
  readonly inputs: readonly TensorType[];
  readonly results: readonly TensorType[];
  /** Whether data operand `at` has the batch axis. */
  isFlow(at: number): boolean;
  /** Data operand `at` with its batch axis, [N, …]: a learned tensor is repeated for every image. */
  operand(at: number): string;
  /** Data operand `at` as [N, …shape], or as [1, …shape] where it has no batch axis. `shape` has the same number of elements. */
  shaped(at: number, shape: Shape): string;
  /** The operator's parameter of that name, `bias`; undefined where the node has none. */
  parameter(name: string, layout?: Layout): string | undefined;
  /** The shape of a parameter. */
  parameterShape(name: string): Shape;
  /** A node with one result. */
  emit(opType: string, inputs: readonly (string | undefined)[], attributes?: NamedAttributes): string;
  /** A node with `count` results. */
  emitAll(
    opType: string,
    inputs: readonly (string | undefined)[],
    attributes: NamedAttributes,
    count: number,
  ): readonly string[];
  /** A vector of int64, as shapes and axes are. */
  ints(role: string, values: readonly number[]): string;
  /** A number in f32, without axes. */
  number(role: string, value: number): string;
  /** Numbers in f32. */
  tensor(role: string, dims: readonly number[], data: Float32Array): string;
}

/** Emits the nodes that compute a node; the values that are its results, one for each. Refuses what ONNX cannot say. */
export type Exporter = (site: ExportSite) => string | readonly string[];
