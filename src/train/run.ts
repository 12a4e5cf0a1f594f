// The loop of a training: epochs of steps, what is said of each, and where it stands, from which it can go on with the same bits.

import { InputError } from '../data/input-error.ts';
import type { Weights } from './evaluate.ts';
import { measuresOf } from './evaluation.ts';
import type { Evaluation, Measures } from './evaluation.ts';
import type { Kept, Steps } from './not-finite.ts';
import { dataOf, firstNotFinite, keep, stepArguments } from './not-finite.ts';
import type { Position } from './order.ts';

/** What a training needs for its steps. */
export interface Course extends Steps {
  readonly epochs: number;
  /** Whether a step says how many images got their class. */
  readonly tellsRight: boolean;
  /** Whether the loss of a step is the mean of its images, and not their sum. */
  readonly isMean: boolean;
  /** Names of the network's weights and buffers, which are states of the step. */
  readonly weightNames: readonly string[];
  /** Whether moving averages of the weights are the result. */
  readonly isAveraged: boolean;
  /** Whether the weights of the best epoch are the result. */
  readonly keepsBest: boolean;
  /** On images that are kept from the training. */
  evaluate?(weights: Weights): Promise<Evaluation>;
}

export interface StepEvent {
  readonly epoch: number;
  /** Within the epoch. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly images: number;
  /** Of how many images the pixels are that count, where those of one class do not. */
  readonly counted?: number;
  readonly loss: number;
  /** Images that got their class; absent for a regression. */
  readonly correct?: number;
  readonly rate: number;
  /** Means over the epoch so far. */
  readonly epochLoss: number;
  readonly epochAccuracy?: number;
}

export interface EpochResult {
  readonly epoch: number;
  readonly steps: number;
  readonly images: number;
  /** Means over the images of the epoch, of weights that change from step to step. */
  readonly loss: number;
  readonly accuracy?: number;
  /** At the last step. */
  readonly rate: number;
  /** After the epoch, on images that are kept from the training. */
  readonly checked?: Measures;
}

/** Where a training stands, and all that its rest depends on. */
export interface Snapshot {
  /** The step that comes next; after the last step of an epoch its evaluation does. */
  readonly position: Position;
  readonly states: Weights;
  readonly sums: Sums;
  readonly history: readonly EpochResult[];
  readonly best?: Best;
}

/** Of the steps of an epoch so far. */
export interface Sums {
  readonly loss: number;
  readonly correct: number;
  readonly images: number;
  /** Of how many images the pixels are that count; absent where all do. */
  readonly counted?: number;
}

export interface Best {
  readonly epoch: number;
  /** The larger the better. */
  readonly score: number;
  readonly weights: Weights;
}

export interface Listener {
  /** What it returns is awaited before the next step. `snapshot` copies everything. */
  onStep?(event: StepEvent, snapshot: () => Snapshot): void | Promise<void>;
  onEpoch?(result: EpochResult, snapshot: () => Snapshot, end: EpochEnd): void | Promise<void>;
  /** Ends the training after the step that is under way. */
  readonly signal?: AbortSignal;
}

/** What a listener may look at after an epoch. */
export interface EpochEnd {
  /** The network's, by name; averages where there are some. */
  readonly weights: Weights;
  /** Whether these would be the result if the training ended here: not where an earlier epoch was better and the best are kept. */
  readonly isResult: boolean;
  readonly evaluation?: Evaluation;
}

export interface Outcome {
  readonly isComplete: boolean;
  readonly history: readonly EpochResult[];
  /** The network's, by name. */
  readonly weights: Weights;
  /** The epoch of the weights, where those of the best are kept. */
  readonly bestEpoch?: number;
  readonly snapshot: Snapshot;
}

/** So many steps may have to be taken again where a loss is not finite, whose states are then copied once in as many. */
const STEPS_BETWEEN = 16;

const nothing: Sums = { loss: 0, correct: 0, images: 0 };

/** Where a training begins: these weights, and zeros for what the optimiser keeps. */
export function beginning(weights: Weights): Snapshot {
  return { position: { epoch: 0, step: 0 }, states: weights, sums: nothing, history: [] };
}

