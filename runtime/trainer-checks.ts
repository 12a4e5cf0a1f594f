// What a training refuses before it computes anything: one sentence each of what was found and what is expected.

import type { AnswerFacts, StateSpec, TensorSpec, TrainingFacts } from './abi.ts';
import { checkTensor } from './states.ts';
import { checkNames, classOf, described, isFloats, loadOptions } from './values.ts';

export interface TrainingState {
  /** Steps that were done. */
  readonly step: number;
  readonly seed: number;
  /** Weights, running statistics and what the optimiser keeps, by name. */
  readonly tensors: Readonly<Record<string, Float32Array>>;
}

export interface TrainerOptions {
  /** What the training starts from, as `load` takes it; else it is drawn from the seed. */
  readonly weights?: unknown;
  /** Where an earlier training stood. */
  readonly state?: TrainingState;
  /** Whole number below 2^32. */
  readonly seed?: number;
  /** Images of a step at most. */
  readonly maxBatch?: number;
  readonly threads?: number;
  /** Of modules whose WebAssembly is in files: those of a step and of what measures the weights. */
  readonly wasm?: { readonly step?: unknown; readonly evaluation?: unknown };
}

/** With `seed` and `maxBatch` of the state or of the file where they are not given. Throws TypeError or RangeError. */
export function checkedOptions(
  options: TrainerOptions,
  defaults: { readonly seed: number; readonly batch: number },
): TrainerOptions & Required<Pick<TrainerOptions, 'seed' | 'maxBatch'>> {
  if (classOf(options) !== 'Object')
    throw new TypeError(`loadTrainer takes { weights, … }; found ${described(options)}`);
  checkNames('loadTrainer', options, ['weights', 'state', 'seed', ...loadOptions]);
  const { weights, state, maxBatch = defaults.batch } = options;
  if (weights !== undefined && state !== undefined)
    throw new TypeError('a training starts from weights or from a state, not from both');
  if (state !== undefined && classOf(Object(state).tensors) !== 'Object')
    throw new TypeError(`the state must be what state() of a training gave; found ${described(state)}`);
  if (state && state.step >>> 0 !== state.step)
    throw new RangeError(`the state must say how many steps were done, as step; found ${String(state.step)}`);
  const seed = options.seed ?? state?.seed ?? defaults.seed;
  if (seed >>> 0 !== seed)
    throw new RangeError(`the seed must be a whole number from 0 to 2^32 - 1; found ${String(seed)}`);
  if (state && state.seed !== seed)
    throw new RangeError(`the state is of a training with seed ${String(state.seed)}; found seed ${seed}`);
  return { ...options, seed, maxBatch };
}

/** Throws TypeError or RangeError unless it has all tensors of a training, and no others. */
export function checkState({ tensors }: TrainingState, states: readonly StateSpec[]): void {
  for (const spec of states) {
    const data: unknown = tensors[spec.name];
    if (data === undefined) throw new RangeError(`the state must have ${spec.name}; it is missing`);
    checkTensor(data, spec);
    checkFinite(data, `${spec.name} of the state`);
  }
  const other = Object.keys(tensors).find((name) => !states.some((spec) => spec.name === name));
  if (other !== undefined) throw new RangeError(`the state has ${other}, which this training does not keep`);
}

/** Copies of some of the weights, by their names. Throws TypeError or RangeError for another name, and for what does not fit one. */
export function checkedWeights<Spec extends StateSpec>(
  tensors: unknown,
  specs: readonly Spec[],
): readonly (readonly [Spec, Float32Array])[] {
  if (classOf(tensors) !== 'Object')
    throw new TypeError(`setWeights takes Float32Arrays by their names; found ${described(tensors)}`);
  return Object.entries(tensors as object).map(([name, data]: [string, unknown]) => {
    const spec = specs.find((one) => one.name === name);
    if (!spec) throw new RangeError(`there are no weights ${name}; expected some of those in weightTensors`);
    checkTensor(data, spec);
    checkFinite(data, name);
    return [spec, data.slice()];
  });
}

/** What a training ends with where a step, counted from 1, leaves what is not finite. */
export function notFiniteIn(values: Readonly<Record<string, Float32Array>>, step: number): Error | undefined {
  for (const [name, data] of Object.entries(values)) {
    const wrong = data.find((value) => !Number.isFinite(value));
    if (wrong === undefined) continue;
    const advice = 'load a trainer with an earlier state and take smaller steps';
    const error = new Error(`in step ${step}, ${name} became ${wrong}; ${advice}`);
    return Object.assign(error, { name: 'NotFiniteError', step });
  }
  return undefined;
}

/** What a step may hold. */
type StepLimits = Pick<TrainingFacts, 'pairs'> & { readonly maxBatch: number };

