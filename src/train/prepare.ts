// Everything that a training needs before its first step, and all that can be wrong with it.

import type { Network, TrainSettings } from '../../compiler/frontend/index.ts';
import { NotDifferentiable } from '../../compiler/autodiff/differentiate.ts';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import type { Compilation } from '../../compiler/index.ts';
import { compileStep } from '../../compiler/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Mathematics, PipelineOptions } from '../../compiler/pipeline.ts';
import { lineOf } from '../../grammar/source.ts';
import { InputError } from '../data/input-error.ts';
import type { LabelledImages } from '../data/labelled-images.ts';
import type { Batches } from './batch.ts';
import { batchesOf } from './batch.ts';
import type { Evaluation, Weights } from './evaluate.ts';
import { evaluator } from './evaluate.ts';
import type { Identity } from './identity.ts';
import { identityOf } from './identity.ts';
import { initialise } from './initialise.ts';
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

export interface PrepareOptions {
  readonly target?: 'js' | 'wasm';
  /** As `compile` takes it, for the steps and for what measures their weights. */
  readonly math?: Mathematics;
  readonly threads?: number;
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
  { target = 'js', math = 'default', threads }: PrepareOptions = {},
): Prepared {
  const { graph, name } = network;
  const recipe = recipeOf(settings);
  const [input, ...otherInputs] = graph.inputs;
  if (!input || otherInputs.length > 0)
    throw new InputError(`${name} has ${graph.inputs.length} inputs; training takes networks with one`);
  const shape = typeOf(graph, input.value).shape;
  const output = graph.outputs[0]!;
  const asked = targetOf(recipe.loss, shape, typeOf(graph, output.value).shape, name);
  if (settings.evaluate === 'flip' && !['class', 'scores', 'number'].includes(asked.kind))
    throw new InputError(
      `evaluate: flip takes the mean of the scores of a picture and its mirror image, but ${name} gives neither scores of classes nor one number; leave it out`,
    );
  const step = compiledStep(network, recipe, { target, math });
  for (const images of [training, ...(test ? [test] : [])]) checkLabels(images, asked, output.name);
  const { seed, batch, last, epochs } = settings;
  const split = splitValidation(training.count, Math.round(settings.validation * training.count), seed);
  const perEpoch = stepsPerEpoch(split.training.length, batch, { last });
  const maxBatch = Math.min(batch, split.training.length);
  checkBatchNorm(graph, maxBatch, last === 'keep' ? split.training.length % maxBatch || maxBatch : maxBatch);
  const batchOptions = { shape, settings: input.settings, seed };
  const batches = batchesOf(training, { ...batchOptions, augment: settings.augment });
  const testBatches = test && batchesOf(test, batchOptions);
  const evaluate = evaluator(network, recipe.loss, asked, {
    target,
    math,
    ...(threads !== undefined && { threads }),
    flip: settings.evaluate === 'flip',
  });
  const onTest = test && testBatches ? (weights: Weights) => evaluate(weights, testBatches, allOf(test)) : undefined;
  const hasValidation = split.validation.length > 0;
  const check = hasValidation ? (weights: Weights) => evaluate(weights, batches, split.validation) : onTest;
  const orderOf = batchOrder(split.training.length, batch, seed, { last });
  return {
    identity: identityOf(graph, settings, training, { target, math }),
    stepsPerEpoch: perEpoch,
    images: split.training.length,
    ...(check && { checkedOn: hasValidation ? 'validation' : 'test' }),
    ...(hasValidation
      ? { checked: { images: training, indices: split.validation } }
      : test && { checked: { images: test, indices: allOf(test) } }),
    begin: () => beginning(initialise(graph, settings.init, seed)),
    open: async () => ({
      trainer: await loaded(step, { maxBatch, seed, ...(threads !== undefined && { threads }) }, name),
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

function allOf({ count }: LabelledImages): Uint32Array {
  return Uint32Array.from({ length: count }, (_, at) => at);
}

function tensorsFor(batches: Batches, asked: Target): Course['tensorsOf'] {
  return (indices, epoch) => {
    const images = new Float32Array(indices.length * batches.elements);
    const labels = new Int32Array(indices.length);
    batches.fillTraining(indices, epoch, images, labels);
    return { images, targets: targetsOf(asked, labels, images) };
  };
}

function compiledStep(network: Network, recipe: Recipe, options: PipelineOptions): Compilation {
  const { name, graph } = network;
  if (!graph.parameters.some(({ role }) => role === 'parameter'))
    throw new InputError(`${name} has no weights to train`);
  try {
    return compileStep(network, recipe, options);
  } catch (cause) {
    if (cause instanceof NotDifferentiable) {
      const { origin } = cause.node;
      const place = origin ? `${origin.span.source.path}:${lineOf(origin.span)}: ` : '';
      throw new InputError(`${place}${cause.message}, and so ${name} cannot be trained`, { cause });
    }
    if (cause instanceof RangeError) throw new InputError(`${name} ${cause.message}`, { cause });
    throw cause;
  }
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

/** The variance of one number is zero, whatever it is. */
function checkBatchNorm(graph: Graph, batch: number, smallest: number): void {
  if (smallest > 1) return;
  for (const { op, name, operands } of graph.nodes) {
    if (op !== 'batch_norm' || sizeOf(typeOf(graph, operands[0]!).shape.slice(1)) > 1) continue;
    const why = batch > 1 ? 'the last batch of an epoch has one image' : 'the batch has one image';
    const how = batch > 1 ? 'write `last: drop` or choose another batch' : 'make it larger';
    throw new InputError(`${name} sees one value per channel, of which it can tell no variance: ${why}; ${how}`);
  }
}
