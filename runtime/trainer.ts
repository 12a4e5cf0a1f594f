// A training: steps one after the other, on a loaded step of a network, whose memory keeps the weights.

import type { InitialTensor, TensorSpec, TrainingFacts } from './abi.ts';
import type { StateTensor } from './states.ts';
import { stepInputs, stepOutputs } from './step-border.ts';
import { threefry } from './threefry.ts';
import { described, isFloats } from './values.ts';

export interface StepResult {
  /** Mean (or sum, as the loss says) over the images of the step, before its update. */
  readonly loss: number;
  /** How many images got their class; absent for a regression. */
  readonly correct?: number;
}

/** A loaded step, as far as a training needs it. */
export interface LoadedStep {
  readonly states: readonly StateTensor[];
  readonly threads?: number;
  readonly reason?: string;
  run(x: StepValues, options: { readonly into: StepValues | Float32Array }): unknown;
  runAsync?(x: StepValues, options: { readonly into: StepValues | Float32Array }): Promise<unknown>;
  close?(): void;
}

export type StepValues = Readonly<Record<string, Float32Array>>;

/** What runs one step; `number` counts from 0, `others` are inputs by name. Throws RangeError where there are more images than `maxBatch`. */
export function stepRunner(
  net: LoadedStep,
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  seed: number,
  maxBatch: number,
): (
  images: Float32Array,
  targets: Float32Array,
  rate: number,
  number: number,
  others?: StepValues,
) => Promise<StepResult> {
  const own = new Set<string>(Object.values(stepInputs));
  const input = inputs.find(({ name }) => !own.has(name))!;
  const size = input.shape.reduce((product, extent) => product * extent, 1);
  const results = Object.fromEntries(outputs.map(({ name }) => [name, new Float32Array(1)]));
  const into = outputs.length === 1 ? results[outputs[0]!.name]! : results;
  return async (images, targets, rate, number, others) => {
    const count = images.length / size;
    if (count > maxBatch) throw new RangeError(`the step has ${count} images; it was loaded for up to ${maxBatch}`);
    const values: StepValues = {
      [input.name]: images,
      [stepInputs.target]: targets,
      [stepInputs.images]: Float32Array.of(count),
      [stepInputs.learningRate]: Float32Array.of(rate),
      [stepInputs.random]: Float32Array.of(seed >>> 16, seed & 0xffff, number >>> 16, number & 0xffff),
      ...others,
    };
    const x = Object.fromEntries(inputs.map(({ name }) => [name, values[name]!]));
    await (net.runAsync ? net.runAsync(x, { into }) : net.run(x, { into }));
    const correct = results[stepOutputs.correct]?.[0];
    return { loss: results[stepOutputs.loss]![0]!, ...(correct !== undefined && { correct }) };
  };
}

