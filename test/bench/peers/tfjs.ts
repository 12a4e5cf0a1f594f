// What the backends of tfjs share: the same network built from a graph in @tensorflow/tfjs. Tensors are channels last, as tfjs
// has them; weights are put into that order once, and layers are fused where tfjs has a fused operation.

import type { Graph, ValueId } from '../../../compiler/ir/graph.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import { flagOf, numberOf, wordOf } from '../../../compiler/ops/attributes.ts';
import type { Engine, Weights } from '../engine.ts';
import { fusedLayers, fusing } from './fuse.ts';
import type { FusedLayer } from './fuse.ts';
import { importPeer } from './import-peer.ts';
import { coveringWindow, unsupported } from './layers.ts';
import type { Layer, Weight } from './layers.ts';
import type { Padding, Tensor, Tfjs } from './tfjs-types.ts';

/** tfjs with that backend chosen; rejects with the command that installs it when @tensorflow/tfjs is missing. */
export async function importTfjs(backend: string, setUp?: (tf: Tfjs) => Promise<void>): Promise<Tfjs> {
  const tf = await importPeer<Tfjs>('@tensorflow/tfjs');
  tf.enableProdMode();
  await setUp?.(tf);
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend ${backend} here`);
  await tf.ready();
  return tf;
}

/** Knows the operators of the networks of `cases.ts`; throws on others. The backend must be the one of `tf`. */
export function createTfjs(tf: Tfjs, name: string, graph: Graph, weights: Weights, batch: number): Engine {
  const backend = tf.getBackend();
  const constants: Tensor[] = [];
  const keep: Keep = ({ data, shape }, order) => {
    const tensor = tf.keep(
      tf.tidy(() => {
        const plain = tf.tensor(data, shape);
        return order ? tf.transpose(plain, order) : plain;
      }),
    );
    constants.push(tensor);
    return tensor;
  };
  const layers = fusedLayers(graph, weights, fusing).map((layer) => ({ ...layer, apply: operation(tf, layer, keep) }));
  const [input] = graph.inputs;
  const [output] = graph.outputs;
  if (!input || !output) throw new Error(`${graph.name} has no input or no output`);
  const inputShape = typeOf(graph, input.value).shape;

  return {
    name,
    run(x) {
      // At once for a backend that has run before.
      if (tf.getBackend() !== backend) void tf.setBackend(backend);
      const y = tf.tidy(() => {
        const values = new Map<ValueId, Tensor>();
        const image = tf.tensor(x, [batch, ...inputShape]);
        values.set(input.value, inputShape.length === 3 ? tf.transpose(image, toChannelsLast) : image);
        for (const { inputs, results, apply } of layers) {
          const made = [apply(inputs.map((id) => values.get(id)!))].flat();
          results.forEach((id, at) => values.set(id, made[at]!));
        }
        return channelsFirst(tf, values.get(output.value)!);
      });
      const data = y.dataSync();
      y.dispose();
      return data;
    },
    release: () => constants.forEach((tensor) => tensor.dispose()),
  };
}

/** A tensor that lasts as long as the engine, its axes in another order if one is given. */
type Keep = (weight: Weight, order?: readonly number[]) => Tensor;

type Apply = (inputs: readonly Tensor[]) => Tensor | Tensor[];

const toChannelsLast = [0, 2, 3, 1];
const toChannelsFirst = [0, 3, 1, 2];

function operation(tf: Tfjs, layer: FusedLayer, keep: Keep): Apply {
  const { node, inputShape, outputShape, parameters } = layer;
  switch (node.op) {
    case 'conv':
    case 'depthwise_conv':
      return convolution(tf, layer, keep);
    case 'dense': {
      const [weight, bias] = parameters;
      const fixed = { b: keep(weight!, [1, 0]), activation: layer.activation, ...(bias && { bias: keep(bias) }) };
      return ([x]) => tf.fused.matMul({ a: x!, ...fixed });
    }
    case 'batch_norm': {
      const [gamma, beta, mean, variance] = parameters.map((parameter) => keep(parameter));
      const epsilon = numberOf(node.attributes, 'epsilon');
      return ([x]) => tf.batchNorm(x!, mean!, variance!, beta, gamma, epsilon);
    }
    case 'max_pool':
    case 'avg_pool':
      return pooling(tf, layer);
    case 'global_avg_pool':
      return ([x]) => tf.mean(x!, [1, 2], outputShape.length === 3);
    case 'adaptive_avg_pool':
      if (outputShape[1] === 1 && outputShape[2] === 1) return ([x]) => tf.mean(x!, [1, 2], true);
      if (inputShape[1] !== outputShape[1] || inputShape[2] !== outputShape[2]) throw unsupported(node, 'this size');
      return ([x]) => x!;
    case 'flatten':
      return ([x]) => tf.reshape(channelsFirst(tf, x!), [x!.shape[0]!, ...outputShape]);
    case 'relu':
      return ([x]) => tf.relu(x!);
    case 'relu6':
      return ([x]) => tf.relu6(x!);
    case 'clip': {
      const [low, high] = [numberOf(node.attributes, 'min'), numberOf(node.attributes, 'max')];
      return ([x]) => tf.clipByValue(x!, low, high);
    }
    case 'sigmoid':
      return ([x]) => tf.sigmoid(x!);
    case 'softmax':
      return ([x]) => tf.softmax(x!);
    case 'add':
      return (operands) => (operands.length === 2 ? tf.add(operands[0]!, operands[1]!) : tf.addN([...operands]));
    case 'mul': {
      const [learned] = parameters.map(({ shape, data }) => keep({ shape: shape.slice(0, 1), data }));
      if (parameters.some(({ shape }) => shape.slice(1).some((extent) => extent > 1)))
        throw unsupported(node, 'these operands');
      return ([a, b]) => tf.mul(a!, b ?? learned!);
    }
    case 'gelu':
      if (wordOf(node.attributes, 'approximate') !== 'none') throw unsupported(node, 'approximate');
      return ([x]) => {
        const half = tf.mul(x!, tf.scalar(0.5));
        return tf.add(half, tf.mul(half, tf.erf(tf.mul(x!, tf.scalar(Math.SQRT1_2)))));
      };
    case 'layer_norm': {
      if (wordOf(node.attributes, 'over') !== 'channels') throw unsupported(node, 'this axis');
      const [gamma, beta] = parameters.map((parameter) => keep(parameter));
      const epsilon = numberOf(node.attributes, 'epsilon');
      return ([x]) => {
        const axis = x!.rank - 1;
        const centred = tf.sub(x!, tf.mean(x!, [axis], true));
        const variance = tf.mean(tf.square(centred), [axis], true);
        const normed = tf.mul(centred, tf.rsqrt(tf.add(variance, tf.scalar(epsilon))));
        const scaled = gamma ? tf.mul(normed, gamma) : normed;
        return beta ? tf.add(scaled, beta) : scaled;
      };
    }
    case 'silu':
      return ([x]) => tf.mul(x!, tf.sigmoid(x!));
    case 'split': {
      const parts = numberOf(node.attributes, 'parts');
      return ([x]) => tf.split(x!, parts, x!.rank - 1);
    }
    case 'channel_shuffle': {
      const groups = numberOf(node.attributes, 'groups');
      const [channels, height, width] = inputShape as [number, number, number];
      return ([x]) => {
        const grouped = tf.reshape(x!, [x!.shape[0]! * height * width, groups, channels / groups]);
        return tf.reshape(tf.transpose(grouped, [0, 2, 1]), x!.shape);
      };
    }
    case 'concat':
      return (operands) => tf.concat([...operands], operands[0]!.rank - 1);
    case 'dropout':
    case 'identity':
      return ([x]) => x!;
    case 'local_response_norm':
      return localResponseNorm(tf, layer);
    default:
      throw unsupported(node, 'the operator');
  }
}

// x [N,H,W,C] · filter [KH,KW,C,O] → y [N,OH,OW,O]; depthwise: filter [KH,KW,C,M]
function convolution(tf: Tfjs, layer: FusedLayer, keep: Keep): Apply {
  const { node, inputShape, parameters, activation } = layer;
  const [weight, bias] = parameters;
  const [outputs, depth, ...taps] = weight!.shape as [number, number, number, number];
  const channels = inputShape[0]!;
  const depthwise = depth === 1 && channels > 1;
  if (!depthwise && depth !== channels) throw unsupported(node, 'groups');
  if (wordOf(node.attributes, 'mode') !== 'cross_correlation') throw unsupported(node, 'mode');
  const filter = depthwise
    ? keep({ data: weight!.data, shape: [channels, outputs / channels, ...taps] }, [2, 3, 0, 1])
    : keep(weight!, [2, 3, 1, 0]);
  const { stride, dilation } = coveringWindow(layer);
  const fixed = {
    filter,
    strides: stride,
    pad: explicitPadding(layer),
    dataFormat: 'NHWC',
    dilations: dilation,
    activation,
    ...(bias && { bias: keep(bias) }),
  } as const;
  return depthwise
    ? ([x]) => tf.fused.depthwiseConv2d({ x: x!, ...fixed })
    : ([x]) => tf.fused.conv2d({ x: x!, ...fixed });
}

// Padding of a maximum never wins in tfjs; for an average the zeros that count are put around the map first.
function pooling(tf: Tfjs, layer: Layer): Apply {
  const { node } = layer;
  const { kernel, stride, dilation, overhangs } = coveringWindow(layer);
  if (dilation.some((steps) => steps > 1)) throw unsupported(node, 'dilation');
  const padding = explicitPadding(layer);
  if (node.op === 'max_pool') return ([x]) => tf.maxPool(x!, kernel, stride, padding);
  const padded = padding.some(([before, after]) => before > 0 || after > 0);
  if (padded && (overhangs || !flagOf(node.attributes, 'count_padding'))) throw unsupported(node, 'this padding');
  return ([x]) => tf.avgPool(padded ? tf.pad(x!, padding) : x!, kernel, stride, 'valid');
}

// tfjs does not divide alpha by the number of channels in the sum.
function localResponseNorm(tf: Tfjs, { node }: Layer): Apply {
  const size = numberOf(node.attributes, 'size');
  if (size % 2 === 0) throw unsupported(node, 'an even size');
  const [k, alpha, beta] = ['k', 'alpha', 'beta'].map((name) => numberOf(node.attributes, name));
  return ([x]) => tf.localResponseNormalization(x!, (size - 1) / 2, k!, alpha! / size, beta!);
}

function explicitPadding(layer: Layer): Padding {
  const [top, left, bottom, right] = coveringWindow(layer).padding;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

/** A map as [N,C,H,W]; other tensors as they are. */
function channelsFirst(tf: Tfjs, x: Tensor): Tensor {
  return x.rank === 4 ? tf.transpose(x, toChannelsFirst) : x;
}
