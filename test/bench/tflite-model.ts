// The parts of a LiteRT model (schema version 3), and its file:
// https://github.com/google-ai-edge/LiteRT/blob/main/tflite/converter/schema/schema.fbs.

import type { Shape } from '../../compiler/ir/tensor-type.ts';
import type { Field, Table } from './flatbuffer.ts';
import { byte, bytes, floats, int, ints, longs, table, tableOf, tables, text, writeFlatbuffer } from './flatbuffer.ts';
import type { Weight } from './peers/layers.ts';

/** Codes of operators, and of their options in the union of them. */
const operators = {
  ADD: { code: 0, options: 11 },
  AVERAGE_POOL_2D: { code: 1, options: 5 },
  CONCATENATION: { code: 2, options: 10 },
  CONV_2D: { code: 3, options: 1 },
  DEPTHWISE_CONV_2D: { code: 4, options: 2 },
  DEQUANTIZE: { code: 6, options: 0 },
  FULLY_CONNECTED: { code: 9, options: 8 },
  LOCAL_RESPONSE_NORMALIZATION: { code: 13, options: 13 },
  LOGISTIC: { code: 14, options: 0 },
  MAX_POOL_2D: { code: 17, options: 5 },
  MUL: { code: 18, options: 21 },
  RELU: { code: 19, options: 0 },
  RELU6: { code: 21, options: 0 },
  RESHAPE: { code: 22, options: 17 },
  SOFTMAX: { code: 25, options: 9 },
  PAD: { code: 34, options: 22 },
  TRANSPOSE: { code: 39, options: 26 },
  SUB: { code: 41, options: 28 },
  MEAN: { code: 40, options: 27 },
  SPLIT: { code: 49, options: 35 },
  MAXIMUM: { code: 55, options: 0 },
  MINIMUM: { code: 57, options: 0 },
  PADV2: { code: 60, options: 44 },
  RSQRT: { code: 76, options: 0 },
  SQUARED_DIFFERENCE: { code: 99, options: 0 },
  QUANTIZE: { code: 114, options: 0 },
  GELU: { code: 150, options: 0 },
} as const;

export type OperatorName = keyof typeof operators;

export interface LiteRtModel {
  readonly bytes: Uint8Array;
  /** `[N, C, H, W]` */
  readonly inputShape: Shape;
}

export interface ModelTensor {
  readonly shape: Shape;
  readonly type: ElementType;
  /** Of a constant. */
  readonly data?: Float32Array | Int32Array | Int8Array;
  /** Of whole numbers that stand for others. */
  readonly scaling?: Scaling;
}

/** (code − zero) · scale is the number. */
export interface Scaling {
  /** One, or one for each index of `axis`. */
  readonly scales: Float32Array;
  readonly zero: number;
  readonly axis?: number;
}

/** Codes of the types of elements. */
const elementTypes = { f32: 0, i32: 2, i8: 9 } as const;

type ElementType = keyof typeof elementTypes;

export interface ModelNode {
  readonly name: OperatorName;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: readonly Field[];
}

/** Tensors are told by their index. */
export interface ModelGraph {
  readonly tensors: readonly ModelTensor[];
  readonly nodes: readonly ModelNode[];
  readonly input: number;
  readonly output: number;
}

/** Builds one in f32. */
export interface Model {
  /** A new tensor of f32. */
  tensor(shape: Shape): number;
  numbers(weight: Weight): number;
  integers(values: readonly number[], shape?: Shape): number;
  /** Adds an operator with one result of this shape. */
  apply(name: OperatorName, inputs: readonly number[], shape: Shape, ...options: readonly Field[]): number;
  applyAll(
    name: OperatorName,
    inputs: readonly number[],
    shapes: readonly Shape[],
    ...options: readonly Field[]
  ): readonly number[];
  shapeOf(tensor: number): Shape;
  finish(input: number, output: number): ModelGraph;
}

export function createModel(): Model {
  const tensors: ModelTensor[] = [];
  const nodes: ModelNode[] = [];
  const add = (tensor: ModelTensor): number => tensors.push(tensor) - 1;
  const model: Model = {
    tensor: (shape) => add({ shape, type: 'f32' }),
    numbers: ({ shape, data }) => add({ shape, type: 'f32', data }),
    integers: (values, shape = [values.length]) => add({ shape, type: 'i32', data: Int32Array.from(values) }),
    apply: (name, inputs, shape, ...options) => model.applyAll(name, inputs, [shape], ...options)[0]!,
    applyAll(name, inputs, results, ...options) {
      const outputs = results.map(model.tensor);
      nodes.push({ name, inputs, outputs, options });
      return outputs;
    },
    shapeOf: (tensor) => tensors[tensor]!.shape,
    finish: (input, output) => ({ tensors, nodes, input, output }),
  };
  return model;
}

/** The bytes of the file. */
export function encodeModel({ tensors, nodes, input, output }: ModelGraph): Uint8Array {
  const names = Object.keys(operators);
  const buffers: Table[] = [tableOf()];
  const buffer = ({ buffer: memory, byteOffset, byteLength }: NonNullable<ModelTensor['data']>): number =>
    buffers.push(tableOf(bytes(new Uint8Array(memory, byteOffset, byteLength)))) - 1;
  const tensorTables = tensors.map(({ shape, type, data, scaling }, at) =>
    tableOf(
      ints(shape),
      byte(elementTypes[type]),
      int(data ? buffer(data) : 0),
      text(`t${at}`),
      scaling && table(scalingTable(scaling)),
    ),
  );
  const nodeTables = nodes.map(({ name, inputs, outputs, options }) => {
    const kind = operators[name].options;
    const own = kind > 0 ? [byte(kind), table(tableOf(...options))] : [];
    return tableOf(int(names.indexOf(name)), ints(inputs), ints(outputs), ...own);
  });
  const codes = Object.values(operators).map(({ code }) => tableOf(byte(code), undefined, int(1), int(code)));
  const subgraph = tableOf(tables(tensorTables), ints([input]), ints([output]), tables(nodeTables), text('main'));
  const root = tableOf(int(3), tables(codes), tables([subgraph]), text('cnnc-bench'), tables(buffers));
  return writeFlatbuffer(root, 'TFL3');
}

function scalingTable({ scales, zero, axis }: Scaling): Table {
  const zeros = Array.from(scales, () => zero);
  const [low, high, type, details] = [undefined, undefined, undefined, undefined];
  return tableOf(low, high, floats(scales), longs(zeros), type, details, axis === undefined ? undefined : int(axis));
}
