// How good a network is on images that it is not trained on: its ordinary module, with the weights of the moment.

import { lastSteps } from '../../compiler/analysis/scores.ts';
import { countingOf } from '../../compiler/autodiff/recipe.ts';
import type { Loss, Recipe } from '../../compiler/autodiff/recipe.ts';
import type { CompiledNetwork } from '../../compiler/index.ts';
import { compileNetwork } from '../../compiler/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Mathematics } from '../../compiler/pipeline.ts';
import { keptApart } from '../network/kept-apart.ts';
import { byName, importText } from '../network/module.ts';
import type { EmittedModule } from '../network/module.ts';
import { meanOf, mirrored } from '../network/mirror.ts';
import type { Batches } from './batch.ts';
import { sumMeasure } from './evaluate-sum.ts';
import type { Evaluation, Measure } from './evaluation.ts';
import { argmax, differences, surprise } from './judge.ts';
import type { Judge } from './judge.ts';
import { mapCounter } from './map-score.ts';
import type { Target } from './target.ts';
import { targetsOf } from './target.ts';

export type Weights = ReadonlyMap<string, Float32Array>;

export type Evaluate = (weights: Weights, images: Batches, indices: Uint32Array) => Promise<Evaluation>;

export interface EvaluateOptions {
  readonly target?: 'js' | 'wasm';
  readonly math?: Mathematics;
  readonly threads?: number;
  /** The mean of what the network gives for an image and for its mirror image counts: of logits, or of probabilities after a softmax. */
  readonly flip?: boolean;
}

const BATCH = 64;

/** The loss of cross-entropy is that without label smoothing. */
export function evaluator(
  network: CompiledNetwork,
  loss: Recipe['loss'],
  asked: Target,
  { target = 'js', math = 'default', threads, flip = false }: EvaluateOptions,
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
  const measured =
    loss.kind === 'sum' ? sumMeasure(network.graph, loss, asked.parts!) : ofOne(network, loss, asked, flip);
  return async (weights, images, indices) => {
    const maxBatch = Math.min(BATCH, Math.max(1, indices.length));
    const net = await keptApart(async (apart) =>
      (await compiled(apart)).load(weights, { maxBatch, ...(threads !== undefined && { threads }) }),
    );
    const names = Object.keys((await compiled([])).outputs);
    try {
      return await measured(async (x) => byName(await (net.runAsync?.(x) ?? net.run(x)), names), images, indices);
    } finally {
      net.close?.();
    }
  };
}

/** By its first output. */
function ofOne({ graph }: CompiledNetwork, loss: Loss, asked: Target, flip: boolean): Measure {
  const [output] = graph.outputs;
  const { scores: given, sigmoid } = lastSteps(graph, output!.value, operators);
  // Means of logarithms of probabilities are those of logits, up to a constant.
  const scores = flip && given === 'log_softmax' ? 'raw' : given;
  const judge = loss.kind === 'cross_entropy' ? surprise(scores, countingOf(loss)) : differences(loss, asked, !sigmoid);
  const width = typeOf(graph, graph.inputs[0]!.value).shape.at(-1)!;
  return (run, images, indices) => {
    const once = async (x: Float32Array): Promise<Float32Array> => (await run(x)).get(output!.name)!;
    const answer: Answer = flip ? async (x) => meanOf(await once(x), await once(mirrored(x, width))) : once;
    return measure(answer, asked, judge, images, indices);
  };
}

/** What the network gives for images [n,…]. */
type Answer = (x: Float32Array) => Promise<Float32Array>;

async function measure(
  answerTo: Answer,
  asked: Target,
  { lossOf, weightIn, rightIn, confidenceOf }: Judge,
  images: Batches,
  indices: Uint32Array,
): Promise<Evaluation> {
  const x = new Float32Array(Math.min(BATCH, indices.length) * images.elements);
  const predicted = new Int32Array(indices.length);
  const confidence = new Float32Array(indices.length);
  const map = asked.kind === 'map' ? mapCounter(asked.classes!, asked.ignored) : undefined;
  let [sum, correct, weight] = [0, 0, 0];
  for (let first = 0; first < indices.length; first += BATCH) {
    const chosen = indices.subarray(first, first + BATCH);
    const labels = new Int32Array(chosen.length);
    const tensors = x.subarray(0, chosen.length * images.elements);
    images.fillPlain(chosen, tensors, labels);
    const targets = targetsOf(asked, { indices: chosen, labels, images: tensors, given: images.given });
    const values = await answerTo(tensors);
    const size = values.length / chosen.length;
    for (let at = 0; at < chosen.length; at += 1) {
      const answer = values.subarray(at * size, (at + 1) * size);
      const target = targets.subarray(at * asked.elements, (at + 1) * asked.elements);
      sum += lossOf(answer, target);
      weight += weightIn?.(target) ?? 0;
      map?.take(answer, target);
      if (rightIn) correct += rightIn(answer, target);
      if (asked.classes === undefined || map || rightIn) continue;
      const best = argmax(answer);
      predicted[first + at] = best;
      confidence[first + at] = best < 0 ? NaN : confidenceOf(answer, best);
      if (best === labels[at]) correct += 1;
    }
  }
  const count = indices.length;
  if (map) {
    const { correct: right, pixels, meanIou } = map.score();
    const counted = pixels / asked.elements;
    const told = asked.ignored === undefined ? {} : { counted };
    return {
      count,
      loss: sum / ((weightIn ? weight : counted) || 1),
      correct: right / asked.elements,
      ...told,
      meanIou,
    };
  }
  if (rightIn) return { count, loss: sum / count, correct };
  const told = asked.classes === undefined ? {} : { correct, answers: { predicted, confidence } };
  return { count, loss: sum / ((weightIn ? weight : count) || 1), ...told };
}
