// Where numbers stopped being finite: the steps before a loss that is not finite are taken again from states that were kept, and the
// first one that does harm once more, by a step that tells which of its values are finite.

import type { StepPart } from '../../compiler/autodiff/training-step.ts';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import type { CompiledNetwork } from '../../compiler/index.ts';
import { compileProbedStep } from '../../compiler/index.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import type { Batch } from './batch-maker.ts';
import type { Weights } from './evaluate.ts';
import type { Position } from './order.ts';
import type { Trainer, TrainerOptions } from './trainer.ts';
import { loadTrainer } from './trainer.ts';

/** A step as the trainer takes it. */
export interface StepData {
  readonly images: Float32Array;
  readonly targets: Float32Array;
  readonly rate: number;
  /** Counted from 0 over all epochs. */
  readonly number: number;
}

/** Where the steps of a training come from. */
export interface Steps {
  readonly trainer: Trainer;
  readonly stepsPerEpoch: number;
  /** Steps are counted from 0 over all epochs. */
  rateAt(step: number): number;
  /** Indices of the images of a step. */
  indicesAt(position: Position): Uint32Array;
  /** The tensors of a step, valid until they are asked for again. */
  tensorsOf(indices: Uint32Array, position: Position): Batch | Promise<Batch>;
  /** Finds out what made a loss not finite; absent: nobody asks. */
  readonly inspect?: Inspect;
}

/** What computes the first value of a step that is not finite, from these states; undefined where all are. */
export type Inspect = (states: Weights, data: StepData) => Promise<StepPart | undefined>;

/** Compiles the step anew when it is asked; it takes as much memory as the training. */
export function inspector(
  network: CompiledNetwork,
  recipe: Recipe,
  options: PipelineOptions,
  loading: Omit<TrainerOptions, 'observe'>,
): Inspect {
  return async (states, { images, targets, rate, number }) => {
    const { step, probes } = compileProbedStep(network, recipe, options);
    let first: StepPart | undefined;
    const trainer = await loadTrainer(step, {
      ...loading,
      observe: (outputs) => (first ??= probes.find(({ output }) => Number.isNaN(outputs[output]![0]))?.part),
    });
    try {
      for (const { name, write } of trainer.states) write(states.get(name)!);
      await trainer.step(images, targets, rate, number);
    } finally {
      trainer.close();
    }
    return first;
  };
}

/** States of an earlier step of the epoch. */
export interface Kept {
  readonly position: Position;
  readonly states: Weights;
}

/** Copies of the states of the moment. */
export function keep({ trainer }: Pick<Steps, 'trainer'>, position: Position): Kept {
  return { position, states: new Map(trainer.states.map(({ name, read }) => [name, read()])) };
}

/**
 * The end of a sentence about the loss of the step at `position`: what was not finite first. Empty where that cannot be found, as
 * where there is no memory for it. The trainer's states are those of an earlier step afterwards.
 */
export async function firstNotFinite(course: Steps, kept: Kept, position: Position): Promise<string> {
  const { trainer, inspect } = course;
  if (!inspect) return '';
  const lost = [...kept.states].find(([, values]) => !isFinite(values));
  if (lost) return `; ${lost[0]} is not finite since step ${kept.position.step} or earlier`;
  for (const { name, write } of trainer.states) write(kept.states.get(name)!);
  let before = kept;
  for (let step = kept.position.step; step < position.step; step += 1) {
    await trainer.step(...stepArguments(await dataOf(course, { ...position, step })));
    const after = keep(course, { ...position, step: step + 1 });
    if (![...after.states.values()].every(isFinite)) break;
    before = after;
  }
  const data = await dataOf(course, before.position);
  if (!isFinite(data.images)) return '; the pictures themselves are not finite';
  try {
    const part = await inspect(before.states, data);
    return part ? described(part, position.step - before.position.step) : '';
  } catch (cause) {
    // A second memory of that size may be more than there is.
    if (cause instanceof RangeError) return '';
    throw cause;
  }
}

/** What a step takes. */
export async function dataOf(
  course: Steps,
  position: Position,
  indices: Uint32Array = course.indicesAt(position),
): Promise<StepData> {
  const number = position.epoch * course.stepsPerEpoch + position.step;
  const { images, targets } = await course.tensorsOf(indices, position);
  return { images, targets, rate: course.rateAt(number), number };
}

/** In the order in which a trainer takes them. */
export const stepArguments = ({ images, targets, rate, number }: StepData) => [images, targets, rate, number] as const;

const isFinite = (values: Float32Array): boolean => values.every(Number.isFinite);

function described({ phase, layer }: StepPart, stepsBefore: number): string {
  const of = layer === undefined ? '' : ` of ${layer}`;
  const what = {
    forward: `the results${of} are the first that are not finite`,
    loss: 'the scores are finite, but their loss is not',
    backward: `the gradients${of} are the first that are not finite`,
    update: 'the updated weights are the first that are not finite',
  }[phase];
  return `; ${what}${stepsBefore === 0 ? '' : stepsBefore === 1 ? ', one step earlier' : `, ${stepsBefore} steps earlier`}`;
}
