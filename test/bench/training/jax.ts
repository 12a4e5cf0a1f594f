// jax-js on WebAssembly: value and gradient of the loss, and the update, in one compiled function. Arrays are counted: each use but
// the last takes a reference.

import { typeOf } from '../../../compiler/ir/signature.ts';
import { importPeer } from '../peers/import-peer.ts';
import type { Jax, JaxArray } from './jax-types.ts';
import { layersOf } from '../../support/pytorch-layers.ts';
import type { Layer } from '../../support/pytorch-layers.ts';
import type { Learner, Lesson, StepTime } from './learner.ts';

export async function createJax({ graph, weights, images, labels, rate }: Lesson): Promise<Learner> {
  const jax = await importPeer<Jax>('@jax-js/jax');
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  const { numpy: np, nn } = jax;
  const { layers, input, output } = layersOf(graph);
  const classes = typeOf(graph, output).shape[0]!;
  const names = graph.parameters.map(({ name }) => name);
  const batch = [labels.length, ...typeOf(graph, graph.inputs[0]!.value).shape];
  const x = np.array(images).reshape(batch);
  const targets = nn.oneHot(np.array(Int32Array.from(labels), { dtype: np.int32 }), classes);
  let parameters: JaxArray[] = graph.parameters.map(({ name, value }) =>
    np.array(weights.get(name)!).reshape([...typeOf(graph, value).shape]),
  );
  const lossOf = (values: JaxArray[], image: JaxArray, target: JaxArray): JaxArray => {
    const named = new Map(names.map((name, index) => [name, values[index]!]));
    const maps = new Map([[input, image]]);
    for (const layer of layers) {
      const own = layer.weights.map((name) => named.get(name)!);
      maps.set(layer.result, applied(jax, layer, maps.get(layer.inputs[0]!)!, own));
    }
    const surprise = nn.logSoftmax(maps.get(output)!).mul(target).sum().neg();
    return surprise.mul(1 / labels.length);
  };
  const step = jax.jit((values, image, target) => {
    const used = values.map((value) => value.ref);
    const [loss, gradients] = jax.valueAndGrad(lossOf)(used, image, target);
    return [loss, values.map((value, index) => value.sub(gradients[index]!.mul(rate)))];
  });
  return {
    name: 'jax-js wasm',
    async steps(count) {
      const times: StepTime[] = [];
      for (let index = 0; index < count; index += 1) {
        const start = performance.now();
        const [loss, updated] = step(parameters, x.ref, targets.ref);
        parameters = await jax.blockUntilReady(updated);
        const [value] = await loss.data();
        times.push({ milliseconds: performance.now() - start, loss: value! });
      }
      return times;
    },
    close() {
      for (const array of [x, targets, ...parameters]) array.dispose();
    },
  };
}

function applied({ numpy: np, lax, nn }: Jax, layer: Layer, x: JaxArray, own: readonly JaxArray[]): JaxArray {
  const [weight, bias] = own;
  const { op, window } = layer;
  switch (op) {
    case 'conv': {
      const [rows, columns] = window!.padding as [number, number];
      const padding = [
        [rows, rows],
        [columns, columns],
      ] as const;
      const y = lax.convGeneralDilated(x, weight!, window!.stride, padding, { rhsDilation: window!.dilation });
      return bias ? y.add(bias.reshape([1, -1, 1, 1])) : y;
    }
    case 'dense': {
      const y = np.matmul(x, weight!.transpose());
      return bias ? y.add(bias) : y;
    }
    case 'avg_pool': {
      const [images, channels, height, width] = x.shape as [number, number, number, number];
      const [tall, wide] = window!.kernel as [number, number];
      if (`${window!.kernel}` !== `${window!.stride}` || height % tall || width % wide)
        throw new Error("jax-js's learner knows windows that lie side by side");
      return x.reshape([images, channels, height / tall, tall, width / wide, wide]).mean([3, 5]);
    }
    case 'flatten':
      return x.reshape([x.shape[0]!, -1]);
    case 'sigmoid':
      return nn.sigmoid(x);
    default:
      throw new Error(`jax-js's learner does not know ${op}`);
  }
}
