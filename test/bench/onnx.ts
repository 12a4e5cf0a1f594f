// A graph with its weights as an ONNX model (opset 17, f32, a fixed number of images), for the peers that read those files.

import type { Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { flagOf, numberOf, wordOf } from '../../compiler/ops/attributes.ts';
import type { Weights } from './engine.ts';
import { onnxSchema } from './onnx-schema.ts';
import type { AttributeProto, NodeProto, TensorProto } from './onnx-schema.ts';
import { importPeer } from './peers/import-peer.ts';
import { coveringWindow, dataOf, layersOf, unsupported } from './peers/layers.ts';
import type { Layer } from './peers/layers.ts';

export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** `[N, C, H, W]` */
  readonly inputShape: Shape;
}

/** Knows the operators of the book's networks and MobileNet; throws on others. */
export async function encodeOnnx(graph: Graph, weights: Weights, batch = 1): Promise<OnnxModel> {
  const { Root } = (await importPeer<{ readonly default: Protobuf }>('protobufjs/light.js')).default;
  const names = new Map(graph.parameters.map(({ name, value }) => [value, name]));
  const nameOf: NameOf = (value) => names.get(value) ?? `value${value}`;
  const parts = layersOf(graph, weights).map((layer) => convert(layer, nameOf));
  const model = {
    irVersion: 8,
    producerName: 'cnnc-bench',
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: graph.name,
      node: parts.map(({ node }) => node),
      initializer: [...parameters(graph, weights), ...parts.flatMap(({ scalars }) => scalars)],
      input: graph.inputs.map(({ value }) => valueInfo(nameOf(value), [batch, ...typeOf(graph, value).shape])),
      output: graph.outputs.map(({ value }) => valueInfo(nameOf(value), [batch, ...typeOf(graph, value).shape])),
    },
  };
  return {
    bytes: Root.fromJSON(onnxSchema).lookupType('ModelProto').encode(model).finish(),
    inputShape: [batch, ...typeOf(graph, graph.inputs[0]!.value).shape],
  };
}

type NameOf = (value: ValueId) => string;

interface Converted {
  readonly node: NodeProto;
  /** What the operator takes as an input in place of an attribute. */
  readonly scalars: readonly TensorProto[];
}

function convert(layer: Layer, nameOf: NameOf): Converted {
  const { node, result } = layer;
  const { opType, attributes = [], scalars = [] } = operation(layer);
  const tensors = Object.entries(scalars).map(([name, value]) => scalar(`${node.name}.${name}`, value));
  return {
    node: {
      input: [...node.operands.map(nameOf), ...tensors.map(({ name }) => name)],
      output: [nameOf(result)],
      name: node.name,
      opType,
      attribute: attributes,
    },
    scalars: tensors,
  };
}

interface Operation {
  readonly opType: string;
  readonly attributes?: readonly AttributeProto[];
  readonly scalars?: Readonly<Record<string, number>>;
}

function operation(layer: Layer): Operation {
  const { node, inputShape, outputShape } = layer;
  switch (node.op) {
    case 'conv':
    case 'depthwise_conv':
      return convolution(layer);
    case 'dense':
      return { opType: 'Gemm', attributes: [int('transB', 1)] };
    case 'batch_norm':
      return { opType: 'BatchNormalization', attributes: [float('epsilon', numberOf(node.attributes, 'epsilon'))] };
    case 'max_pool':
      return { opType: 'MaxPool', attributes: window(layer) };
    case 'avg_pool':
      return averagePool(layer);
    case 'global_avg_pool':
      return { opType: 'GlobalAveragePool' };
    case 'adaptive_avg_pool':
      return { opType: adaptive(node, inputShape, outputShape) };
    case 'flatten':
      return { opType: 'Flatten', attributes: [int('axis', 1)] };
    case 'relu':
      return { opType: 'Relu' };
    case 'relu6':
      return { opType: 'Clip', scalars: { min: 0, max: 6 } };
    case 'clip':
      return {
        opType: 'Clip',
        scalars: { min: numberOf(node.attributes, 'min'), max: numberOf(node.attributes, 'max') },
      };
    case 'sigmoid':
      return { opType: 'Sigmoid' };
    case 'softmax':
      return { opType: 'Softmax', attributes: [int('axis', 1)] };
    case 'add':
      return { opType: layer.inputs.length === 2 ? 'Add' : 'Sum' };
    case 'concat':
      return { opType: 'Concat', attributes: [int('axis', 1)] };
    case 'dropout':
    case 'identity':
      return { opType: 'Identity' };
    case 'local_response_norm':
      return localResponseNorm(node);
    default:
      throw unsupported(node, 'the operator');
  }
}

