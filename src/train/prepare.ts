// Everything that a training needs before its first step, and all that can be wrong with it.

import { countingOf, tellsRight } from '../../compiler/autodiff/recipe.ts';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { batchNorms } from '../../compiler/autodiff/training-facts.ts';
import type { Network, TrainSettings } from '../../compiler/frontend/index.ts';
import type { Compilation } from '../../compiler/index.ts';
import { trainedGraph } from '../../compiler/index.ts';
import type { InputSettings } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { formatShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Mathematics } from '../../compiler/pipeline.ts';
import type { Counting } from '../../runtime/trainer.ts';
import { InputError } from '../data/input-error.ts';
import type { LabelledImages } from '../data/labelled-images.ts';
import { defaultSettings } from '../data/preprocess.ts';
import { answered, answersOf } from './answers.ts';
import { checkMemory, imagesAtOnce } from './at-once.ts';
import type { AtOnceOptions } from './at-once.ts';
import { batchMaker } from './batch-maker.ts';
import { batchesOf } from './batch.ts';
import { compiledStep, pacedRecipe } from './compiled.ts';
import type { Pace } from './compiled.ts';
import type { Weights } from './evaluate.ts';
import { evaluator } from './evaluate.ts';
import type { Evaluation } from './evaluation.ts';
import type { Identity } from './identity.ts';
import { identityOf } from './identity.ts';
import { initialise } from './initialise.ts';
import { withOneInput } from './inputs.ts';
import type { Loader } from './loader.ts';
import { openLoader } from './loader.ts';
import type { Position, Split } from './order.ts';
import { inspector } from './not-finite.ts';
import { batchOrder, splitValidation, stepsPerEpoch } from './order.ts';
import { initOf, recipeOf } from './recipe.ts';
import type { Course, Snapshot } from './run.ts';
import { beginning } from './run.ts';
import { rateAt } from './schedule.ts';
import {
  areMoved,
  checkClasses,
  checkCounted,
  checkLabels,
  checkShares,
  checkWeighed,
  mapOf,
  targetOf,
} from './target.ts';
import type { Target } from './target.ts';
import type { Trainer } from './trainer.ts';
import { loadTrainer } from './trainer.ts';

export interface TrainingData {
  readonly training: LabelledImages;
  readonly test?: LabelledImages;
}

export interface PrepareOptions extends AtOnceOptions, Pace {
  readonly target?: 'js' | 'wasm';
  /** As `compile` takes it, for the steps and for what measures their weights. */
  readonly math?: Mathematics;
  readonly threads?: number;
  /** Bytes that the memory of a step may have. */
  readonly memory?: number;
  /** Weights and buffers to start from, by their names; the others start as the section says. */
  readonly start?: Weights;
  /** Threads that prepare batches ahead of the steps; unless it is said, one where there is enough to do for it. */
  readonly workers?: number;
}

/** A course with what runs it. */
export interface OpenCourse extends Course {
  /** Why fewer threads than were asked for prepare batches. */
  readonly workerReason: () => string | undefined;
  /** Ends all threads. */
  close(): void;
}

export interface Prepared {
  readonly identity: Identity;
  readonly stepsPerEpoch: number;
  /** Images that it learns from. */
  readonly images: number;
  /** What every epoch is measured on: a share of the images, or else the test images where there are some. */
  readonly checkedOn?: 'validation' | 'test';
  /** The images of that measurement, of `images` those with these indices. */
  readonly checked?: { readonly images: LabelledImages; readonly indices: Uint32Array };
  begin(): Snapshot;
  /** The loop's course; close it. Throws `InputError` where the memory is too small. */
  open(): Promise<OpenCourse>;
  /** On the test images; absent where there are none. */
  test?(weights: Weights): Promise<Evaluation>;
}

/** A thread starts in the time in which so many numbers of batches are made. */
const WORTH_A_WORKER = 2 ** 25;

