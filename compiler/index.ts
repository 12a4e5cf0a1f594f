// The compiler's boundary: a network that the front end built goes in, an emitted module comes out.

import { scoresOf } from './analysis/scores.ts';
import type { Init, Recipe } from './autodiff/recipe.ts';
import { trainingFacts } from './autodiff/training-facts.ts';
import type { Probe } from './autodiff/probes.ts';
import { probedStep } from './autodiff/probes.ts';
import { trainingStep } from './autodiff/training-step.ts';
import type { EmittedBinary, EmittedFile, SourceInfo } from './codegen/module-emitter.ts';
import { emitBinary, emitModule } from './codegen/artifact.ts';
import type { TrainingDefaults } from './codegen/training-declarations.ts';
import { emitTrainingBinaries, emitTrainingModule } from './codegen/training-module.ts';
import { backends } from './backends.ts';
import type { Graph, ValueId } from './ir/graph.ts';
import { weightsLayout } from './ir/weights-layout.ts';
import { operators } from './ops/index.ts';
import type { Lowered, PipelineOptions } from './pipeline.ts';
import { lower } from './pipeline.ts';
import type { Verification } from './verify-passes.ts';
import { verifyPasses } from './verify-passes.ts';

export interface CompileOptions extends PipelineOptions {
  /** Names of inner values, as in `taps` of the network, to add as outputs. Unknown names throw RangeError. */
  readonly taps?: readonly string[];
}

export interface Compilation extends Lowered {
  /**
   * The same bytes for the same network, whatever the folder: `sourceName` is the file's name alone. Throws RangeError where the
   * target has no modules in that language.
   */
  emit(target: 'ts' | 'js', info: EmitInfo): readonly EmittedFile[];
  /** What a module emitted with `wasmFile` needs beside it. Throws RangeError where the target has no WebAssembly. */
  binaries(wasmFile: string): readonly EmittedBinary[];
}

export type EmitInfo = Pick<SourceInfo, 'sourceName' | 'weights' | 'wasmFile' | 'isBundled'>;

/** What the compiler needs of the front end's `Network`. */
export interface CompiledNetwork {
  readonly graph: Graph;
  /** With its auxiliary outputs; absent where there are none. */
  readonly trainingGraph?: Graph;
  readonly taps?: ReadonlyMap<string, ValueId>;
}

/** Throws RangeError where an option names no pass or no value. */
export function compileNetwork(network: CompiledNetwork, options: CompileOptions = {}): Compilation {
  const graph = withTaps(network, options.taps);
  const lowered = lower(graph, operators, options);
  const scores = graph.outputs[0] ? scoresOf(graph, graph.outputs[0].value, operators) : 'raw';
  const layout = weightsLayout(graph);
  const { modules } = backends[options.target ?? 'js'];
  return {
    ...lowered,
    emit: (target, info) => emitModule(lowered.program, modules, { ...info, target, scores, layout }),
    binaries: (wasmFile) => [emitBinary(lowered.program, modules, wasmFile)],
  };
}

/** What the steps of a training compute: the network, and its auxiliary outputs. */
export const trainedGraph = ({ graph, trainingGraph = graph }: CompiledNetwork): Graph => trainingGraph;

/**
 * Compiles one step of a training of the network: forward, loss, backward and the optimiser's update. Throws `NotDifferentiable`, and
 * RangeError where the loss does not fit or as `compileNetwork` does.
 */
export function compileStep(network: CompiledNetwork, recipe: Recipe, options: PipelineOptions = {}): Compilation {
  return compiledGraph(trainingStep(trainedGraph(network), operators, recipe), options);
}

/** The same with outputs that tell which values are finite. */
export function compileProbedStep(
  network: CompiledNetwork,
  recipe: Recipe,
  options: PipelineOptions = {},
): { readonly step: Compilation; readonly probes: readonly Probe[] } {
  const probed = probedStep(trainedGraph(network), operators, recipe);
  return { step: compiledGraph(probed.graph, options), probes: probed.probes };
}

function compiledGraph(step: Graph, options: PipelineOptions): Compilation {
  const lowered = lower(step, operators, options);
  const { modules } = backends[options.target ?? 'js'];
  return {
    ...lowered,
    emit: (target, info) => emitModule(lowered.program, modules, { ...info, target }),
    binaries: (wasmFile) => [emitBinary(lowered.program, modules, wasmFile)],
  };
}

/** How a network is trained. */
export interface TrainingPlan {
  readonly recipe: Recipe;
  readonly init: Init;
  /** For what the caller of the module leaves open. */
  readonly defaults: TrainingDefaults;
}

export interface TrainingCompilation {
  readonly step: Compilation;
  /** What measures the weights. */
  readonly network: Compilation;
  /** `net.js` and `net.d.ts`: a module that exports `loadTrainer`, and no `load`. */
  emit(info: Omit<EmitInfo, 'weights' | 'isBundled'>): readonly EmittedFile[];
  /** `net.step.wasm` and `net.evaluation.wasm` for the `wasmFile` `net.wasm`; throws as `binaries` of a `Compilation`. */
  binaries(wasmFile: string): readonly EmittedBinary[];
}

/** Compiles a network to be trained by whoever loads its module. Throws as `compileStep`. */
export function compileTraining(
  network: CompiledNetwork,
  { recipe, init, defaults }: TrainingPlan,
  options: PipelineOptions = {},
): TrainingCompilation {
  const step = compileStep(network, recipe, options);
  const evaluation = compileNetwork(network, options);
  const facts = trainingFacts(network.graph, trainedGraph(network), recipe, init);
  const { modules } = backends[options.target ?? 'js'];
  const programs = { step: step.program, network: evaluation.program };
  return {
    step,
    network: evaluation,
    emit: (info) => emitTrainingModule(programs, modules, { ...info, facts, defaults }),
    binaries: (wasmFile) => emitTrainingBinaries(programs, modules, wasmFile),
  };
}

/** Compiles, checks the graph and its numbers after every pass, and reduces the first fault to a small graph. */
export function verifyNetwork(network: CompiledNetwork, options: CompileOptions = {}): Verification {
  return verifyPasses(withTaps(network, options.taps), operators, options);
}

function withTaps({ graph, taps: known }: CompiledNetwork, names: readonly string[] = []): Graph {
  if (names.length === 0) return graph;
  const added = names.flatMap((name) => {
    const value = known?.get(name);
    if (value === undefined) throw new RangeError(`the network has no value named ${JSON.stringify(name)}`);
    return graph.outputs.some((output) => output.name === name) ? [] : [{ name, value }];
  });
  return { ...graph, outputs: [...graph.outputs, ...added] };
}
