// TensorFlow.js with its `cpu` backend: the only one in Node with gradients of convolutions. Tensors are channels last.

import { typeOf } from '../../../compiler/ir/signature.ts';
import { importTfjs } from '../peers/tfjs.ts';
import type { Pair, Padding, Tensor, Tfjs } from '../peers/tfjs-types.ts';
import { layersOf } from '../../support/pytorch-layers.ts';
import type { Layer } from '../../support/pytorch-layers.ts';
import type { Learner, Lesson, StepTime } from './learner.ts';

/** What only learning needs of tfjs. */
interface TrainableTfjs extends Tfjs {
  variable(initial: Tensor): Tensor;
  tensor(data: Float32Array | Int32Array, shape: readonly number[], type?: 'int32'): Tensor;
  oneHot(classes: Tensor, count: number): Tensor;
  conv2d(x: Tensor, filter: Tensor, stride: Pair, padding: Padding, format: 'NHWC', dilation: Pair): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor;
  readonly losses: { softmaxCrossEntropy(targets: Tensor, scores: Tensor): Tensor };
  readonly train: { sgd(rate: number): { minimize(loss: () => Tensor, returnsLoss: true): Tensor } };
}

const toChannelsLast = [0, 2, 3, 1];
const toChannelsFirst = [0, 3, 1, 2];
const toFilter = [2, 3, 1, 0];

export async function createTfjs({ graph, weights, images, labels, rate }: Lesson): Promise<Learner> {
  const tf = (await importTfjs('cpu')) as TrainableTfjs;
  const { layers, input, output } = layersOf(graph);
  const variables = new Map(
    graph.parameters.map(({ name, value }) => {
      const { shape } = typeOf(graph, value);
      const plain = tf.tensor(weights.get(name)!, shape);
      return [name, tf.variable(shape.length === 4 ? tf.transpose(plain, toFilter) : plain)];
    }),
  );
  const batch = [labels.length, ...typeOf(graph, graph.inputs[0]!.value).shape];
  const x = tf.transpose(tf.tensor(images, batch), toChannelsLast);
  const classes = typeOf(graph, output).shape[0]!;
  const targets = tf.oneHot(tf.tensor(Int32Array.from(labels), [labels.length], 'int32'), classes);
  const optimizer = tf.train.sgd(rate);
  const lossOf = (): Tensor => {
    const values = new Map([[input, x]]);
    for (const layer of layers) {
      const named = layer.weights.map((name) => variables.get(name)!);
      values.set(layer.result, applied(tf, layer, values.get(layer.inputs[0]!)!, named));
    }
    return tf.losses.softmaxCrossEntropy(targets, values.get(output)!);
  };
  return {
    name: 'tfjs cpu',
    async steps(count) {
      const times: StepTime[] = [];
      for (let index = 0; index < count; index += 1) {
        const start = performance.now();
        const loss = optimizer.minimize(lossOf, true);
        const [value] = loss.dataSync();
        loss.dispose();
        times.push({ milliseconds: performance.now() - start, loss: value! });
      }
      return times;
    },
    close() {
      for (const tensor of [x, targets, ...variables.values()]) tensor.dispose();
    },
  };
}

function applied(tf: TrainableTfjs, layer: Layer, x: Tensor, [weight, bias]: readonly Tensor[]): Tensor {
  const { op, window } = layer;
  const [rows = 0, columns = 0] = window?.padding ?? [];
  const margins = [
    [0, 0],
    [rows, rows],
    [columns, columns],
    [0, 0],
  ] as const;
  switch (op) {
    case 'conv': {
      const y = tf.conv2d(x, weight!, window!.stride, margins, 'NHWC', window!.dilation);
      return bias ? tf.add(y, bias) : y;
    }
    case 'dense': {
      const y = tf.matMul(x, weight!, false, true);
      return bias ? tf.add(y, bias) : y;
    }
    case 'avg_pool':
      return tf.avgPool(rows + columns > 0 ? tf.pad(x, margins) : x, window!.kernel, window!.stride, 'valid');
    case 'flatten':
      return tf.reshape(tf.transpose(x, toChannelsFirst), [x.shape[0]!, -1]);
    case 'sigmoid':
      return tf.sigmoid(x);
    default:
      throw new Error(`tfjs's learner does not know ${op}`);
  }
}