/** Throws `InputError`, one sentence. */
export function prepare(
  whole: Network,
  settings: TrainSettings,
  given: TrainingData,
  options: PrepareOptions = {},
): Prepared {
  const { network, data } = withOneInput(whole, answered(whole, settings, given));
  const { training, test } = data;
  const { target = 'js', math = 'default', threads, workers, start, learns, rates } = options;
  const { graph, name } = network;
  const trained = trainedGraph(network);
  const recipe = pacedRecipe(settings, trained, options);
  const { input, shape, asked } = questionOf(whole, network, settings, data);
  const { seed, batch, last, epochs, augment } = settings;
  const split = splitValidation(training.count, Math.round(settings.validation * training.count), seed);
  const perEpoch = stepsPerEpoch(split.training.length, batch, { last });
  const largest = Math.min(batch, split.training.length);
  const smallest = last === 'keep' ? split.training.length % largest || largest : largest;
  const { step, stepRecipe, maxBatch, isSplit } = stepOf(network, recipe, { largest, smallest }, options);
  const batchOptions = { shape, settings: input.settings, seed };
  const { ignored } = asked;
  const batchSettings = { options: { ...batchOptions, augment, isMap: areMoved(asked), ignored }, target: asked };
  checkParts(countingOf(recipe.loss), data, split);
  const batches = batchesOf(training, batchSettings.options);
  const testBatches = test && batchesOf(test, batchOptions);
  const isLittle = epochs * split.training.length * sizeOf(shape) < WORTH_A_WORKER;
  const inThreads = threads === undefined ? {} : { threads };
  const measuring = { target, math, ...inThreads, flip: settings.evaluate === 'flip' };
  const evaluate = evaluator(network, recipe.loss, asked, measuring);
  const onTest = test && testBatches ? (weights: Weights) => evaluate(weights, testBatches, allOf(test)) : undefined;
  const hasValidation = split.validation.length > 0;
  const check = hasValidation ? (weights: Weights) => evaluate(weights, batches, split.validation) : onTest;
  const counting = { ...countingOf(recipe.loss), ...(asked.parts && { parts: asked.parts }) };
  const loading = { maxBatch, seed, counting, ...inThreads };
  const orderOf = batchOrder(split.training.length, batch, seed, { last });
  const indicesAt = (position: Position): Uint32Array => orderOf(position).map((at) => split.training[at]!);
  return {
    identity: identityOf(trained, settings, data, {
      target,
      math,
      ...(isSplit && { microBatch: maxBatch }),
      ...(start && { start }),
      ...(learns && { learns }),
      ...(rates && { rates }),
    }),
    stepsPerEpoch: perEpoch,
    images: split.training.length,
    ...(check && { checkedOn: hasValidation ? 'validation' : 'test' }),
    ...(hasValidation
      ? { checked: { images: training, indices: split.validation } }
      : test && { checked: { images: test, indices: allOf(test) } }),
    begin: () => beginning(initialise(trained, initOf(settings.init), seed, start)),
    open: async () => ({
      ...running(
        await loaded(step, loading, name),
        openLoader({
          images: training,
          settings: batchSettings,
          make: batchMaker(batches, asked),
          workers: workers ?? (isLittle || training.numbers ? 0 : 1),
          indicesAt,
          stepsPerEpoch: perEpoch,
          steps: epochs * perEpoch,
        }),
      ),
      inspect: inspector(network, stepRecipe, { target, math }, loading),
      epochs,
      stepsPerEpoch: perEpoch,
      rateAt: (number) => rateAt(settings, number, perEpoch),
      indicesAt,
      tellsRight: tellsRight(recipe.loss),
      isMean: !('reduction' in recipe.loss) || recipe.loss.reduction === 'mean',
      weightNames: graph.parameters.map((parameter) => parameter.name),
      isAveraged: recipe.average !== undefined,
      keepsBest: settings.weights === 'best',
      ...(check && { evaluate: check }),
    }),
    ...(onTest && { test: onTest }),
  };
}

/** Throws `InputError` for a part of the images of which none, or no pixel, counts. */
function checkParts(counting: Counting, { training, test }: TrainingData, split: Split): void {
  const check = (images: LabelledImages, what: string, indices: Uint32Array): void => {
    if (counting.ignored !== undefined) checkCounted(images.targets!, counting.ignored, what, indices);
    checkWeighed(images, counting, what, indices);
  };
  check(training, 'training', split.training);
  check(training, 'validation', split.validation);
  if (test) check(test, 'test', allOf(test));
}

