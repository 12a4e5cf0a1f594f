// A graph with its weights as a LiteRT model in f32 of a fixed number of images, for the peer that reads those files. Layers are fused as
// a converter does it.

import type { Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import type { Window } from '../../compiler/ir/operator.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { flagOf, numberOf, wordOf } from '../../compiler/ops/attributes.ts';
import { resolveSame, windowOf } from '../../compiler/ops/window.ts';
import type { Weights } from './engine.ts';
import type { Field } from './flatbuffer.ts';
import { byte, float, int } from './flatbuffer.ts';
import { fusedLayers, fusing, scaleAndOffset } from './peers/fuse.ts';
import type { FusedLayer } from './peers/fuse.ts';
import { Unsupported, coveringWindow, unsupported } from './peers/layers.ts';
import type { Weight } from './peers/layers.ts';
import { createModel, encodeModel } from './tflite-model.ts';
import type { LiteRtModel, Model, ModelGraph, OperatorName } from './tflite-model.ts';

/** Knows the operators of MobileNet v2, EfficientNet, ShuffleNet v2 and the like; throws on others. */
export function encodeLiteRt(graph: Graph, weights: Weights, batch = 1): LiteRtModel {
  const { model } = liteRtModel(graph, weights, batch);
  return { bytes: encodeModel(model), inputShape: model.tensors[model.input]!.shape };
}

/** Undefined where the network has operators that are not written for it. */
export function encodeLiteRtIfKnown(graph: Graph, weights: Weights, batch = 1): LiteRtModel | undefined {
  try {
    return encodeLiteRt(graph, weights, batch);
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

/** The model, and which of its tensors are values of the graph. */
export function liteRtModel(
  graph: Graph,
  weights: Weights,
  batch: number,
): { readonly model: ModelGraph; readonly values: ReadonlyMap<ValueId, number> } {
  const model = createModel();
  const [{ value: image }] = graph.inputs as [Graph['inputs'][number]];
  const inputShape = [batch, ...typeOf(graph, image).shape];
  const input = model.tensor(inputShape);
  const values = new Map<ValueId, number>();
  values.set(image, model.apply('TRANSPOSE', [input, model.integers([0, 2, 3, 1])], lastAxis(inputShape)));
  for (const layer of fusedLayers(graph, weights, {
    activations: ['relu', 'relu6'],
    into: [...fusing.into, 'add', 'mul'],
  })) {
    const operands = layer.inputs.map((id) => values.get(id)!);
    const made = addLayer(model, layer, operands, batch);
    layer.results.forEach((id, at) => values.set(id, made[at]!));
  }
  return { model: model.finish(input, values.get(graph.outputs[0]!.value)!), values };
}

type LiteRtLayer = FusedLayer<'relu' | 'relu6'>;

const activations = { linear: 0, relu: 1, relu6: 3 } as const;
const paddings = { same: 0, valid: 1 } as const;

/** [N,C,H,W] → [N,H,W,C]; other shapes as they are. */
const lastAxis = (shape: Shape): Shape => (shape.length === 4 ? [shape[0]!, shape[2]!, shape[3]!, shape[1]!] : shape);

function addLayer(model: Model, layer: LiteRtLayer, operands: readonly number[], batch: number): readonly number[] {
  const { node, outputShape } = layer;
  const activation = activations[layer.activation];
  const [x] = operands as [number];
  const shape = lastAxis([batch, ...outputShape]);
  const one = (name: OperatorName, ...options: readonly Field[]): readonly number[] => [
    model.apply(name, operands, shape, ...options),
  ];
  switch (node.op) {
    case 'conv':
    case 'depthwise_conv':
      return [convolution(model, layer, x, shape)];
    case 'dense':
      return [dense(model, layer, x, shape)];
    case 'max_pool':
    case 'avg_pool':
      return [pooling(model, layer, x, shape)];
    case 'global_avg_pool':
      return [model.apply('MEAN', [x, model.integers([1, 2])], shape, byte(1))];
    case 'adaptive_avg_pool':
      if (layer.inputShape.every((extent, axis) => extent === outputShape[axis])) return [x];
      if (outputShape[1] !== 1 || outputShape[2] !== 1) throw unsupported(node, 'this size');
      return [model.apply('MEAN', [x, model.integers([1, 2])], shape, byte(1))];
    case 'flatten': {
      const first = model.apply('TRANSPOSE', [x, model.integers([0, 3, 1, 2])], [batch, ...layer.inputShape]);
      return [model.apply('RESHAPE', [first, model.integers(shape)], shape)];
    }
    case 'batch_norm': {
      const { scale, offset } = scaleAndOffset(layer);
      return [
        model.apply(
          'ADD',
          [model.apply('MUL', [x, model.numbers(scale)], shape, byte(0)), model.numbers(offset)],
          shape,
          byte(0),
        ),
      ];
    }
    case 'local_response_norm': {
      const size = numberOf(node.attributes, 'size');
      if (size % 2 === 0) throw unsupported(node, 'an even size');
      const [k, alpha, beta] = (['k', 'alpha', 'beta'] as const).map((name) => numberOf(node.attributes, name));
      // It does not divide alpha by the number of channels in the sum.
      return one('LOCAL_RESPONSE_NORMALIZATION', int((size - 1) / 2), float(k!), float(alpha! / size), float(beta!));
    }
    case 'clip': {
      const bound = (name: 'min' | 'max') =>
        model.numbers({ shape: [], data: Float32Array.of(numberOf(node.attributes, name)) });
      return [model.apply('MINIMUM', [model.apply('MAXIMUM', [x, bound('min')], shape), bound('max')], shape)];
    }
    case 'relu':
      return one('RELU');
    case 'relu6':
      return one('RELU6');
    case 'sigmoid':
      return one('LOGISTIC');
    case 'silu':
      return [model.apply('MUL', [x, model.apply('LOGISTIC', [x], shape)], shape, byte(0))];
    case 'gelu':
      if (wordOf(node.attributes, 'approximate') !== 'none') throw unsupported(node, 'approximate');
      return one('GELU');
    case 'layer_norm':
      return [layerNorm(model, layer, x, shape)];
    case 'softmax':
      return one('SOFTMAX', float(1));
    case 'add':
    case 'mul': {
      const name = node.op === 'add' ? 'ADD' : 'MUL';
      const learned = layer.parameters.map(({ shape: extents, data }) =>
        model.numbers({ shape: extents.slice(0, 1), data: channelwise(node, extents, data) }),
      );
      const all = [...operands, ...learned];
      // The activation belongs to the last of the sums or products.
      return [all.reduce((a, b, at) => model.apply(name, [a, b], shape, byte(at === all.length - 1 ? activation : 0)))];
    }
    case 'concat':
      return one('CONCATENATION', int(shape.length - 1), byte(0));
    case 'split': {
      const parts = numberOf(node.attributes, 'parts');
      const axis = model.integers([shape.length - 1], []);
      return model.applyAll(
        'SPLIT',
        [axis, x],
        Array.from({ length: parts }, () => shape),
        int(parts),
      );
    }
    case 'channel_shuffle':
      return [shuffle(model, numberOf(node.attributes, 'groups'), x, shape)];
    case 'dropout':
    case 'identity':
      return [x];
    default:
      throw unsupported(node, 'the operator');
  }
}

// x [N,H,W,C] · filter [O,KH,KW,C], depthwise [1,KH,KW,C·M] → y [N,OH,OW,O]
function convolution(model: Model, layer: LiteRtLayer, x: number, shape: Shape): number {
  const { node, inputShape, parameters, activation } = layer;
  if (wordOf(node.attributes, 'mode') !== 'cross_correlation') throw unsupported(node, 'mode');
  const [weight, bias] = parameters as [Weight, Weight | undefined];
  const [outputs, depth, ...taps] = weight.shape as [number, number, number, number];
  const depthwise = depth === 1 && inputShape[0]! > 1;
  if (!depthwise && depth !== inputShape[0]!) throw unsupported(node, 'groups');
  const { stride, dilation } = coveringWindow(layer);
  const { padding, from } = withPadding(model, layer, x, 0);
  const filter = depthwise
    ? { shape: [1, ...taps, outputs], data: transposed(weight.data, outputs, taps[0] * taps[1]) }
    : { shape: [outputs, ...taps, depth], data: tapsFirst(weight.data, outputs, depth, taps[0] * taps[1]) };
  const inputs = [from, model.numbers(filter), biasOf(model, bias, outputs)];
  const steps = [byte(padding), int(stride[1]), int(stride[0])];
  const rest = [byte(activations[activation]), int(dilation[1]), int(dilation[0])];
  return depthwise
    ? model.apply('DEPTHWISE_CONV_2D', inputs, shape, ...steps, int(outputs / inputShape[0]!), ...rest)
    : model.apply('CONV_2D', inputs, shape, ...steps, ...rest);
}

/** Along the last axis, in the operators that a converter makes of it. */
function layerNorm(model: Model, { node, parameters }: LiteRtLayer, x: number, shape: Shape): number {
  if (wordOf(node.attributes, 'over') !== 'channels') throw unsupported(node, 'this axis');
  const axis = model.integers([shape.length - 1]);
  const single = [...shape.slice(0, -1), 1];
  const epsilon = model.numbers({ shape: [], data: Float32Array.of(numberOf(node.attributes, 'epsilon')) });
  const mean = model.apply('MEAN', [x, axis], single, byte(1));
  const squares = model.apply('SQUARED_DIFFERENCE', [x, mean], shape);
  const variance = model.apply(
    'ADD',
    [model.apply('MEAN', [squares, axis], single, byte(1)), epsilon],
    single,
    byte(0),
  );
  const centred = model.apply('SUB', [x, mean], shape, byte(0));
  const normed = model.apply('MUL', [centred, model.apply('RSQRT', [variance], single)], shape, byte(0));
  const [gamma, beta] = parameters;
  const scaled = gamma ? model.apply('MUL', [normed, model.numbers(gamma)], shape, byte(0)) : normed;
  return beta ? model.apply('ADD', [scaled, model.numbers(beta)], shape, byte(0)) : scaled;
}

// x [N,features] · w [O,features] → y [N,O]
function dense(model: Model, { parameters, activation }: LiteRtLayer, x: number, shape: Shape): number {
  const [weight, bias] = parameters as [Weight, Weight | undefined];
  const inputs = [x, model.numbers(weight), biasOf(model, bias, weight.shape[0]!)];
  return model.apply('FULLY_CONNECTED', inputs, shape, byte(activations[activation]), byte(0));
}

function pooling(model: Model, layer: LiteRtLayer, x: number, shape: Shape): number {
  const { node } = layer;
  const { kernel, stride, padding, dilation, overhangs } = coveringWindow(layer);
  if (dilation.some((steps) => steps > 1)) throw unsupported(node, 'dilation');
  const isMaximum = node.op === 'max_pool';
  const isPadded = padding.some((width) => width > 0);
  if (!isMaximum && isPadded && (overhangs || !flagOf(node.attributes, 'count_padding')))
    throw unsupported(node, 'this padding');
  const { padding: extent, from } = withPadding(model, layer, x, isMaximum ? -Infinity : 0);
  const options = [byte(extent), int(stride[1]), int(stride[0]), int(kernel[1]), int(kernel[0]), byte(0)];
  return model.apply(isMaximum ? 'MAX_POOL_2D' : 'AVERAGE_POOL_2D', [from], shape, ...options);
}

/** What the window says of its padding, and the map that it reads: with the padding where a window has no word for it. */
function withPadding(
  model: Model,
  { node, ...layer }: LiteRtLayer,
  x: number,
  value: number,
): { readonly padding: number; readonly from: number } {
  const sides = coveringWindow({ node, ...layer }).padding;
  if (Math.max(...sides) === 0) return { padding: paddings.valid, from: x };
  const { padding: same } = windowOf(
    resolveSame({ ...node.attributes, padding: 'same' }, [tensorType(layer.inputShape)]),
  );
  // Averages do not count the padding that they make up themselves.
  const isSame = node.op !== 'avg_pool' && sides.every((width, side) => width === same[side]);
  return isSame
    ? { padding: paddings.same, from: x }
    : { padding: paddings.valid, from: padded(model, x, sides, value) };
}

function padded(model: Model, x: number, [top, left, bottom, right]: Window['padding'], value: number): number {
  const [batch, height, width, channels] = model.shapeOf(x) as [number, number, number, number];
  const sides = model.integers([0, 0, top, bottom, left, right, 0, 0], [4, 2]);
  const shape = [batch, top + height + bottom, left + width + right, channels];
  if (value === 0) return model.apply('PAD', [x, sides], shape);
  return model.apply('PADV2', [x, sides, model.numbers({ shape: [], data: Float32Array.of(value) })], shape);
}

const biasOf = (model: Model, bias: Weight | undefined, outputs: number): number =>
  model.numbers(bias ?? { shape: [outputs], data: new Float32Array(outputs) });

// x [N,H,W,g·k] → [N·H·W,g,k] → [N·H·W,k,g] → [N,H,W,k·g]
function shuffle(model: Model, groups: number, x: number, shape: Shape): number {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const [pixels, each] = [batch * height * width, channels / groups];
  const grouped = model.apply('RESHAPE', [x, model.integers([pixels, groups, each])], [pixels, groups, each]);
  const turned = model.apply('TRANSPOSE', [grouped, model.integers([0, 2, 1])], [pixels, each, groups]);
  return model.apply('RESHAPE', [turned, model.integers(shape)], shape);
}

/** Numbers [C], [C,1,1] for the channels. */
function channelwise(node: Node, extents: Shape, data: Float32Array): Float32Array {
  if (extents.slice(1).some((extent) => extent > 1)) throw unsupported(node, 'these operands');
  return data;
}

/** [rows, columns] → [columns, rows] */
function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  return data.map((_, at) => data[(at % rows) * columns + Math.floor(at / rows)]!);
}

/** [O, C, taps] → [O, taps, C] */
function tapsFirst(data: Float32Array, outputs: number, channels: number, taps: number): Float32Array {
  const size = channels * taps;
  const result = new Float32Array(data.length);
  for (let o = 0; o < outputs; o += 1)
    result.set(transposed(data.subarray(o * size, (o + 1) * size), channels, taps), o * size);
  return result;
}
