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

/** Knows the operators of the networks of `cases.ts`; throws on others. */
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
      node: parts.flatMap(({ nodes }) => nodes),
      initializer: [...parameters(graph, weights), ...parts.flatMap(({ tensors }) => tensors)],
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
  readonly nodes: readonly NodeProto[];
  /** What the operators take as inputs in place of attributes. */
  readonly tensors: readonly TensorProto[];
}

/** Operators one after the other. */
function convert(layer: Layer, nameOf: NameOf): Converted {
  const { node, results } = layer;
  const operations = operationsOf(layer);
  const last = operations.length - 1;
  const inner = (at: number): string => `${node.name}.step${at}`;
  const nodes: NodeProto[] = [];
  const tensors: TensorProto[] = [];
  for (const [at, { opType, attributes = [], more = [], reads = at === 0 ? 'all' : 'step' }] of operations.entries()) {
    const named = more.map((tensorOf, index) => tensorOf(`${node.name}.${opType}${at}.${index}`));
    tensors.push(...named);
    const [x, ...parameters] = node.operands.map(nameOf) as [string, ...string[]];
    const step = at === 0 ? [] : [inner(at - 1)];
    const inputs = {
      all: [x, ...parameters],
      input: [x],
      step,
      'input and step': [x, ...step],
      'step and parameters': [...step, ...parameters],
    };
    nodes.push({
      input: [...inputs[reads], ...named.map(({ name }) => name)],
      output: at === last ? results.map(nameOf) : [inner(at)],
      name: inner(at),
      opType,
      attribute: attributes,
    });
  }
  return { nodes, tensors };
}

interface Operation {
  readonly opType: string;
  readonly attributes?: readonly AttributeProto[];
  readonly more?: readonly ((name: string) => TensorProto)[];
  /** Of the layer's operands and of what the operator in front made; default: all operands, or that. */
  readonly reads?: 'all' | 'input' | 'step' | 'input and step' | 'step and parameters';
}

function operationsOf(layer: Layer): readonly Operation[] {
  const { node, inputShape, outputShape } = layer;
  switch (node.op) {
    case 'silu':
      return [{ opType: 'Sigmoid' }, { opType: 'Mul', reads: 'input and step' }];
    case 'gelu':
      if (wordOf(node.attributes, 'approximate') !== 'none') throw unsupported(node, 'approximate');
      return [
        { opType: 'Mul', more: [scalar(Math.SQRT1_2)] },
        { opType: 'Erf' },
        { opType: 'Add', more: [scalar(1)] },
        { opType: 'Mul', reads: 'input and step' },
        { opType: 'Mul', more: [scalar(0.5)] },
      ];
    case 'layer_norm': {
      // As PyTorch's ConvNeXt exports it: along the last axis.
      if (wordOf(node.attributes, 'over') !== 'channels' || inputShape.length !== 3)
        throw unsupported(node, 'this axis');
      const norm = [int('axis', -1), float('epsilon', numberOf(node.attributes, 'epsilon'))];
      return [
        { opType: 'Transpose', reads: 'input', attributes: [ints('perm', [0, 2, 3, 1])] },
        { opType: 'LayerNormalization', reads: 'step and parameters', attributes: norm },
        { opType: 'Transpose', attributes: [ints('perm', [0, 3, 1, 2])] },
      ];
    }
    case 'channel_shuffle': {
      const [channels, ...size] = inputShape as [number, number, number];
      const groups = numberOf(node.attributes, 'groups');
      return [
        { opType: 'Reshape', more: [integers([0, groups, channels / groups, ...size])] },
        { opType: 'Transpose', attributes: [ints('perm', [0, 2, 1, 3, 4])] },
        { opType: 'Reshape', more: [integers([0, ...outputShape])] },
      ];
    }
    default:
      return [operation(layer)];
  }
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
      return { opType: 'MaxPool', attributes: [...window(layer), ints('dilations', coveringWindow(layer).dilation)] };
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
      return { opType: 'Clip', more: [scalar(0), scalar(6)] };
    case 'clip':
      return {
        opType: 'Clip',
        more: [scalar(numberOf(node.attributes, 'min')), scalar(numberOf(node.attributes, 'max'))],
      };
    case 'sigmoid':
      return { opType: 'Sigmoid' };
    case 'softmax':
      return { opType: 'Softmax', attributes: [int('axis', 1)] };
    case 'add':
      return { opType: layer.inputs.length === 2 ? 'Add' : 'Sum' };
    case 'mul':
      return { opType: 'Mul' };
    case 'split':
      // Without sizes, in equal parts.
      if (node.attributes['sizes'] !== undefined) throw unsupported(node, 'sizes');
      return { opType: 'Split', attributes: [int('axis', 1)] };
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

const scalar =
  (value: number) =>
  (name: string): TensorProto =>
    tensor(name, [], Float32Array.of(value));

const integers =
  (values: readonly number[]) =>
  (name: string): TensorProto => {
    const { buffer } = BigInt64Array.from(values, BigInt);
    return { name, dims: [values.length], dataType: 7, rawData: new Uint8Array(buffer) };
  };

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