/** What the network is asked for each image. */
function questionOf(whole: Network, network: Network, settings: TrainSettings, { training, test }: TrainingData) {
  const { graph, name } = network;
  const input = graph.inputs[0]!;
  const shape = typeOf(graph, input.value).shape;
  const output = graph.outputs[0]!;
  const isOnly = whole.graph.inputs.length === 1;
  const question = { name, ...(isOnly && { input: shape }), output: typeOf(graph, output.value).shape };
  const given = training.targets?.shape;
  const { loss } = recipeOf(settings);
  const parts = answersOf(network, settings);
  const asked: Target =
    loss.kind === 'sum'
      ? { kind: 'given', elements: sizeOf(given!), ...(parts && { parts }) }
      : targetOf(loss, { ...question, ...(given && { given }) });
  if (settings.evaluate === 'flip' && !['class', 'scores', 'number'].includes(asked.kind))
    throw new InputError(
      `evaluate: flip takes the mean of the scores of a picture and its mirror image, but ${name} gives neither scores of classes nor one number; leave it out`,
    );
  if (test && asked.kind === 'map') mapOf({ ...question, ...(test.targets && { given: test.targets.shape }) }, 'test');
  else if (test) checkSameTargets(training, test);
  if (settings.evaluate === 'flip' && training.numbers)
    throw new InputError(
      'evaluate: flip takes mirror images of pictures, but the inputs of the data set are numbers; leave it out',
    );
  const isOwnAnswer = asked.kind === 'picture';
  if (asked.isBinary && isOwnAnswer && !training.numbers) checkPicture(name, input.settings);
  if (asked.classes === 1)
    throw new InputError(
      `${output.name} gives one score; cross_entropy takes one for each class; one number that is 0 or 1 is for \`loss: binary_cross_entropy\``,
    );
  const splits = [['train', training] as const, ...(test ? [['test', test] as const] : [])];
  for (const [split, images] of splits) {
    checkLabels(images, asked, output.name, split);
    if (asked.kind === 'map') checkClasses(images.targets!, asked, output.name, split);
    const shares = isOwnAnswer ? images.numbers : images.targets;
    if (asked.isBinary && shares) checkShares(shares, split, isOwnAnswer ? 'inputs, which are its targets' : 'targets');
  }
  return { input, shape, asked };
}

/** The compiled step, whole or in micro-batches, which fits the memory. */
function stepOf(
  network: Network,
  recipe: Recipe,
  images: { readonly largest: number; readonly smallest: number },
  options: PrepareOptions,
) {
  const { target = 'js', math = 'default', threads, memory } = options;
  const { name } = network;
  const graph = trainedGraph(network);
  const maxBatch = imagesAtOnce(graph, images, options);
  const isSplit = maxBatch < images.largest;
  const inParts = { ...recipe, hasMicroBatches: true };
  const stepRecipe = isSplit ? inParts : recipe;
  const step = compiledStep(network, stepRecipe, { target, math });
  const isNormal = batchNorms(graph, recipe).length > 0;
  const other = isSplit || isNormal ? undefined : () => compiledStep(network, inParts, { target, math }).program;
  checkMemory(name, step.program, { images: maxBatch, threads, memory, inParts: other });
  return { step, stepRecipe, maxBatch, isSplit };
}

function allOf({ count }: LabelledImages): Uint32Array {
  return Uint32Array.from({ length: count }, (_, at) => at);
}

function running(
  trainer: Trainer,
  loader: Loader,
): Pick<OpenCourse, 'trainer' | 'tensorsOf' | 'workerReason' | 'close'> {
  return {
    trainer,
    tensorsOf: loader.batchAt,
    workerReason: () => loader.reason,
    close() {
      loader.close();
      trainer.close();
    },
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

/** Throws `InputError` where pixels do not become numbers from 0 to 1, as binary cross-entropy takes them. */
function checkPicture(name: string, { scale, mean, std }: InputSettings = defaultSettings): void {
  if (mean === undefined && std === undefined && scale > 0 && 255 * scale <= 1.000001) return;
  throw new InputError(
    `binary_cross_entropy compares what ${name} gives with the picture, whose pixels have to be from 0 to 1: give its input \`scale: 1/255\`, without mean and std`,
  );
}

function checkSameTargets({ targets }: LabelledImages, { targets: tested }: LabelledImages): void {
  const [asked, found] = [targets, tested].map((one) => one && formatShape(one.shape));
  if (asked !== found)
    throw new InputError(
      `the training images have ${asked ? `targets ${asked}` : 'labels'}, but the test images ${found ? `targets ${found}` : 'labels'}`,
    );
}
