// The subset of onnx.proto that is read and written, as data: names, numbers and types of fields (ONNX 1.22, IR version 13).

/** Scalars as they lie in the file, or the name of a message. */
export type FieldType =
  'string' | 'bytes' | 'int32' | 'int64' | 'uint64' | 'float' | 'double' | { readonly message: string };

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: FieldType;
  readonly repeated: boolean;
  /** Written as one run of numbers; read in either form. */
  readonly packed: boolean;
  /** The group of fields of which at most one is set. */
  readonly oneof?: string;
}

const field = (number: number, type: FieldType, rest: Partial<Field> = {}): Omit<Field, 'name'> => ({
  number,
  type,
  repeated: false,
  packed: false,
  ...rest,
});
const one = (number: number, message: string) => field(number, { message });
const list = (number: number, type: FieldType) => field(number, type, { repeated: true });
const many = (number: number, message: string) => list(number, { message });
const numbers = (number: number, type: FieldType) => field(number, type, { repeated: true, packed: true });
const text = (number: number) => field(number, 'string');

const tables: Readonly<Record<string, Readonly<Record<string, Omit<Field, 'name'>>>>> = {
  ModelProto: {
    ir_version: field(1, 'int64'),
    producer_name: text(2),
    producer_version: text(3),
    domain: text(4),
    model_version: field(5, 'int64'),
    doc_string: text(6),
    graph: one(7, 'GraphProto'),
    opset_import: many(8, 'OperatorSetIdProto'),
    metadata_props: many(14, 'StringStringEntryProto'),
    functions: many(25, 'FunctionProto'),
  },
  OperatorSetIdProto: { domain: text(1), version: field(2, 'int64') },
  StringStringEntryProto: { key: text(1), value: text(2) },
  GraphProto: {
    node: many(1, 'NodeProto'),
    name: text(2),
    initializer: many(5, 'TensorProto'),
    doc_string: text(10),
    input: many(11, 'ValueInfoProto'),
    output: many(12, 'ValueInfoProto'),
    value_info: many(13, 'ValueInfoProto'),
    sparse_initializer: many(15, 'SparseTensorProto'),
    metadata_props: many(16, 'StringStringEntryProto'),
  },
  NodeProto: {
    input: list(1, 'string'),
    output: list(2, 'string'),
    name: text(3),
    op_type: text(4),
    attribute: many(5, 'AttributeProto'),
    doc_string: text(6),
    domain: text(7),
    overload: text(8),
    metadata_props: many(9, 'StringStringEntryProto'),
  },
  AttributeProto: {
    name: text(1),
    f: field(2, 'float'),
    i: field(3, 'int64'),
    s: field(4, 'bytes'),
    t: one(5, 'TensorProto'),
    g: one(6, 'GraphProto'),
    floats: list(7, 'float'),
    ints: list(8, 'int64'),
    strings: list(9, 'bytes'),
    type: field(20, 'int32'),
    ref_attr_name: text(21),
  },
  TensorProto: {
    dims: list(1, 'int64'),
    data_type: field(2, 'int32'),
    float_data: numbers(4, 'float'),
    int32_data: numbers(5, 'int32'),
    int64_data: numbers(7, 'int64'),
    name: text(8),
    raw_data: field(9, 'bytes'),
    double_data: numbers(10, 'double'),
    uint64_data: numbers(11, 'uint64'),
    external_data: many(13, 'StringStringEntryProto'),
    data_location: field(14, 'int32'),
  },
  SparseTensorProto: {},
  ValueInfoProto: { name: text(1), type: one(2, 'TypeProto'), metadata_props: many(4, 'StringStringEntryProto') },
  TypeProto: { tensor_type: one(1, 'TensorTypeProto') },
  TensorTypeProto: { elem_type: field(1, 'int32'), shape: one(2, 'TensorShapeProto') },
  TensorShapeProto: { dim: many(1, 'DimensionProto') },
  DimensionProto: {
    dim_value: field(1, 'int64', { oneof: 'value' }),
    dim_param: field(2, 'string', { oneof: 'value' }),
  },
  FunctionProto: {
    name: text(1),
    input: list(4, 'string'),
    output: list(5, 'string'),
    attribute: list(6, 'string'),
    node: many(7, 'NodeProto'),
    opset_import: many(9, 'OperatorSetIdProto'),
    domain: text(10),
    attribute_proto: many(11, 'AttributeProto'),
    overload: text(13),
  },
};

/** Message → its fields. */
export const messages: ReadonlyMap<string, readonly Field[]> = new Map(
  Object.entries(tables).map(([name, fields]) => [
    name,
    Object.entries(fields).map(([fieldName, rest]) => ({ name: fieldName, ...rest })),
  ]),
);