/** What a module knows of its step. */
export interface StepFacts extends TrainingFacts {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

export interface TrainingState {
  /** Steps that were done. */
  readonly step: number;
  readonly seed: number;
  /** Weights, running statistics and what the optimiser keeps, by name. */
  readonly tensors: Readonly<Record<string, Float32Array>>;
}

export interface TrainerOptions {
  /** Tensors that the training starts from; else it draws them from the seed. */
  readonly weights?: ReadonlyMap<string, Float32Array> | Readonly<Record<string, Float32Array>>;
  /** Where an earlier training stood. */
  readonly state?: TrainingState;
  /** Whole number below 2^32. */
  readonly seed: number;
  /** Images of a step at most. */
  readonly maxBatch: number;
  readonly threads?: number;
}

/** Throws TypeError or RangeError with a sentence for what no training can begin with. */
export function checkTrainer({ weights, state, seed }: TrainerOptions): void {
  if (seed >>> 0 !== seed) throw new RangeError(`the seed must be a whole number from 0 to 2^32 - 1; found ${seed}`);
  if (weights !== undefined && state !== undefined)
    throw new TypeError('a training starts from weights or from a state, not from both');
  if (state === undefined) return;
  if (state.step >>> 0 !== state.step) throw new RangeError('the state must say how many steps were done, as step');
  if (state.seed !== seed) throw new RangeError(`the state is of a training with seed ${state.seed}; found ${seed}`);
}

/** What `loadTrainer` of a module gives. */
export function trainerOf(net: LoadedStep, facts: StepFacts, options: TrainerOptions) {
  const { seed, maxBatch, state } = options;
  const run = stepRunner(net, facts.inputs, facts.outputs, seed, maxBatch);
  const own = new Set<string>(Object.values(stepInputs));
  const input = facts.inputs.find(({ name }) => !own.has(name))!;
  const size = input.shape.reduce((product, extent) => product * extent, 1);
  const target = facts.inputs.find(({ name }) => name === stepInputs.target)!.shape;
  const targetSize = target.reduce((product, extent) => product * extent, 1);
  let done = state?.step ?? 0;
  let queue: Promise<unknown> = Promise.resolve();
  startStates(net.states, facts.initials, options);
  const tensors = (isKept: (one: StateTensor) => boolean): Record<string, Float32Array> =>
    Object.fromEntries(net.states.filter(isKept).map((one) => [one.name, one.read()]));
  return {
    threads: net.threads ?? 1,
    reason: net.reason,
    weights: () => tensors(({ role }) => role !== 'optimizer'),
    state: (): TrainingState => ({ step: done, seed, tensors: tensors(() => true) }),
    close: () => net.close?.(),
    async step(images: Float32Array, labels: ArrayLike<number>, { learningRate }: { readonly learningRate: number }) {
      const count = checkedImages(images, size, maxBatch);
      const targets = checkedLabels(labels, count, targetSize, facts.classes);
      if (!(Number.isFinite(learningRate) && learningRate >= 0))
        throw new RangeError(`learningRate must be a number from 0; found ${learningRate}`);
      const work = async () => {
        const result = await run(images, targets, learningRate, done);
        done += 1;
        const { correct } = result;
        return { ...result, ...(correct !== undefined && { accuracy: correct / count }) };
      };
      const step = queue.then(work);
      queue = step.catch(() => {});
      return step;
    },
  };
}

/** How many images there are. */
function checkedImages(images: Float32Array, size: number, maxBatch: number): number {
  if (!isFloats(images)) throw new TypeError(`images must be a Float32Array; found ${described(images)}`);
  const count = images.length / size;
  if (!(Number.isInteger(count) && count > 0))
    throw new RangeError(`images has ${images.length} numbers; expected a positive multiple of ${size}`);
  if (count > maxBatch) throw new RangeError(`the step has ${count} images; it was loaded for up to ${maxBatch}`);
  return count;
}

/** Labels as the step takes them: a copy. */
function checkedLabels(labels: ArrayLike<number>, count: number, size: number, classes?: number): Float32Array {
  if (!Array.isArray(labels) && !(ArrayBuffer.isView(labels) && 'length' in labels))
    throw new TypeError(`labels must be an array of numbers; found ${described(labels)}`);
  if (labels.length !== count * size)
    throw new RangeError(`there are ${labels.length} labels for ${count} images; expected ${count * size}`);
  const wrong = Array.from(labels).findIndex((label) =>
    classes === undefined ? typeof label !== 'number' : !(Number.isInteger(label) && label >= 0 && label < classes),
  );
  if (wrong >= 0 && classes !== undefined)
    throw new RangeError(
      `label ${wrong} is ${String(labels[wrong])}; expected a whole number from 0 to ${classes - 1}`,
    );
  if (wrong >= 0) throw new TypeError(`label ${wrong} is ${described(labels[wrong])}; expected a number`);
  return Float32Array.from(labels);
}

/** Writes what the training starts from. */
function startStates(
  states: readonly StateTensor[],
  initials: readonly InitialTensor[],
  { weights, state, seed }: TrainerOptions,
): void {
  const source: unknown = state?.tensors ?? weights;
  const read = (name: string): unknown =>
    source instanceof Map ? source.get(name) : (source as Record<string, unknown> | undefined)?.[name];
  for (const one of states) {
    if (source !== undefined && (state || one.role !== 'optimizer')) {
      const data = read(one.name);
      if (data === undefined)
        throw new RangeError(`the ${state ? 'state' : 'weights'} must have ${one.name}; it is missing`);
      one.write(data as Float32Array);
      continue;
    }
    const at = initials.findIndex(({ name }) => name === one.name);
    if (at < 0) continue;
    const length = one.shape.reduce((product, extent) => product * extent, 1);
    one.write(drawn(initials[at]!, at, length, seed));
  }
}

/** Uniform numbers in 2^24 steps; each follows from the seed, the place of its tensor and its own place in it. */
function drawn(initial: InitialTensor, at: number, length: number, seed: number): Float32Array {
  const data = new Float32Array(length);
  if ('value' in initial) return data.fill(initial.value);
  const { bound } = initial;
  // 5 tells weights from all else that is drawn.
  const [key0, key1] = threefry(seed, 5, at, 0);
  for (let i = 0; i < length; i += 1) {
    const word = threefry(key0, key1, i >>> 1, 0)[i & 1]!;
    data[i] = -bound + 2 * bound * ((word >>> 8) * 2 ** -24);
  }
  return data;
}
