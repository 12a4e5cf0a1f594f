// The part of ONNX's messages that a feed-forward network in f32 needs, as a reflection descriptor of protobufjs
// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Only types and field numbers reach the file.

type Field = readonly [type: string, id: number];

const list = (...[type, id]: Field) => ({ rule: 'repeated', type, id }) as const;
const one = (...[type, id]: Field) => ({ type, id }) as const;

export const onnxSchema = {
  nested: {
    ModelProto: {
      fields: {
        irVersion: one('int64', 1),
        producerName: one('string', 2),
        graph: one('GraphProto', 7),
        opsetImport: list('OperatorSetIdProto', 8),
      },
    },
    OperatorSetIdProto: { fields: { domain: one('string', 1), version: one('int64', 2) } },
    GraphProto: {
      fields: {
        node: list('NodeProto', 1),
        name: one('string', 2),
        initializer: list('TensorProto', 5),
        input: list('ValueInfoProto', 11),
        output: list('ValueInfoProto', 12),
      },
    },
    NodeProto: {
      fields: {
        input: list('string', 1),
        output: list('string', 2),
        name: one('string', 3),
        opType: one('string', 4),
        attribute: list('AttributeProto', 5),
      },
    },
    AttributeProto: {
      fields: {
        name: one('string', 1),
        f: one('float', 2),
        i: one('int64', 3),
        ints: list('int64', 8),
        type: one('int32', 20),
      },
    },
    TensorProto: {
      fields: {
        dims: list('int64', 1),
        dataType: one('int32', 2),
        name: one('string', 8),
        rawData: one('bytes', 9),
      },
    },
    ValueInfoProto: { fields: { name: one('string', 1), type: one('TypeProto', 2) } },
    TypeProto: { fields: { tensorType: one('TypeProtoTensor', 1) } },
    TypeProtoTensor: { fields: { elemType: one('int32', 1), shape: one('TensorShapeProto', 2) } },
    TensorShapeProto: { fields: { dim: list('Dimension', 1) } },
    Dimension: { fields: { dimValue: one('int64', 1) } },
  },
} as const;

// The same as types, for what is encoded.

export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly attribute: readonly AttributeProto[];
}

export interface AttributeProto {
  readonly name: string;
  readonly f?: number;
  readonly i?: number;
  readonly ints?: readonly number[];
  /** 1: f, 2: i, 7: ints. */
  readonly type: 1 | 2 | 7;
}

export interface TensorProto {
  readonly name: string;
  readonly dims: readonly number[];
  /** 1: f32. */
  /** f32 or int64. */
  readonly dataType: 1 | 7;
  /** Little-endian. */
  readonly rawData: Uint8Array;
}
