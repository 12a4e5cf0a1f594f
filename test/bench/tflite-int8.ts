// A LiteRT model in whole numbers of 8 bits, as a converter makes it of one in f32 and the intervals of its values
// (https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/quantization_spec): weights have a scale for each output
// channel, sums 32 bits; what is read and given stays f32.

import type { Graph } from '../../compiler/ir/graph.ts';
import type { Range } from '../../compiler/ir/range.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { ImageInputs } from '../../src/quantize/tapped.ts';
import { tapped } from '../../src/quantize/tapped.ts';
import type { Weights } from './engine.ts';
import { Unsupported } from './peers/layers.ts';
import { liteRtModel } from './tflite.ts';
import { encodeModel } from './tflite-model.ts';
import type { LiteRtModel, ModelGraph, ModelNode, ModelTensor, OperatorName, Scaling } from './tflite-model.ts';

/** With the intervals in which values lie on these images. Throws `Unsupported` on operators that have no whole numbers. */
export async function encodeLiteRtInt8(
  graph: Graph,
  weights: Weights,
  images: readonly ImageInputs[],
  batch = 1,
): Promise<LiteRtModel> {
  const { model, values } = liteRtModel(graph, weights, batch);
  const network = await tapped(graph, weights, [...values.keys()]);
  const ranges = new Map<number, Range>();
  try {
    for (const image of images)
      for (const [value, data] of network.run(image)) widen(ranges, values.get(value)!, rangeOf(data));
  } finally {
    network.close();
  }
  return { bytes: encodeModel(quantized(model, ranges)), inputShape: model.tensors[model.input]!.shape };
}

/** Operators of whole numbers, by what the scales of their results are. */
const scalesOfResults: Partial<Record<OperatorName, 'own' | 'of operands' | 'fixed'>> = {
  ADD: 'own',
  CONV_2D: 'own',
  DEPTHWISE_CONV_2D: 'own',
  FULLY_CONNECTED: 'own',
  MEAN: 'own',
  MUL: 'own',
  RELU: 'own',
  RELU6: 'own',
  AVERAGE_POOL_2D: 'of operands',
  CONCATENATION: 'of operands',
  MAX_POOL_2D: 'of operands',
  PAD: 'of operands',
  PADV2: 'of operands',
  RESHAPE: 'of operands',
  SPLIT: 'of operands',
  TRANSPOSE: 'of operands',
  LOGISTIC: 'fixed',
  SOFTMAX: 'fixed',
};

/** Of results between 0 and 1, whose codes are 1/256 apart. */
const fixed: Range = { low: 0, high: 255 / 256 };

/** Along which axis the weights of an operator have their output channels. */
const channelAxes: Partial<Record<OperatorName, number>> = { CONV_2D: 0, DEPTHWISE_CONV_2D: 3, FULLY_CONNECTED: 0 };

/** The same model on codes; it reads and gives f32. Ranges by tensor. */
function quantized({ tensors, nodes, input, output }: ModelGraph, ranges: ReadonlyMap<number, Range>): ModelGraph {
  const scalingOf = scalingsOf({ tensors, nodes, input, output }, ranges);
  const coded = tensors.map((tensor, at): ModelTensor => {
    if (tensor.type !== 'f32' || tensor.data) return tensor;
    return { shape: tensor.shape, type: 'i8', scaling: scalingOf(at) };
  });
  const codedNodes = nodes.map((node): ModelNode => {
    const { name, inputs } = node;
    const axis = channelAxes[name];
    if (axis !== undefined) {
      const [x, weight, bias] = inputs as [number, number, number];
      const scaling = weightScaling(tensors[weight]!, tensors[bias]!, axis, scalingOf(x));
      coded[weight] = withCodes(tensors[weight]!, scaling);
      coded[bias] = withSums(tensors[bias]!, scaling, scalingOf(x));
      return node;
    }
    if (name === 'PADV2') {
      const [x, sides, value] = inputs as [number, number, number];
      // The least of the codes, which often stands for 0, as PAD has it.
      if (scalingOf(x).zero === LEAST_CODE) return { ...node, name: 'PAD', inputs: [x, sides], options: [] };
      coded[value] = withCodes(tensors[value]!, scalingOf(x));
      return node;
    }
    for (const operand of inputs) {
      const { type, data } = tensors[operand]!;
      if (type === 'f32' && data) coded[operand] = withCodes(tensors[operand]!, scalingFor(rangeOf(data)));
    }
    return node;
  });
  const ends = [input, output].map((at) => coded.push(tensors[at]!) - 1) as [number, number];
  return {
    tensors: coded,
    nodes: [
      { name: 'QUANTIZE', inputs: [ends[0]], outputs: [input], options: [] },
      ...codedNodes,
      { name: 'DEQUANTIZE', inputs: [output], outputs: [ends[1]], options: [] },
    ],
    input: ends[0],
    output: ends[1],
  };
}

