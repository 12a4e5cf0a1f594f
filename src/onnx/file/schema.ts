// The schemas with which @bufbuild/protobuf reads and writes ONNX files, made of the table in fields.ts.

import { create, createFileRegistry } from '@bufbuild/protobuf';
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import {
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
} from '@bufbuild/protobuf/wkt';
import { invariant } from '../../../compiler/ir/invariant.ts';
import { messages } from './fields.ts';
import type { Field, FieldType } from './fields.ts';
import type { Model, TensorProto } from './messages.ts';

const scalars: Readonly<Record<Extract<FieldType, string>, FieldDescriptorProto_Type>> = {
  string: FieldDescriptorProto_Type.STRING,
  bytes: FieldDescriptorProto_Type.BYTES,
  int32: FieldDescriptorProto_Type.INT32,
  int64: FieldDescriptorProto_Type.INT64,
  uint64: FieldDescriptorProto_Type.UINT64,
  float: FieldDescriptorProto_Type.FLOAT,
  double: FieldDescriptorProto_Type.DOUBLE,
};

const registry = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: 'onnx.proto',
    package: 'onnx',
    syntax: 'proto2',
    messageType: [...messages].map(([name, fields]) => {
      const oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))];
      return {
        name,
        field: fields.map((field) => described(field, oneofs)),
        oneofDecl: oneofs.map((oneof) => ({ name: oneof })),
      };
    }),
  }),
  () => undefined,
);

function described({ name, number, type, repeated, packed, oneof }: Field, oneofs: readonly string[]) {
  return {
    name,
    number,
    label: repeated ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
    ...(typeof type === 'string'
      ? { type: scalars[type] }
      : { type: FieldDescriptorProto_Type.MESSAGE, typeName: `.onnx.${type.message}` }),
    ...(packed && { options: { packed: true } }),
    ...(oneof !== undefined && { oneofIndex: oneofs.indexOf(oneof) }),
  };
}

function schemaOf(name: string): DescMessage {
  const schema = registry.getMessage(`onnx.${name}`);
  invariant(schema, () => `no message ${name}`);
  return schema;
}

/** A whole file. */
export const modelSchema = schemaOf('ModelProto') as GenMessage<Model>;
/** What test data lie in, one per file. */
export const tensorSchema = schemaOf('TensorProto') as GenMessage<TensorProto>;

/** What a model can be made from: fields that are left out are absent. */
export type ModelInit = MessageInitShape<typeof modelSchema>;
