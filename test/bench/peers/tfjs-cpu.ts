// The peer in plain JavaScript: the same network built from a graph in @tensorflow/tfjs with its `cpu` backend. Tensors are
// channels last, as tfjs has them; weights are put into that order once.

import type { Graph, Node, ValueId } from '../../../compiler/ir/graph.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import type { Engine, Weights } from '../engine.ts';

/**
 * Knows the operators of LeNet, AlexNet, VGG, NiN, GoogLeNet and ResNet; throws on others. Rejects with the command that
 * installs it when @tensorflow/tfjs is missing.
 */
export async function createTfjsCpu(graph: Graph, weights: Weights): Promise<Engine> {
  const tf = await importTfjs();
  tf.enableProdMode();
  await tf.setBackend('cpu');
  await tf.ready();

  const layers = graph.nodes.map((node) => layerOf(tf, graph, node, weights));
  const [input] = graph.inputs;
  const [output] = graph.outputs;
  if (!input || !output) throw new Error(`${graph.name} has no input or no output`);
  const inputShape = typeOf(graph, input.value).shape;

  return {
    name: 'tfjs cpu',
    run(x) {
      const y = tf.tidy(() => {
        const values = new Map<ValueId, Tensor>();
        const image = tf.tensor(x, [1, ...inputShape]);
        values.set(input.value, inputShape.length === 3 ? tf.transpose(image, toChannelsLast) : image);
        for (const layer of layers) {
          values.set(layer.result, layer.apply(layer.inputs.map((id) => values.get(id)!)));
        }
        return channelsFirst(tf, values.get(output.value)!);
      });
      const data = y.dataSync();
      y.dispose();
      return data;
    },
  };
}

interface Layer {
  readonly inputs: readonly ValueId[];
  readonly result: ValueId;
  apply(inputs: readonly Tensor[]): Tensor;
}

const toChannelsLast = [0, 2, 3, 1];
const toChannelsFirst = [0, 3, 1, 2];

function layerOf(tf: Tfjs, graph: Graph, node: Node, weights: Weights): Layer {
  const names = new Map(graph.parameters.map(({ name, value }) => [value, name]));
  const parameters = node.operands.flatMap((id) => {
    const name = names.get(id);
    return name === undefined ? [] : [{ shape: typeOf(graph, id).shape, data: dataOf(weights, name) }];
  });
  const inputs = node.operands.filter((id) => !names.has(id));
  const [result] = node.results;
  if (result === undefined || node.results.length > 1) throw unsupported(node, 'several results');
  const outputShape = typeOf(graph, result).shape;
  const inputShape = typeOf(graph, inputs[0]!).shape;
  return { inputs, result, apply: operation(tf, node, inputShape, outputShape, parameters) };
}

interface Weight {
  readonly shape: Shape;
  readonly data: Float32Array;
}

function operation(
  tf: Tfjs,
  node: Node,
  inputShape: Shape,
  outputShape: Shape,
  parameters: readonly Weight[],
): Layer['apply'] {
  switch (node.op) {
    case 'conv':
    case 'depthwise_conv':
      return convolution(tf, node, inputShape, outputShape, parameters);
    case 'dense': {
      const [weight, bias] = parameters;
      const matrix = tf.keep(tf.tidy(() => tf.transpose(tf.tensor(weight!.data, weight!.shape), [1, 0])));
      const offset = bias && tf.tensor(bias.data, bias.shape);
      return ([x]) => {
        const product = tf.matMul(x!, matrix);
        return offset ? tf.add(product, offset) : product;
      };
    }
    case 'batch_norm': {
      const [gamma, beta, mean, variance] = parameters.map(({ data, shape }) => tf.tensor(data, shape));
      const epsilon = numberOf(node, 'epsilon');
      return ([x]) => tf.batchNorm(x!, mean!, variance!, beta, gamma, epsilon);
    }
    case 'max_pool':
    case 'avg_pool':
      return pooling(tf, node, inputShape, outputShape);
    case 'global_avg_pool':
      return ([x]) => tf.mean(x!, [1, 2], outputShape.length === 3);
    case 'adaptive_avg_pool':
      if (inputShape[1] !== outputShape[1] || inputShape[2] !== outputShape[2]) throw unsupported(node, 'another size');
      return ([x]) => x!;
    case 'flatten':
      return ([x]) => tf.reshape(channelsFirst(tf, x!), [1, ...outputShape]);
    case 'relu':
      return ([x]) => tf.relu(x!);
    case 'sigmoid':
      return ([x]) => tf.sigmoid(x!);
    case 'add':
      return (operands) => tf.addN([...operands]);
    case 'concat':
      return (operands) => tf.concat([...operands], operands[0]!.rank - 1);
    case 'dropout':
    case 'identity':
      return ([x]) => x!;
    default:
      throw unsupported(node, 'the operator');
  }
}

