// ONNX files made in tests, with the project's own schema.

import { create, toBinary } from '@bufbuild/protobuf';
import { attributeTypes, dataTypes } from '../../src/onnx/file/messages.ts';
import { modelSchema } from '../../src/onnx/file/schema.ts';
import type { ModelInit } from '../../src/onnx/file/schema.ts';

export type GraphInit = NonNullable<ModelInit['graph']>;
export type NodeInit = NonNullable<GraphInit['node']>[number];
export type TensorInit = NonNullable<GraphInit['initializer']>[number];
/** `float`: also where it is a whole number. */
export type Setting =
  number | string | readonly number[] | { readonly float: number } | { readonly floats: readonly number[] };

/** A node; whole numbers become ints, others floats. */
export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  settings: Readonly<Record<string, Setting>> = {},
): NodeInit {
  return {
    opType,
    input: [...input],
    output: [...output],
    attribute: Object.entries(settings).map(([name, value]) => ({ name, ...setting(value) })),
  };
}

function setting(value: Setting) {
  if (typeof value === 'string') return { type: attributeTypes.string, s: new TextEncoder().encode(value) };
  if (typeof value === 'object' && 'float' in value) return { type: attributeTypes.float, f: value.float };
  if (typeof value === 'object' && 'floats' in value) return { type: attributeTypes.floats, floats: [...value.floats] };
  if (typeof value !== 'number') return { type: attributeTypes.ints, ints: value.map(BigInt) };
  if (Number.isInteger(value)) return { type: attributeTypes.int, i: BigInt(value) };
  return { type: attributeTypes.float, f: value };
}

/** A tensor of f32. */
export function floats(name: string, dims: readonly number[], data: readonly number[]): TensorInit {
  return { name, dims: dims.map(BigInt), dataType: dataTypes.float, floatData: [...data] };
}

/** A tensor of int64. */
export function ints(name: string, data: readonly number[]): TensorInit {
  return { name, dims: [BigInt(data.length)], dataType: dataTypes.int64, int64Data: data.map(BigInt) };
}

/** An input or output of f32; a text is the name of a dimension. */
export function border(name: string, dims: readonly (number | string)[]) {
  const dim = dims.map((extent) => ({
    value:
      typeof extent === 'string'
        ? { case: 'dimParam' as const, value: extent }
        : { case: 'dimValue' as const, value: BigInt(extent) },
  }));
  return { name, type: { tensorType: { elemType: dataTypes.float, shape: { dim } } } };
}

/** The bytes of a model of one graph. */
export function modelBytes(graph: GraphInit, rest: Omit<ModelInit, 'graph' | '$typeName'> = {}): Uint8Array {
  const opsetImport = [{ domain: '', version: 17n }];
  return toBinary(modelSchema, create(modelSchema, { irVersion: 8n, opsetImport, ...rest, graph } as ModelInit));
}

/** A convolution, relu and dense layer on [N,1,4,4]. */
export const smallModel: Uint8Array = modelBytes({
  name: 'small',
  input: [border('x', ['batch', 1, 4, 4])],
  output: [border('y', ['batch', 3])],
  initializer: [
    floats(
      'conv1.weight',
      [2, 1, 3, 3],
      Array.from({ length: 18 }, (_, at) => at / 8 - 1),
    ),
    floats('conv1.bias', [2], [0.5, -0.25]),
    floats(
      'fc.weight',
      [3, 8],
      Array.from({ length: 24 }, (_, at) => (at % 5) - 2),
    ),
  ],
  node: [
    node('Conv', ['x', 'conv1.weight', 'conv1.bias'], ['a'], { kernel_shape: [3, 3] }),
    node('Relu', ['a'], ['b']),
    node('Flatten', ['b'], ['c']),
    node('Gemm', ['c', 'fc.weight'], ['y'], { transB: 1 }),
  ],
});
