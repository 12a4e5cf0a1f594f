// A training: steps one after the other, on a loaded step of a network, whose memory keeps the weights; and the network itself, which
// measures them.

import type { PartFacts, TensorSpec, TrainingFacts } from './abi.ts';
import { drawn } from './initial.ts';
import type { StateTensor } from './states.ts';
import { partInput, stepInputs, stepOutputs } from './step-border.ts';
import type { TrainerOptions, TrainingState } from './trainer-checks.ts';
import {
  checkedAnswers,
  checkedImages,
  checkedRate,
  checkedWeights,
  checkFinite,
  checkState,
  notFiniteIn,
} from './trainer-checks.ts';
import { nextTurn } from './turn.ts';
import { loadedWeights, readWeights } from './weights.ts';
import { safetensorsOf } from './write-safetensors.ts';

export interface StepResult {
  /** Mean (or sum, as the loss says) over the images of the step, before its update. */
  readonly loss: number;
  /** How many images got their class; of maps, the sum of the shares of their pixels that did. Absent for a regression. */
  readonly correct?: number;
  /** Where the pixels of one class do not count: of how many images the others are. */
  readonly counted?: number;
}

/** A loaded step, as far as a training needs it. */
export interface LoadedStep extends LoadedNetwork {
  readonly states: readonly StateTensor[];
  /** Of a step with its memory elsewhere: takes what the states read from there, and puts there what they wrote. */
  pull?(): Promise<void>;
  push?(): Promise<void>;
}

/** Of the images of a step; of several outputs by their names. */
type Labels = ArrayLike<number> | Readonly<Record<string, ArrayLike<number>>>;

export type Values = Readonly<Record<string, Float32Array>>;
type Result = Float32Array | Values;

interface LoadedNetwork {
  readonly threads?: number;
  readonly reason?: string;
  run?(x: Result, options?: { readonly into: Result }): unknown;
  runAsync?(x: Result, options?: { readonly into: Result }): Promise<unknown>;
  close?(): void;
}

/** The network itself, whose weights can be replaced. */
export interface LoadedEvaluation extends LoadedNetwork {
  fill(tensors: Values): Promise<void> | void;
}

/** How much images and pixels count, by their class, or those of each of several losses. */
export type Counting = Pick<TrainingFacts, 'ignored' | 'classWeights' | 'parts'>;

/**
 * How many images the pixels make up that are not of the class `ignored`, each as much as its class counts; `targets` [N, …] have
 * `elements` of each.
 */
export function countedImages(
  targets: Float32Array,
  elements: number,
  { ignored, classWeights }: { readonly [Key in 'ignored' | 'classWeights']?: Counting[Key] | undefined },
): number {
  let counted = 0;
  for (let at = 0; at < targets.length; at += 1)
    if (targets[at] !== ignored) counted += classWeights ? classWeights[targets[at]!]! : 1;
  return counted / elements;
}

/** Of several losses: how many images the answers make up that count, where some do not, and the weights of classes. */
export function partCounts(answers: Float32Array, count: number, parts: readonly PartFacts[]): Values {
  const size = answers.length / count;
  const inputs: Record<string, Float32Array> = {};
  let start = 0;
  for (const { of, shape, ignored, classWeights } of parts) {
    const length = shape.reduce((product, extent) => product * extent, 1);
    if (ignored !== undefined || classWeights) {
      let counted = 0;
      for (let at = start; at < answers.length; at += size)
        counted += countedImages(answers.subarray(at, at + length), length, { ignored, classWeights });
      inputs[partInput('counted', of)] = Float32Array.of(counted || count);
    }
    if (classWeights) inputs[partInput('classWeights', of)] = Float32Array.from(classWeights);
    start += length;
  }
  return inputs;
}

/**
 * Runs one step; `number` counts from 0, `others` are inputs by name. Images and pixels count as `counting` says. Throws RangeError for more
 * images than `maxBatch`.
 */
