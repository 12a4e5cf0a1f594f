// `cnnc compile --training`: the module of a network that whoever loads it trains.

import type { Network } from '../../compiler/frontend/index.ts';
import type { EmittedBinary, EmittedFile } from '../../compiler/codegen/module-emitter.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { checkBudgets } from '../network/budgets.ts';
import { compiledTraining } from '../train/compiled.ts';
import { checkMemory, pipelineSettings } from './compilation.ts';
import { DiagnosticsError, UsageError } from './errors.ts';
import type { Io } from './io.ts';
import { moduleExtension } from './output-place.ts';
import type { PassOptions } from './pass-options.ts';
import type { TargetOptions } from './target-options.ts';
import { trainSection } from './train-section.ts';

interface TrainingModuleOptions extends PassOptions, TargetOptions {
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
  const training = compiledTraining(network, settings, pipelineSettings({ ...options, target }, io.files));
  const budgets = checkBudgets(network, training.network);
  if (hasErrors(budgets)) throw new DiagnosticsError(budgets);
  if (target === 'wasm') checkMemory(training.step, network.name);
  if (wasmFile === undefined) return { texts: training.emit({ sourceName }), binaries: [] };
  return { texts: training.emit({ sourceName, wasmFile }), binaries: training.binaries(wasmFile) };
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