/** Goes on from a snapshot to the end, or until the signal. Throws `InputError` as soon as a loss is not finite. */
export async function run(course: Course, from: Snapshot, listener: Listener = {}): Promise<Outcome> {
  const { trainer, epochs, stepsPerEpoch } = course;
  for (const state of trainer.states) {
    const stored = from.states.get(state.name);
    if (stored) state.write(stored);
  }
  let { position, sums, history, best } = from;
  const snapshot = (): Snapshot => ({
    position,
    sums,
    history,
    states: new Map(trainer.states.map(({ name, read }) => [name, read()])),
    ...(best && { best }),
  });
  let kept: Kept | undefined;
  const isStopped = (): boolean => listener.signal?.aborted === true;
  while (position.epoch < epochs && !isStopped()) {
    if (position.step < stepsPerEpoch) {
      if (course.inspect && (!kept || position.step % STEPS_BETWEEN === 0)) kept = keep(course, position);
      const event = await takeStep(course, position, sums, kept);
      sums = added(sums, event, course.isMean);
      position = { epoch: position.epoch, step: position.step + 1 };
      const epochAccuracy = course.tellsRight ? { epochAccuracy: sums.correct / countedIn(sums) } : {};
      await listener.onStep?.({ ...event, epochLoss: sums.loss / countedIn(sums), ...epochAccuracy }, snapshot);
      continue;
    }
    const weights = resultOf(course);
    const evaluation = await measured(course, position.epoch, weights);
    const result = epochResult(course, position.epoch, sums, evaluation);
    history = [...history, result];
    const score = scoreOf(result);
    if (course.keepsBest && (!best || score > best.score)) best = { epoch: position.epoch, score, weights };
    const isResult = !best || best.epoch === position.epoch;
    position = { epoch: position.epoch + 1, step: 0 };
    sums = nothing;
    await listener.onEpoch?.(result, snapshot, { weights, isResult, ...(evaluation && { evaluation }) });
  }
  return {
    isComplete: position.epoch >= epochs,
    history,
    weights: best?.weights ?? (isBegun(position) ? resultOf(course) : resultOf({ ...course, isAveraged: false })),
    ...(best && { bestEpoch: best.epoch }),
    snapshot: snapshot(),
  };
}

async function takeStep(
  course: Course,
  position: Position,
  sums: Sums,
  kept: Kept | undefined,
): Promise<Omit<StepEvent, 'epochLoss' | 'epochAccuracy'>> {
  const { epoch, step } = position;
  const indices = course.indicesAt(position);
  const data = await dataOf(course, position, indices);
  const { rate } = data;
  const { loss, correct, counted } = await course.trainer.step(...stepArguments(data));
  if (!Number.isFinite(loss)) {
    const before =
      sums.images > 0 ? ` (it was ${(sums.loss / countedIn(sums)).toPrecision(3)} on the epoch so far)` : '';
    const origin = kept ? await firstNotFinite(course, kept, position) : '';
    throw new InputError(
      `the loss is ${loss} at step ${step + 1} of ${course.stepsPerEpoch} in epoch ${epoch + 1}${before}, for the batch of ${shown(indices)}${origin}; a smaller learning rate (it was ${rate}), clip or a warm-up may help`,
    );
  }
  return {
    epoch,
    step,
    stepsPerEpoch: course.stepsPerEpoch,
    images: indices.length,
    ...(counted !== undefined && { counted }),
    loss,
    ...(correct !== undefined && { correct }),
    rate,
  };
}

function shown(indices: Uint32Array): string {
  const first = [...indices.subarray(0, 4)].join(', ');
  return `images ${first}${indices.length > 4 ? `, … (${indices.length})` : ''}`;
}

/** Of how many images the pixels are that count; 1 where none does, whose sums are 0. */
const countedIn = ({ images, counted = images }: Sums): number => counted || 1;

function added(sums: Sums, { loss, images, correct = 0, counted }: Pick<StepEvent, keyof Sums>, isMean: boolean): Sums {
  return {
    loss: sums.loss + (isMean ? loss * (counted ?? images) : loss),
    correct: sums.correct + correct,
    images: sums.images + images,
    ...(counted !== undefined && { counted: (sums.counted ?? sums.images) + counted }),
  };
}

async function measured(course: Course, epoch: number, weights: Weights): Promise<Evaluation | undefined> {
  for (const [name, data] of weights) {
    if (!data.every(Number.isFinite))
      throw new InputError(
        `${name} has numbers that are not finite after epoch ${epoch + 1}; a smaller learning rate may help`,
      );
  }
  return course.evaluate?.(weights);
}

function epochResult(course: Course, epoch: number, sums: Sums, checked: Evaluation | undefined): EpochResult {
  const { stepsPerEpoch: steps } = course;
  return {
    epoch,
    steps,
    images: sums.images,
    loss: sums.loss / countedIn(sums),
    ...(course.tellsRight && { accuracy: sums.correct / countedIn(sums) }),
    rate: course.rateAt((epoch + 1) * steps - 1),
    ...(checked && {
      checked: measuresOf(checked),
    }),
  };
}

/** Accuracy where there is one, else the smaller the loss; of the images kept from the training where there are some. */
function scoreOf({ checked, accuracy, loss }: EpochResult): number {
  if (checked) return checked.accuracy ?? -checked.loss;
  return accuracy ?? -loss;
}

/** Before the first step there are no averages. */
function isBegun({ epoch, step }: Position): boolean {
  return epoch > 0 || step > 0;
}

/** The weights of the moment, or their averages. */
function resultOf({ trainer, weightNames, isAveraged }: Course): Weights {
  const states = new Map(trainer.states.map((state) => [state.name, state]));
  return new Map(weightNames.map((name) => [name, states.get(isAveraged ? `average/${name}` : name)!.read()]));
}