export function stepRunner(
  net: LoadedStep,
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  seed: number,
  maxBatch: number,
  counting: Counting = {},
): (images: Float32Array, targets: Float32Array, rate: number, number: number, others?: Values) => Promise<StepResult> {
  const input = inputOf(inputs);
  const size = input.shape.reduce((product, extent) => product * extent, 1);
  const results = Object.fromEntries(outputs.map(({ name }) => [name, new Float32Array(1)]));
  const counts = inputs.some(({ name }) => name === stepInputs.counted);
  const into = outputs.length === 1 ? results[outputs[0]!.name]! : results;
  return async (images, targets, rate, number, others) => {
    const count = images.length / size;
    if (count > maxBatch) throw new RangeError(`the step has ${count} images; it was loaded for up to ${maxBatch}`);
    const { ignored, classWeights, parts } = counting;
    const elements = targets.length / count;
    const counted = ignored === undefined ? {} : { counted: countedImages(targets, elements, { ignored }) };
    const values: Values = {
      [input.name]: images,
      [stepInputs.target]: targets,
      [stepInputs.images]: Float32Array.of(count),
      [stepInputs.learningRate]: Float32Array.of(rate),
      [stepInputs.random]: Float32Array.of(seed >>> 16, seed & 0xffff, number >>> 16, number & 0xffff),
      // Without a pixel that counts, nothing is learnt.
      ...(counts && { [stepInputs.counted]: Float32Array.of(countedImages(targets, elements, counting) || count) }),
      ...(classWeights && { [stepInputs.classWeights]: Float32Array.from(classWeights) }),
      // NaN does not count.
      ...(parts && {
        [stepInputs.target]: targets.map((value) => (Number.isNaN(value) ? 0 : value)),
        [stepInputs.mask]: targets.map((value) => Number(!Number.isNaN(value))),
        ...partCounts(targets, count, parts),
      }),
      ...others,
    };
    const x = Object.fromEntries(inputs.map(({ name }) => [name, values[name]!]));
    await (net.runAsync ? net.runAsync(x, { into }) : net.run!(x, { into }));
    const correct = results[stepOutputs.correct]?.[0];
    return { loss: results[stepOutputs.loss]![0]!, ...(correct !== undefined && { correct }), ...counted };
  };
}

function inputOf(inputs: readonly TensorSpec[]): TensorSpec {
  // No name of the language has an @.
  return inputs.find(({ name }) => !name.startsWith('@'))!;
}

