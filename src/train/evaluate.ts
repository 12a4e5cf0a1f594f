// How good a network is on images that it is not trained on: its ordinary module, with the weights of the moment.

import { scoresOf } from '../../compiler/analysis/scores.ts';
import type { Loss } from '../../compiler/autodiff/recipe.ts';
import type { CompiledNetwork } from '../../compiler/index.ts';
import { compileNetwork } from '../../compiler/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Mathematics } from '../../compiler/pipeline.ts';
import type { Scores } from '../../runtime/abi.ts';
import { exp, log } from '../data/elementary.ts';
import { keptApart } from '../network/kept-apart.ts';
import { byName, importText } from '../network/module.ts';
import type { EmittedModule, Net } from '../network/module.ts';
import type { Batches } from './batch.ts';
import type { Target } from './target.ts';
import { targetsOf } from './target.ts';

export type Weights = ReadonlyMap<string, Float32Array>;

export interface Evaluation {
  readonly count: number;
  /** Mean over the images; of squared errors as the loss says. */
  readonly loss: number;
  /** Absent where the network tells no classes. */
  readonly correct?: number;
}

export type Evaluate = (weights: Weights, images: Batches, indices: Uint32Array) => Promise<Evaluation>;

export interface EvaluateOptions {
  readonly target?: 'js' | 'wasm';
  readonly math?: Mathematics;
  readonly threads?: number;
}

const BATCH = 64;

/** The loss of cross-entropy is that without label smoothing. */
export function evaluator(
  network: CompiledNetwork,
  loss: Loss,
  asked: Target,
  { target = 'js', math = 'default', threads }: EvaluateOptions,
): Evaluate {
  const modules = new Map<string, Promise<EmittedModule>>();
  const compiled = (apart: readonly string[]): Promise<EmittedModule> => {
    const key = apart.join();
    const known = modules.get(key);
    if (known) return known;
    const [script] = compileNetwork(network, { target, math, disable: apart }).emit('js', { sourceName: 'network' });
    const made = importText(script!.text);
    modules.set(key, made);
    return made;
  };
  const [output] = network.graph.outputs;
  const scores = scoresOf(network.graph, output!.value, operators);
  const lossOf = loss.kind === 'cross_entropy' ? surprise(scores) : squares(loss.reduction, asked);
  return async (weights, images, indices) => {
    const maxBatch = Math.min(BATCH, Math.max(1, indices.length));
    const net = await keptApart(async (apart) =>
      (await compiled(apart)).load(weights, { maxBatch, ...(threads !== undefined && { threads }) }),
    );
    const names = Object.keys((await compiled([])).outputs);
    try {
      return await measure(net, names, output!.name, asked, lossOf, images, indices);
    } finally {
      net.close?.();
    }
  };
}

type ImageLoss = (values: Float32Array, target: Float32Array) => number;

async function measure(
  net: Net,
  names: readonly string[],
  output: string,
  asked: Target,
  lossOf: ImageLoss,
  images: Batches,
  indices: Uint32Array,
): Promise<Evaluation> {
  const x = new Float32Array(Math.min(BATCH, indices.length) * images.elements);
  let [sum, correct] = [0, 0];
  for (let first = 0; first < indices.length; first += BATCH) {
    const chosen = indices.subarray(first, first + BATCH);
    const labels = new Int32Array(chosen.length);
    const tensors = x.subarray(0, chosen.length * images.elements);
    images.fillPlain(chosen, tensors, labels);
    const targets = targetsOf(asked, { indices: chosen, labels, images: tensors, given: images.given });
    const result = await (net.runAsync?.(tensors) ?? net.run(tensors));
    const values = byName(result, names).get(output)!;
    const size = values.length / chosen.length;
    for (let at = 0; at < chosen.length; at += 1) {
      const answer = values.subarray(at * size, (at + 1) * size);
      sum += lossOf(answer, targets.subarray(at * asked.elements, (at + 1) * asked.elements));
      if (asked.classes !== undefined && argmax(answer) === labels[at]) correct += 1;
    }
  }
  const count = indices.length;
  return { count, loss: sum / count, ...(asked.classes !== undefined && { correct }) };
}

/** −ln of the probability of the right class. */
function surprise(scores: Scores): ImageLoss {
  return (values, [label]) => {
    const value = values[label!]!;
    if (scores === 'softmax') return -log(value);
    if (scores === 'log_softmax') return -value;
    const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
    return largest + log(values.reduce((total, one) => total + exp(one - largest), 0)) - value;
  };
}

function squares(reduction: 'mean' | 'sum', { elements }: Target): ImageLoss {
  const divisor = reduction === 'mean' ? elements : 1;
  return (values, target) =>
    values.reduce((total, value, at) => total + (value - target[at]!) * (value - target[at]!), 0) / divisor;
}

/** The first of the largest; −1 where one is NaN. */
function argmax(values: Float32Array): number {
  let best = 0;
  for (let at = 0; at < values.length; at += 1) {
    if (Number.isNaN(values[at]!)) return -1;
    if (values[at]! > values[best]!) best = at;
  }
  return best;
}
