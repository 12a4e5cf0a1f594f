// The messages of an ONNX file that the importer and the exporter use, as TypeScript sees them (onnx/onnx.proto3 of ONNX 1.22). Their
// wire form is in schema.ts.

import type { Message } from '@bufbuild/protobuf';

export interface Model extends Message {
  readonly irVersion: bigint;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly domain: string;
  readonly modelVersion: bigint;
  readonly docString: string;
  readonly graph?: GraphProto;
  readonly opsetImport: readonly OperatorSet[];
  readonly metadataProps: readonly Entry[];
  readonly functions: readonly FunctionProto[];
}

export interface OperatorSet extends Message {
  readonly domain: string;
  readonly version: bigint;
}

export interface Entry extends Message {
  readonly key: string;
  readonly value: string;
}

export interface GraphProto extends Message {
  readonly name: string;
  readonly docString: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly sparseInitializer: readonly Message[];
  readonly input: readonly ValueInfo[];
  readonly output: readonly ValueInfo[];
  readonly valueInfo: readonly ValueInfo[];
  readonly metadataProps: readonly Entry[];
}

export interface NodeProto extends Message {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly overload: string;
  /** Empty: an optional input that is absent. */
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
  readonly docString: string;
  readonly metadataProps: readonly Entry[];
}

/** The field that `type` names holds the value. */
export interface AttributeProto extends Message {
  readonly name: string;
  /** In the body of a function: the attribute of the call whose value this one has. */
  readonly refAttrName: string;
  readonly type: number;
  readonly f: number;
  readonly i: bigint;
  readonly s: Uint8Array;
  readonly t?: TensorProto;
  readonly g?: GraphProto;
  readonly floats: readonly number[];
  readonly ints: readonly bigint[];
  readonly strings: readonly Uint8Array[];
}

/** Values of `AttributeProto.type`. */
export const attributeTypes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

/** A dense tensor; exactly one of the fields with `Data` in their names holds its elements, unless they are in another file. */
export interface TensorProto extends Message {
  readonly name: string;
  readonly dims: readonly bigint[];
  readonly dataType: number;
  readonly rawData: Uint8Array;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly bigint[];
  readonly doubleData: readonly number[];
  readonly uint64Data: readonly bigint[];
  /** `location`, `offset`, `length` of a file beside this one. */
  readonly externalData: readonly Entry[];
  /** 1: in another file. */
  readonly dataLocation: number;
}

/** Values of `TensorProto.dataType`. */
export const dataTypes = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
} as const;

export interface ValueInfo extends Message {
  readonly name: string;
  readonly type?: TypeProto;
  readonly metadataProps: readonly Entry[];
}

export interface TypeProto extends Message {
  /** Absent for sequences, maps and optional values. */
  readonly tensorType?: TensorTypeProto;
}

export interface TensorTypeProto extends Message {
  readonly elemType: number;
  readonly shape?: ShapeProto;
}

export interface ShapeProto extends Message {
  readonly dim: readonly Dimension[];
}

export interface Dimension extends Message {
  readonly value:
    | { readonly case: 'dimValue'; readonly value: bigint }
    | { readonly case: 'dimParam'; readonly value: string }
    | { readonly case: undefined; readonly value?: undefined };
}

export interface FunctionProto extends Message {
  readonly name: string;
  readonly domain: string;
  readonly overload: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  /** Names of attributes without a default. */
  readonly attribute: readonly string[];
  /** Attributes with their defaults. */
  readonly attributeProto: readonly AttributeProto[];
  readonly node: readonly NodeProto[];
  readonly opsetImport: readonly OperatorSet[];
}