/** Of every tensor that is no constant. Those that an operator only moves or compares share theirs. */
function scalingsOf({ tensors, nodes }: ModelGraph, ranges: ReadonlyMap<number, Range>): (tensor: number) => Scaling {
  const groups = tensors.map((_, at) => at);
  const own = new Map(ranges);
  for (const { name, inputs, outputs } of nodes) {
    const scales = scalesOfResults[name];
    if (!scales) throw new Unsupported(`there is no ${name} of whole numbers`);
    if (scales === 'fixed') for (const result of outputs) own.set(result, fixed);
    if (scales !== 'of operands') continue;
    const values = inputs.filter((at) => tensors[at]!.type === 'f32' && !tensors[at]!.data);
    const joined = new Set([...values, ...outputs].map((at) => groups[at]!));
    const [first] = joined;
    for (const [at, group] of groups.entries()) if (joined.has(group)) groups[at] = first!;
  }
  const ofGroups = new Map<number, Range>();
  for (const [tensor, range] of own) widen(ofGroups, groups[tensor]!, range);
  return (tensor) => {
    const range = ofGroups.get(groups[tensor]!);
    if (!range) throw new Unsupported('an inner value of a layer has no interval');
    return scalingFor(range);
  };
}

const [LEAST_CODE, LARGEST_CODE] = [-128, 127] as const;
/** A quarter of what 32 bits hold, for biases. */
const SUM_LIMIT = 2 ** 29;

function scalingFor({ low, high }: Range): Scaling {
  const bottom = Math.min(low, 0);
  const scale = Math.fround((Math.max(high, 0) - bottom) / (LARGEST_CODE - LEAST_CODE)) || 1;
  return { scales: Float32Array.of(scale), zero: Math.round(LEAST_CODE - bottom / scale) };
}

/** A scale for each output channel such that −127 … 127 hold its weights, and 32 bits its bias. */
function weightScaling(weight: ModelTensor, bias: ModelTensor, axis: number, { scales: [unit] }: Scaling): Scaling {
  const scales = new Float32Array(weight.shape[axis]!);
  const channel = channelOf(weight, axis);
  for (const [at, value] of weight.data!.entries()) {
    const o = channel(at);
    scales[o] = Math.max(scales[o]!, Math.abs(Number(value)) / LARGEST_CODE);
  }
  return {
    scales: scales.map((scale, o) => Math.max(scale, Math.abs(bias.data![o]!) / (unit! * SUM_LIMIT)) || 1),
    zero: 0,
    axis,
  };
}

const withCodes = (tensor: ModelTensor, scaling: Scaling): ModelTensor => {
  const { scales, zero, axis } = scaling;
  const channel = axis === undefined ? () => 0 : channelOf(tensor, axis);
  const code = (value: number, at: number): number =>
    Math.min(Math.max(Math.round(value / scales[channel(at)]!) + zero, LEAST_CODE), LARGEST_CODE);
  return { shape: tensor.shape, type: 'i8', data: Int8Array.from(tensor.data!, code), scaling };
};

/** Biases, in units of both scales. */
function withSums(bias: ModelTensor, { scales }: Scaling, { scales: [unit] }: Scaling): ModelTensor {
  const units = scales.map((scale) => scale * unit!);
  const data = Int32Array.from(bias.data!, (value, o) => Math.round(value / units[o]!));
  return { shape: bias.shape, type: 'i32', data, scaling: { scales: units, zero: 0, axis: 0 } };
}

/** The channel of an element. */
function channelOf({ shape }: ModelTensor, axis: number): (at: number) => number {
  const step = sizeOf(shape.slice(axis + 1));
  return (at) => Math.floor(at / step) % shape[axis]!;
}

function widen(ranges: Map<number, Range>, tensor: number, { low, high }: Range): void {
  const { low: least, high: largest } = ranges.get(tensor) ?? { low, high };
  ranges.set(tensor, { low: Math.min(low, least), high: Math.max(high, largest) });
}

function rangeOf(data: ArrayLike<number>): Range {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < data.length; at += 1) {
    low = Math.min(low, data[at]!);
    high = Math.max(high, data[at]!);
  }
  return { low, high };
}