/** What a module knows of its step. */
export interface StepFacts extends TrainingFacts {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** The options of a training, with what they leave open. */
export type Start = TrainerOptions & Required<Pick<TrainerOptions, 'seed' | 'maxBatch'>>;

/** What `loadTrainer` of a module gives. `loadEvaluation` loads the network with these weights. Throws for a start that does not fit. */
export async function startTraining(
  net: LoadedStep,
  loadEvaluation: (weights: Values) => Promise<LoadedEvaluation>,
  facts: StepFacts,
  start: Start,
) {
  const { seed, maxBatch, state, threads = 1 } = start;
  const take = stepRunner(net, facts.inputs, facts.outputs, seed, maxBatch, facts);
  const input = inputOf(facts.inputs);
  const target = facts.inputs.find(({ name }) => name === stepInputs.target)!;
  const { auxiliary = [] } = facts;
  const learnt = net.states.filter(({ role }) => role === 'parameter' || role === 'buffer');
  const own = learnt.filter(({ name }) => !auxiliary.includes(name));
  await writeStates(net, { learnt, own }, facts, start);
  let done = state?.step ?? 0;
  const [evaluation, queue] = [createEvaluation(loadEvaluation), createQueue()];
  const tensors = async (): Promise<Record<string, Float32Array>> => {
    await net.pull?.();
    const all = Object.fromEntries(net.states.map((one) => [one.name, one.read()]));
    queue.stopFor(notFiniteIn(all, done));
    return all;
  };
  const weights = async (): Promise<Record<string, Float32Array>> => {
    const all = await tensors();
    // Averages begin with the first step.
    return Object.fromEntries(own.map(({ name }) => [name, (done > 0 && all[`average/${name}`]) || all[name]!]));
  };
  const trainer = {
    threads: net.threads ?? 1,
    reason: net.reason ?? (threads > (net.threads ?? 1) ? 'modules without WebAssembly have one thread' : undefined),
    async step(images: Float32Array, labels: Labels, options: { readonly learningRate: number }) {
      const count = checkedImages(images, input, { maxBatch, ...facts });
      const targets = checkedAnswers(labels, count, target, facts);
      const rate = checkedRate(options);
      // The caller may use its array again.
      const copy = images.slice();
      return queue.add(async () => {
        const result = await take(copy, targets, rate, done);
        done += 1;
        const { correct, counted = count } = result;
        queue.stopFor(notFiniteIn({ 'the loss': Float32Array.of(result.loss) }, done));
        return { ...result, ...(correct !== undefined && { accuracy: correct / (counted || 1) }) };
      });
    },
    async run(images: Float32Array) {
      checkedImages(images, input);
      const copy = images.slice();
      return queue.add(async () => {
        const network = await evaluation.after(done, weights);
        // Closed in the meantime: what follows rejects.
        if (queue.isStopped()) evaluation.close();
        return (network.runAsync ? network.runAsync(copy) : network.run!(copy)) as Promise<Result>;
      });
    },
    weights: () => queue.add(weights),
    async setWeights(tensors: Values) {
      const given = checkedWeights(tensors, own);
      return queue.add(async () => {
        await net.pull?.();
        for (const [one, data] of given) one.write(data);
        await net.push?.();
        evaluation.forget();
      });
    },
    weightsFile: () =>
      queue.add(async () => {
        const all = await weights();
        const file = own.map(({ name, shape }) => ({ name, shape, data: all[name]! }));
        return safetensorsOf(file, new Map([['cnnc', facts.layout]]));
      }),
    state: () => queue.add(async (): Promise<TrainingState> => ({ step: done, seed, tensors: await tensors() })),
    close() {
      queue.stop(new Error('the training was closed'));
      net.close?.();
      evaluation.close();
    },
  };
  const { dispose } = Symbol as { readonly dispose?: symbol };
  return dispose ? Object.assign(trainer, { [dispose]: trainer.close }) : trainer;
}

/** The network itself, loaded when it is asked for, and filled where its weights have changed. */
function createEvaluation(load: (weights: Values) => Promise<LoadedEvaluation>) {
  let loaded: LoadedEvaluation | undefined;
  /** The number of steps after which it has the weights. */
  let measured = -1;
  return {
    /** With the weights after so many steps. */
    async after(steps: number, weights: () => Promise<Values>): Promise<LoadedEvaluation> {
      if (loaded && measured === steps) return loaded;
      const current = await weights();
      if (loaded) await loaded.fill(current);
      else loaded = await load(current);
      measured = steps;
      return loaded;
    },
    /** The weights have changed without a step. */
    forget: () => void (measured = -1),
    close: () => loaded?.close?.(),
  };
}

/** What is asked for is done in that order, until it is stopped: then all that follows rejects with the reason. */
function createQueue() {
  let reason: Error | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    isStopped: () => reason !== undefined,
    stop: (why: Error) => void (reason = why),
    /** Stops, and throws, where there is a reason. */
    stopFor(why: Error | undefined): void {
      if (why) throw (reason = why);
    },
    add<T>(work: () => Promise<T>): Promise<T> {
      const result = last.then(nextTurn).then(() => {
        if (reason) throw reason;
        return work();
      });
      last = result.catch(() => {});
      return result;
    },
  };
}

/**
 * Writes what the training starts from; `learnt` are weights and statistics, `own` those that the network keeps. Throws TypeError or
 * RangeError where that does not fit.
 */
async function writeStates(
  net: LoadedStep,
  { learnt, own }: { readonly learnt: readonly StateTensor[]; readonly own: readonly StateTensor[] },
  { initials, layout }: StepFacts,
  { weights, state, seed }: Start,
): Promise<void> {
  if (state) {
    checkState(state, net.states);
    for (const one of net.states) one.write(state.tensors[one.name]!);
  } else {
    for (const one of weights === undefined ? learnt : learnt.filter((any) => !own.includes(any))) {
      const at = initials.findIndex(({ name }) => name === one.name);
      const length = one.shape.reduce((product, extent) => product * extent, 1);
      one.write(drawn(initials[at]!, at, length, seed));
    }
    const given = weights === undefined ? [] : readWeights(await loadedWeights(weights), own, layout);
    given.forEach((data, at) => {
      checkFinite(data as Float32Array, own[at]!.name);
      own[at]!.write(data as Float32Array);
    });
  }
  await net.push?.();
}