// x [N,H,W,C] · filter [KH,KW,C,O] → y [N,OH,OW,O]; depthwise: filter [KH,KW,C,1]
function convolution(
  tf: Tfjs,
  node: Node,
  inputShape: Shape,
  outputShape: Shape,
  [weight, bias]: readonly Weight[],
): Layer['apply'] {
  const depthwise = weight!.shape[1] === 1 && weight!.shape[0] === inputShape[0] && inputShape[0] !== 1;
  if (!depthwise && weight!.shape[1] !== inputShape[0]) throw unsupported(node, 'groups');
  if (node.attributes['mode'] === 'convolution') throw unsupported(node, 'mode');
  const stride = pairOf(node, 'stride');
  const dilation = pairOf(node, 'dilation');
  const padding = explicitPadding(node, inputShape, outputShape, dilation);
  const order = depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0];
  const filter = tf.keep(tf.tidy(() => tf.transpose(tf.tensor(weight!.data, weight!.shape), order)));
  const offset = bias && tf.tensor(bias.data, bias.shape);
  return ([x]) => {
    const sum = depthwise
      ? tf.depthwiseConv2d(x!, filter, stride, padding, 'NHWC', dilation)
      : tf.conv2d(x!, filter, stride, padding, 'NHWC', dilation);
    return offset ? tf.add(sum, offset) : sum;
  };
}

// Padding of a maximum never wins in tfjs; for an average the zeros that count are put around the map first.
function pooling(tf: Tfjs, node: Node, inputShape: Shape, outputShape: Shape): Layer['apply'] {
  const kernel = pairOf(node, 'kernel');
  const stride = pairOf(node, 'stride');
  const padding = explicitPadding(node, inputShape, outputShape, [1, 1]);
  if (node.op === 'max_pool') return ([x]) => tf.maxPool(x!, kernel, stride, padding);
  const padded = padding.some(([before, after]) => before > 0 || after > 0);
  if (padded && (node.attributes['ceil'] === true || node.attributes['count_padding'] !== true)) {
    throw unsupported(node, 'this padding');
  }
  return ([x]) => tf.avgPool(padded ? tf.pad(x!, padding) : x!, kernel, stride, 'valid');
}

/** tfjs's form of [top, left, bottom, right], enlarged where a rounded-up extent lets the last window hang over the edge. */
function explicitPadding(node: Node, inputShape: Shape, outputShape: Shape, dilation: Pair): Padding {
  const padding = node.attributes['padding'];
  if (!Array.isArray(padding) || padding.length !== 4) throw unsupported(node, 'this padding');
  const [top, left, bottom, right] = padding as [number, number, number, number];
  const kernel = pairOf(node, 'kernel');
  const stride = pairOf(node, 'stride');
  const after = (axis: 0 | 1, before: number, given: number) => {
    const reach = (outputShape[axis + 1]! - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
    return Math.max(given, reach - inputShape[axis + 1]! - before);
  };
  return [
    [0, 0],
    [top, after(0, top, bottom)],
    [left, after(1, left, right)],
    [0, 0],
  ];
}

/** A map as [N,C,H,W]; other tensors as they are. */
function channelsFirst(tf: Tfjs, x: Tensor): Tensor {
  return x.rank === 4 ? tf.transpose(x, toChannelsFirst) : x;
}

function dataOf(weights: Weights, name: string): Float32Array {
  const data = weights.get(name);
  if (!data) throw new Error(`no weights for ${name}`);
  return data;
}

function numberOf(node: Node, attribute: string): number {
  const value = node.attributes[attribute];
  if (typeof value !== 'number') throw unsupported(node, attribute);
  return value;
}

function pairOf(node: Node, attribute: string): Pair {
  const value = node.attributes[attribute];
  if (!Array.isArray(value) || value.length !== 2) throw unsupported(node, attribute);
  return value as unknown as Pair;
}

function unsupported(node: Node, what: string): Error {
  return new Error(`the tfjs peer does not support ${what} of ${node.name} (${node.op})`);
}

async function importTfjs(): Promise<Tfjs> {
  const name = '@tensorflow/tfjs';
  try {
    return (await import(name)) as Tfjs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`${name} is not installed: npm ci --ignore-scripts --prefix test/bench`, { cause: error });
  }
}

// The part of tfjs that is used here, written down so that type checks do not need the package.

type Pair = readonly [number, number];
type Padding = readonly [Pair, Pair, Pair, Pair];

interface Tensor {
  readonly rank: number;
  dataSync(): Float32Array;
  dispose(): void;
}

interface Tfjs {
  enableProdMode(): void;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tidy(body: () => Tensor): Tensor;
  keep(x: Tensor): Tensor;
  tensor(data: Float32Array, shape: Shape): Tensor;
  transpose(x: Tensor, order: readonly number[]): Tensor;
  reshape(x: Tensor, shape: Shape): Tensor;
  pad(x: Tensor, padding: Padding): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  addN(operands: Tensor[]): Tensor;
  concat(operands: Tensor[], axis: number): Tensor;
  matMul(a: Tensor, b: Tensor): Tensor;
  mean(x: Tensor, axes: readonly number[], keepAxes: boolean): Tensor;
  relu(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  conv2d(x: Tensor, filter: Tensor, stride: Pair, padding: Padding, format: 'NHWC', dilation: Pair): Tensor;
  depthwiseConv2d(x: Tensor, filter: Tensor, stride: Pair, padding: Padding, format: 'NHWC', dilation: Pair): Tensor;
  maxPool(x: Tensor, kernel: Pair, stride: Pair, padding: Padding): Tensor;
  avgPool(x: Tensor, kernel: Pair, stride: Pair, padding: 'valid'): Tensor;
  batchNorm(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    offset: Tensor | undefined,
    scale: Tensor | undefined,
    epsilon: number,
  ): Tensor;
}