/** How many images there are; without limits, as many as one likes. */
export function checkedImages(images: unknown, { shape }: TensorSpec, limits?: StepLimits): number {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const expected = `[N, ${shape.join(', ')}]`;
  if (!isFloats(images))
    throw new TypeError(`images must be a Float32Array of ${expected}; found ${described(images)}`);
  const count = images.length / size;
  if (!(Number.isInteger(count) && count > 0))
    throw new RangeError(`images has ${images.length} numbers; expected ${expected}, a positive multiple of ${size}`);
  if (limits && count > limits.maxBatch)
    throw new RangeError(
      `the step has ${count} images, and the training was loaded with maxBatch ${limits.maxBatch}; a step is never split`,
    );
  if (limits?.pairs !== undefined && count === 1)
    throw new RangeError(
      `the step has 1 image, of which ${limits.pairs} sees one value per channel and can tell no variance; expected 2 or more`,
    );
  checkFinite(images, 'images');
  return count;
}

/** Throws RangeError, with the first number that is not finite. */
export function checkFinite(data: Float32Array, name: string): void {
  for (let at = 0; at < data.length; at += 1) {
    if (!Number.isFinite(data[at])) throw new RangeError(`${name} has ${data[at]} at ${at}; expected finite numbers`);
  }
}

/** Labels as the step takes them, those of several outputs one behind the other for each image. Throws TypeError or RangeError. */
export function checkedAnswers(
  labels: unknown,
  count: number,
  target: TensorSpec,
  { parts, ...facts }: AnswerFacts & Pick<TrainingFacts, 'parts'>,
): Float32Array {
  if (!parts) return checkedLabels(labels, count, target, facts);
  const names = parts.map(({ of }) => of);
  if (classOf(labels) !== 'Object')
    throw new TypeError(
      `labels must be an object with an array for each of ${names.join(', ')}; found ${described(labels)}`,
    );
  const other = Object.keys(labels as object).find((name) => !names.includes(name));
  if (other !== undefined)
    throw new RangeError(`there are labels of ${other}, which has no loss; expected ${names.join(', ')}`);
  const all = parts.map((part) => {
    const given = (labels as Record<string, unknown>)[part.of];
    return checkedLabels(given, count, part, part, part.of);
  });
  const total = all.reduce((sum, { length }) => sum + length, 0) / count;
  const joined = new Float32Array(total * count);
  let start = 0;
  for (const own of all) {
    const size = own.length / count;
    for (let image = 0; image < count; image += 1)
      joined.set(own.subarray(image * size, (image + 1) * size), image * total + start);
    start += size;
  }
  return joined;
}

/** Labels as the step takes them: a copy. `classes` is undefined for a regression; one `of` a named output has NaN where a number does not count. */
function checkedLabels(
  labels: unknown,
  count: number,
  { shape }: Pick<TensorSpec, 'shape'>,
  { classes, ignored, areShares }: AnswerFacts,
  of?: string,
): Float32Array {
  const what = of === undefined ? 'labels' : `labels of ${of}`;
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (!Array.isArray(labels) && !(ArrayBuffer.isView(labels) && 'length' in labels))
    throw new TypeError(`${what} must be an array of numbers; found ${described(labels)}`);
  const { length } = labels as ArrayLike<unknown>;
  if (length !== count * size)
    throw new RangeError(
      `there are ${length} ${what} for ${count === 1 ? '1 image' : `${count} images`}; expected ${count * size}`,
    );
  const given = labels as ArrayLike<number>;
  for (let at = 0; at < length; at += 1) {
    const label: unknown = given[at];
    const isRight =
      classes === undefined ? Number.isFinite(label) && !(areShares && !isShare(label)) : isClass(label, classes);
    const isLeftOut = of !== undefined && classes === undefined && !areShares && Number.isNaN(label);
    if (isRight || isLeftOut || (ignored !== undefined && label === ignored)) continue;
    const found = typeof label === 'number' ? String(label) : described(label);
    const expected =
      classes === undefined
        ? `a ${areShares ? 'number from 0 to 1' : 'finite number'}`
        : `a whole number from 0 to ${classes - 1}${ignored === undefined ? '' : `, or ${ignored}`}`;
    const place = size === 1 ? '' : ` (label ${at % size} of image ${Math.floor(at / size)})`;
    const which = of === undefined ? '' : ` of ${of}`;
    throw new RangeError(`label ${at}${which} is ${found}; expected ${expected}${place}`);
  }
  return Float32Array.from(given);
}

const isShare = (label: unknown): boolean => (label as number) >= 0 && (label as number) <= 1;

const isClass = (label: unknown, classes: number): boolean =>
  Number.isInteger(label) && (label as number) >= 0 && (label as number) < classes;

/** Throws TypeError for another option, and RangeError. */
export function checkedRate(options: { readonly learningRate: number } | undefined): number {
  checkNames('step', Object(options), ['learningRate']);
  const rate: unknown = options?.learningRate;
  if (typeof rate === 'number' && Number.isFinite(rate) && rate >= 0) return rate;
  const found = typeof rate === 'number' ? String(rate) : described(rate);
  throw new RangeError(`learningRate must be a finite number from 0; found ${found}`);
}