// x [N,C,H,W] · w [O,C/g,KH,KW] · b [O] → y [N,O,OH,OW]
function convolution(layer: Layer): Operation {
  const { node, inputShape, parameters: weights } = layer;
  if (wordOf(node.attributes, 'mode') !== 'cross_correlation') throw unsupported(node, 'mode');
  const { dilation } = coveringWindow(layer);
  const groups = inputShape[0]! / weights[0]!.shape[1]!;
  return { opType: 'Conv', attributes: [...window(layer), ints('dilations', dilation), int('group', groups)] };
}

function averagePool(layer: Layer): Operation {
  const counts = flagOf(layer.node.attributes, 'count_padding');
  // Only what is padding counts, not what overhangs it.
  if (counts && coveringWindow(layer).overhangs) throw unsupported(layer.node, 'this padding');
  return { opType: 'AveragePool', attributes: [...window(layer), int('count_include_pad', counts ? 1 : 0)] };
}

function window(layer: Layer): readonly AttributeProto[] {
  const { kernel, stride, padding } = coveringWindow(layer);
  return [ints('kernel_shape', kernel), ints('strides', stride), ints('pads', padding)];
}

function adaptive(node: Node, [, height, width]: Shape, [, oh, ow]: Shape): string {
  if (oh === height && ow === width) return 'Identity';
  if (oh === 1 && ow === 1) return 'GlobalAveragePool';
  throw unsupported(node, 'this size');
}

function localResponseNorm({ attributes, ...node }: Node): Operation {
  const size = numberOf(attributes, 'size');
  // ONNX has the odd neighbour of an even number on the other side.
  if (size % 2 === 0) throw unsupported({ attributes, ...node }, 'an even size');
  return {
    opType: 'LRN',
    attributes: [
      int('size', size),
      float('alpha', numberOf(attributes, 'alpha')),
      float('beta', numberOf(attributes, 'beta')),
      float('bias', numberOf(attributes, 'k')),
    ],
  };
}

// Messages.

function parameters(graph: Graph, weights: Weights): readonly TensorProto[] {
  return graph.parameters.map(({ name, value }) => tensor(name, typeOf(graph, value).shape, dataOf(weights, name)));
}

/** Shares the memory of `data`. */
function tensor(name: string, dims: Shape, data: Float32Array): TensorProto {
  return { name, dims, dataType: 1, rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function scalar(name: string, value: number): TensorProto {
  return tensor(name, [], Float32Array.of(value));
}

function valueInfo(name: string, shape: Shape): object {
  return { name, type: { tensorType: { elemType: 1, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } } };
}

const float = (name: string, f: number): AttributeProto => ({ name, f, type: 1 });
const int = (name: string, i: number): AttributeProto => ({ name, i, type: 2 });
const ints = (name: string, values: readonly number[]): AttributeProto => ({ name, ints: values, type: 7 });

// The part of protobufjs that is used here, written down so that type checks do not need the package.

interface Protobuf {
  readonly Root: { fromJSON(schema: object): { lookupType(name: string): MessageType } };
}

interface MessageType {
  encode(message: object): { finish(): Uint8Array };
}
