// The file: a ModelProto of the nodes and tensors, with the types of its values (onnx.proto of ONNX 1.16, IR version 10).

import { create, toBinary } from '@bufbuild/protobuf';
import type { TensorType } from '../../../compiler/ir/tensor-type.ts';
import { dataTypes } from '../../onnx/file/messages.ts';
import { modelSchema } from '../../onnx/file/schema.ts';
import type { NodeDraft } from './emitter.ts';
import type { TensorInit } from './tensors.ts';

/** Of ONNX 1.16: the first in which groups are normalised with a scale for each channel. */
export const OPERATOR_SET = 21;
/** The first that has operator set 21. */
const IR_VERSION = 10;

export interface Border {
  readonly name: string;
  readonly type: TensorType;
}

export interface ModelParts {
  readonly name: string;
  readonly doc?: string;
  readonly producerVersion: string;
  readonly nodes: readonly NodeDraft[];
  readonly tensors: readonly TensorInit[];
  readonly inputs: readonly Border[];
  readonly outputs: readonly Border[];
  /** Values in between. */
  readonly values: readonly Border[];
  /** A number of images; absent: any. */
  readonly batch?: number;
}

/** The bytes of the file. */
export function encodeModel(parts: ModelParts): Uint8Array {
  const { name, doc, producerVersion, nodes, tensors, batch } = parts;
  const info = ({ name: value, type }: Border) => valueInfo(value, type, batch);
  return toBinary(
    modelSchema,
    create(modelSchema, {
      irVersion: BigInt(IR_VERSION),
      producerName: 'cnnc',
      producerVersion,
      ...(doc !== undefined && { docString: doc }),
      opsetImport: [{ domain: '', version: BigInt(OPERATOR_SET) }],
      graph: {
        name,
        node: nodes.map(nodeInit),
        initializer: [...tensors],
        input: parts.inputs.map(info),
        output: parts.outputs.map(info),
        valueInfo: parts.values.map(info),
      },
    }),
  );
}

function nodeInit({ opType, step, name, input, output, attributes }: NodeDraft) {
  return {
    opType,
    name,
    input: [...input],
    output: [...output],
    attribute: Object.entries(attributes).map(([attribute, value]) => ({ name: attribute, ...value })),
    metadataProps: [{ key: 'pkg.torch.onnx.name_scopes', value: scopesText(step, name) }],
  };
}

/** As PyTorch's exporter writes the modules around a node, outermost first and the node last: `['', 'stage1', 'stage1.conv1', 'Conv']`. */
function scopesText(step: string, name: string): string {
  const steps = step.split('.');
  const scopes = ['', ...steps.map((_, at) => steps.slice(0, at + 1).join('.')), name];
  return `[${scopes.map((scope) => `'${scope}'`).join(', ')}]`;
}

function valueInfo(name: string, { shape, batched }: TensorType, batch: number | undefined) {
  const dims = shape.map((extent) => dimension(extent));
  const images = batch === undefined ? { value: { case: 'dimParam' as const, value: 'batch' } } : dimension(batch);
  return {
    name,
    type: { tensorType: { elemType: dataTypes.float, shape: { dim: batched ? [images, ...dims] : dims } } },
  };
}

const dimension = (extent: number) => ({ value: { case: 'dimValue' as const, value: BigInt(extent) } });
