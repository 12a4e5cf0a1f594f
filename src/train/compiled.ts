// What trains a network, compiled; and a sentence for networks that cannot be trained.

import type { Network, TrainSettings } from '../../compiler/frontend/index.ts';
import { NotDifferentiable } from '../../compiler/autodiff/differentiate.ts';
import type { Rates, Recipe } from '../../compiler/autodiff/recipe.ts';
import type { Compilation, CompiledNetwork, TrainingCompilation } from '../../compiler/index.ts';
import { compileStep, compileTraining, trainedGraph } from '../../compiler/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { lineOf } from '../../grammar/source.ts';
import { InputError } from '../data/input-error.ts';
import { unknownLayer } from './layers.ts';
import { initOf, recipeOf } from './recipe.ts';

/** A step. Throws `InputError`. */
export function compiledStep(network: CompiledNetwork, recipe: Recipe, options: PipelineOptions = {}): Compilation {
  return explained(trainedGraph(network), () => compileStep(network, recipe, options));
}

/** What becomes a module that trains by itself. Throws `InputError`. */
export function compiledTraining(
  network: Network,
  settings: TrainSettings,
  options: PipelineOptions,
  pace: Pace = {},
): TrainingCompilation {
  const { graph, name } = network;
  if (graph.inputs.length !== 1)
    throw new InputError(`${name} has ${graph.inputs.length} inputs; a module that trains takes one`);
  if (options.weightsType === 'bf16') throw new InputError('weights that learn are f32; found bf16');
  const recipe = pacedRecipe(settings, trainedGraph(network), pace);
  const output = graph.outputs[0]!;
  if (recipe.loss.kind === 'cross_entropy' && typeOf(graph, output.value).shape[0]! < 2)
    throw new InputError(
      `${output.name} gives one score; cross_entropy takes one for each class; one number that is 0 or 1 is for \`loss: binary_cross_entropy\``,
    );
  const { batch, epochs, seed, optimizer } = settings;
  const learningRate = optimizer.arguments['learning_rate'] as number;
  const plan = { recipe, init: initOf(settings.init), defaults: { batch, epochs, learningRate, seed } };
  return explained(trainedGraph(network), () => compileTraining(network, plan, options));
}

/** Which layers learn, and how fast. */
export interface Pace {
  /** The only layers and blocks that learn; absent: all. */
  readonly learns?: readonly string[];
  /** By what the learning rate of layers and blocks is multiplied. */
  readonly rates?: Rates;
}

/** What the section says, with the pace of the layers of `graph`. Throws `InputError` for a layer that has no weights, and for what is no pace. */
export function pacedRecipe(settings: TrainSettings, { parameters }: Graph, { learns, rates }: Pace): Recipe {
  if (learns !== undefined && !(Array.isArray(learns) && learns.every((layer) => typeof layer === 'string')))
    throw new InputError(`learns: expected a list of layers, such as ["scores"]; found ${JSON.stringify(learns)}`);
  const factors: unknown = rates === undefined ? [] : Object.values(Object(rates));
  if (typeof (rates ?? {}) !== 'object' || !(factors as readonly unknown[]).every(isFactor))
    throw new InputError(`rates: expected factors above 0, such as { scores: 10 }; found ${JSON.stringify(rates)}`);
  const names = parameters.map(({ name }) => name);
  for (const [option, layers] of Object.entries({ learns: learns ?? [], rates: Object.keys(rates ?? {}) })) {
    const wrong = layers.flatMap((layer) => unknownLayer(layer, names) ?? [])[0];
    if (wrong !== undefined) throw new InputError(`${option}: ${wrong}`);
  }
  return { ...recipeOf(settings), ...(learns && { learns }), ...(rates && { rates }) };
}

const isFactor = (value: unknown): boolean => typeof value === 'number' && value > 0 && Number.isFinite(value);

/** What is made of a network, or `InputError` for why it cannot be trained. */
export function explained<T>(graph: Graph, compile: () => T): T {
  const { name } = graph;
  if (!graph.parameters.some(({ role }) => role === 'parameter'))
    throw new InputError(`${name} has no weights to train`);
  try {
    return compile();
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
