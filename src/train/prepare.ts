// Everything that a training needs before its first step, and all that can be wrong with it.

import type { Network, TrainSettings } from '../../compiler/frontend/index.ts';
import type { Compilation } from '../../compiler/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import type { Mathematics } from '../../compiler/pipeline.ts';
import { InputError } from '../data/input-error.ts';
import type { LabelledImages } from '../data/labelled-images.ts';
import { checkMemory, imagesAtOnce } from './at-once.ts';
import type { AtOnceOptions } from './at-once.ts';
import type { Batches } from './batch.ts';
import { batchesOf } from './batch.ts';
import { compiledStep } from './compiled-step.ts';
import type { Evaluation, Weights } from './evaluate.ts';
import { evaluator } from './evaluate.ts';
import type { Identity } from './identity.ts';
import { identityOf } from './identity.ts';
import { initialise } from './initialise.ts';
import { inspector } from './not-finite.ts';
import { batchOrder, splitValidation, stepsPerEpoch } from './order.ts';
import { recipeOf } from './recipe.ts';
import type { Course, Snapshot } from './run.ts';
import { beginning } from './run.ts';
import { rateAt } from './schedule.ts';
import type { Target } from './target.ts';
import { targetOf, targetsOf } from './target.ts';
import { loadTrainer } from './trainer.ts';

export interface TrainingData {
  readonly training: LabelledImages;
  readonly test?: LabelledImages;
}

export interface PrepareOptions extends AtOnceOptions {
  readonly target?: 'js' | 'wasm';
  /** As `compile` takes it, for the steps and for what measures their weights. */
  readonly math?: Mathematics;
  readonly threads?: number;
  /** Bytes that the memory of a step may have. */
  readonly memory?: number;
}

export interface Prepared {
  readonly identity: Identity;
  readonly stepsPerEpoch: number;
  /** Images that it learns from. */
  readonly images: number;
  /** What every epoch is measured on: a share of the images, or else the test images where there are some. */
  readonly checkedOn?: 'validation' | 'test';
  begin(): Snapshot;
  /** The loop's course. Close its trainer. Throws `InputError` where the memory is too small. */
  open(): Promise<Course>;
  /** On the test images; absent where there are none. */
  test?(weights: Weights): Promise<Evaluation>;
}

/** Throws `InputError`, one sentence. */
export function prepare(
  network: Network,
  settings: TrainSettings,
  { training, test }: TrainingData,
  options: PrepareOptions = {},
): Prepared {
  const { target = 'js', math = 'default', threads, memory } = options;
  const { graph, name } = network;
  const recipe = recipeOf(settings);
  const [input, ...otherInputs] = graph.inputs;
  if (!input || otherInputs.length > 0)
    throw new InputError(`${name} has ${graph.inputs.length} inputs; training takes networks with one`);
  const shape = typeOf(graph, input.value).shape;
  const output = graph.outputs[0]!;
  const asked = targetOf(recipe.loss, shape, typeOf(graph, output.value).shape, name);
  const { seed, batch, last, epochs } = settings;
  const split = splitValidation(training.count, Math.round(settings.validation * training.count), seed);
  const perEpoch = stepsPerEpoch(split.training.length, batch, { last });
  const largest = Math.min(batch, split.training.length);
  const smallest = last === 'keep' ? split.training.length % largest || largest : largest;
  const maxBatch = imagesAtOnce(graph, { largest, smallest }, options);
  const isSplit = maxBatch < largest;
  const inParts = { ...recipe, hasMicroBatches: true };
  const stepRecipe = isSplit ? inParts : recipe;
  const step = compiledStep(network, stepRecipe, { target, math });
  const isNormal = graph.nodes.some(({ op }) => op === 'batch_norm');
  const other = isSplit || isNormal ? undefined : () => compiledStep(network, inParts, { target, math }).program;
  checkMemory(name, step.program, { images: maxBatch, threads, memory, inParts: other });
  for (const images of [training, ...(test ? [test] : [])]) checkLabels(images, asked, output.name);
  const batchOptions = { shape, settings: input.settings, seed };
  const batches = batchesOf(training, { ...batchOptions, augment: settings.augment });
  const testBatches = test && batchesOf(test, batchOptions);
  const evaluate = evaluator(network, recipe.loss, asked, { target, math, ...(threads !== undefined && { threads }) });
  const onTest =
    test && testBatches
      ? (weights: Weights) =>
          evaluate(
            weights,
            testBatches,
            Uint32Array.from({ length: test.count }, (_, at) => at),
          )
      : undefined;
  const hasValidation = split.validation.length > 0;
  const check = hasValidation ? (weights: Weights) => evaluate(weights, batches, split.validation) : onTest;
  const loading = { maxBatch, seed, ...(threads !== undefined && { threads }) };
  const orderOf = batchOrder(split.training.length, batch, seed, { last });
  return {
    identity: identityOf(graph, settings, training, { target, math, ...(isSplit && { microBatch: maxBatch }) }),
    stepsPerEpoch: perEpoch,
    images: split.training.length,
    ...(check && { checkedOn: hasValidation ? 'validation' : 'test' }),
    begin: () => beginning(initialise(graph, settings.init, seed)),
    open: async () => ({
      trainer: await loaded(step, loading, name),
      inspect: inspector(network, stepRecipe, { target, math }, loading),
      epochs,
      stepsPerEpoch: perEpoch,
      rateAt: (number) => rateAt(settings, number, perEpoch),
      indicesAt: (position) => orderOf(position).map((at) => split.training[at]!),
      tensorsOf: tensorsFor(batches, asked),
      tellsClasses: recipe.loss.kind === 'cross_entropy',
      isMean: recipe.loss.kind === 'cross_entropy' || recipe.loss.reduction === 'mean',
      weightNames: graph.parameters.map((parameter) => parameter.name),
      isAveraged: recipe.average !== undefined,
      keepsBest: settings.weights === 'best',
      ...(check && { evaluate: check }),
    }),
    ...(onTest && { test: onTest }),
  };
}

function tensorsFor(batches: Batches, asked: Target): Course['tensorsOf'] {
  return (indices, epoch) => {
    const images = new Float32Array(indices.length * batches.elements);
    const labels = new Int32Array(indices.length);
    batches.fillTraining(indices, epoch, images, labels);
    return { images, targets: targetsOf(asked, labels, images) };
  };
}

async function loaded(step: Compilation, options: Parameters<typeof loadTrainer>[1], name: string) {
  try {
    return await loadTrainer(step, options);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError(`${name}, in steps of ${options.maxBatch} images: ${cause.message}; a smaller batch may do`, {
      limit: true,
      cause,
    });
  }
}

function checkLabels({ labels }: LabelledImages, { classes }: Target, output: string): void {
  if (classes === undefined) return;
  const largest = labels.reduce((a, b) => Math.max(a, b), 0);
  if (classes < 2) throw new InputError(`${output} gives one score; cross_entropy takes one for each class`);
  if (largest >= classes)
    throw new InputError(`the labels go up to ${largest}, but ${output} has ${classes} classes, counted from 0`);
}
