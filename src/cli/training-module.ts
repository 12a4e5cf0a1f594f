// `cnnc compile --training`: the module of a network that whoever loads it trains.

import type { Network } from '../../compiler/frontend/index.ts';
import type { EmittedBinary, EmittedFile } from '../../compiler/codegen/module-emitter.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { checkBudgets } from '../network/budgets.ts';
import { compiledTraining } from '../train/compiled.ts';
import { initialise } from '../train/initialise.ts';
import { initOf } from '../train/recipe.ts';
import { checkMemory, pipelineSettings } from './compilation.ts';
import { DiagnosticsError, UsageError } from './errors.ts';
import type { Io } from './io.ts';
import { moduleExtension } from './output-place.ts';
import type { PassOptions } from './pass-options.ts';
import { paceOf, startOf } from './starting-weights.ts';
import type { StartOptions } from './starting-weights.ts';
import type { TargetOptions } from './target-options.ts';
import { trainSection } from './train-section.ts';
import { networkWeights } from './weights.ts';
import type { NamedTensors } from './weights.ts';

interface TrainingModuleOptions extends StartOptions, PassOptions, TargetOptions {
  readonly output?: string;
  readonly page?: string;
  readonly embed?: boolean;
}

interface TrainingFiles {
  readonly texts: readonly EmittedFile[];
  readonly binaries: readonly EmittedBinary[];
}

/** `net.js` and `net.d.ts`, and with `wasmFile` two files `.wasm`. Throws `UsageError`, `InputError`, and `DiagnosticsError` where a budget of `expect` is not kept. */
export function trainingFiles(
  network: Network,
  sourceName: string,
  options: TrainingModuleOptions,
  io: Io,
  wasmFile?: string,
): TrainingFiles {
  checkTrainingOptions(options);
  const settings = trainSection(network);
  const target = options.target ?? 'wasm';
  const pipeline = pipelineSettings({ ...options, target }, io.files);
  const training = compiledTraining(network, settings, pipeline, paceOf(options, network.graph));
  const budgets = checkBudgets(network, training.network);
  if (hasErrors(budgets)) throw new DiagnosticsError(budgets);
  if (target === 'wasm') checkMemory(training.step, network.name);
  if (wasmFile === undefined) return { texts: training.emit({ sourceName }), binaries: [] };
  return { texts: training.emit({ sourceName, wasmFile }), binaries: training.binaries(wasmFile) };
}

/** The weights of a file to start from, with those of the `fresh` layers by chance; undefined where none are given. */
export function startingTensors(network: Network, options: StartOptions, io: Io): NamedTensors | undefined {
  if (options.fresh === undefined)
    return options.weights === undefined ? undefined : networkWeights(options, { network }, io);
  const { init, seed } = trainSection(network);
  return initialise(network.graph, initOf(init), seed, startOf(options, network.graph, io).start);
}

function checkTrainingOptions({ output, page, embed, target, weightsType, verify }: TrainingModuleOptions): void {
  if (page !== undefined) throw new UsageError('--training writes a module; a page of --page trains nothing');
  if (embed) throw new UsageError('--embed and --training exclude each other: loadTrainer takes the weights');
  if (target === 'ts' || moduleExtension(output ?? '') === 'ts')
    throw new UsageError('a module that trains is written as js or wasm; found ts');
  if (weightsType === 'bf16')
    throw new UsageError('--weights-type bf16 and --training exclude each other: weights that learn are f32');
  if (verify) throw new UsageError('--verify checks how a network runs; it knows nothing of --training');
}
