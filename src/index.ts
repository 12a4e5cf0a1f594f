// The public API: from the text of a `.cnn` file to diagnostics, a shape report, a module, or a running network. Pure: no
// files, no clock, no output; imported files come through `read`.

import { checkedData, checkedOptions, checkedStart, checkedText } from './api-arguments.ts';
import { build, CnnError, DEFAULT_PATH, theNetwork } from './api-networks.ts';
import type { SourceOptions } from './api-networks.ts';
import { hasErrors } from '../grammar/diagnostic.ts';
import type { Diagnostic } from '../grammar/diagnostic.ts';
import { parse as parseSource } from '../grammar/parse.ts';
import type { Parsed } from '../grammar/parse.ts';
import { type Compilation, type TrainingCompilation, compileNetwork } from '../compiler/index.ts';
import type { EmittedBinary, EmittedFile } from '../compiler/codegen/module-emitter.ts';
import type { Network, TrainSettings } from '../compiler/frontend/index.ts';
import type { Mathematics } from '../compiler/pipeline.ts';
import { operators } from '../compiler/ops/index.ts';
import { keptApart } from './network/kept-apart.ts';
import { importText } from './network/module.ts';
import type { Net, Values, WeightsSource } from './network/module.ts';
import { checkBudgets } from './network/budgets.ts';
import { InputError } from './data/input-error.ts';
import { withLabelsBeside } from './network/labels.ts';
import type { PassOptions, TargetOptions } from './pipeline-options.ts';
import { passesOf, pipelineOf } from './pipeline-options.ts';
import { report as reportNetwork } from './report/network-report.ts';
import type { Report } from './report/network-report.ts';
import { bytesOf, loadedWeights } from '../runtime/weights.ts';
import { decodeCheckpoint, encodeCheckpoint } from './train/checkpoint.ts';
import { compiledTraining } from './train/compiled.ts';
import { differences } from './train/identity.ts';
import { prepare } from './train/prepare.ts';
import type { TrainingData } from './train/prepare.ts';
import { run as runTraining } from './train/run.ts';
import type { EpochResult, StepEvent } from './train/run.ts';
import { quantizedModule } from './quantize/module.ts';
import type { QuantizeOptions, QuantizedModule } from './quantize/module.ts';
import { matchWeights as pairWeights } from './weights/match.ts';
import { networkFile } from './weights/network-file.ts';
import { readSafetensors } from './data/safetensors.ts';
import { wantedBy } from './weights/specs.ts';

export type { Diagnostic } from '../grammar/diagnostic.ts';
export type { Source, Span } from '../grammar/source.ts';
export type { EmittedBinary, EmittedFile } from '../compiler/codegen/module-emitter.ts';
export type { Net, Values, WeightsSource } from './network/module.ts';
export type { PassOptions, TargetOptions } from './pipeline-options.ts';
export type { QuantizedModule } from './quantize/module.ts';
export type { Layer, Report } from './report/network-report.ts';
export type { LabelledImages, Targets } from './data/labelled-images.ts';
export type { TrainingData } from './train/prepare.ts';
export type { EpochResult, StepEvent } from './train/run.ts';
export { digits } from './data/digits/digits.ts';
export { labelledImages, withTargets } from './data/labelled-images.ts';
export { labelledTensors } from './data/labelled-tensors.ts';
export { withNamedTargets } from './data/named-targets.ts';
export { printReport } from './report/print.ts';
export { renderDiagnostic } from '../grammar/render.ts';
export { CnnError } from './api-networks.ts';
export type { SourceOptions } from './api-networks.ts';

/** The syntax tree and all syntax errors. Throws TypeError for what is no text, and else never. */
export function parse(text: string, options: Pick<SourceOptions, 'path'> = {}): Parsed {
  return parseSource({ path: checkedOptions(options).path ?? DEFAULT_PATH, text: checkedText(text) });
}

/** Everything there is to say about the text, budgets of `expect` included; empty when all is well. Throws as `parse`. */
export function check(text: string, options: SourceOptions = {}): readonly Diagnostic[] {
  const built = build(text, options);
  if (hasErrors(built.diagnostics)) return built.diagnostics;
  return [...built.diagnostics, ...built.networks.flatMap((network) => checkBudgets(network))];
}

/**
 * Shapes, parameters, MACs (1 MAC = 2 FLOP), receptive fields in pixels and bytes of f32 of every layer, per image.
 * Throws `CnnError` when the text has errors, RangeError when the network must be named.
 */
export function report(text: string, options: SourceOptions & PassOptions = {}): Report {
  const network = theNetwork(build(text, options));
  return reportNetwork(network, compileNetwork(network, passesOf(checkedOptions(options))).program);
}

export interface ModuleOptions extends SourceOptions, PassOptions, TargetOptions {
  /** The module exports `loadTrainer`, which trains the network as its `train` section says, in place of `load`. `target` is then `wasm` or `js`, the default. */
  readonly training?: boolean;
  /** With `training`, the only layers and blocks that learn, by their names; the others keep every bit. */
  readonly learns?: readonly string[];
  /** With `training`, by what the learning rate of layers and blocks is multiplied, by their names. */
  readonly rates?: Readonly<Record<string, number>>;
  /** For `wasm`: the WebAssembly is in a file `net.wasm` beside the module (of one that trains, in `net.step.wasm` and `net.evaluation.wasm`). */
  readonly wasmFile?: boolean;
}

export interface CompiledModule {
  readonly network: string;
  readonly files: readonly EmittedFile[];
  /** With `wasmFile`, what belongs beside them. */
  readonly binaries: readonly EmittedBinary[];
  /** Warnings and notes. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The module of a network, without weights. Throws as `report`, `CnnError` when a budget of `expect` is not kept, RangeError for
 * `wasmFile` with another target, and an error of one sentence for labels that cannot be read.
 */
export function compile(text: string, given: ModuleOptions = {}): CompiledModule {
  const options = checkedOptions(given);
  const built = build(text, options);
  const network = labelled(theNetwork(built), options);
  const sourceName = fileName(options);
  const language = options.target === 'wasm' ? 'js' : (options.target ?? 'ts');
  const wasmFile = options.wasmFile ? 'net.wasm' : undefined;
  const info = { sourceName, ...(wasmFile !== undefined && { wasmFile }) };
  const module = options.training ? compiledTrainer(network, options) : compiled(network, options);
  const files = 'step' in module ? module.emit(info) : module.emit(language, info);
  const binaries = wasmFile === undefined ? [] : module.binaries(wasmFile);
  return { network: network.name, files, binaries, diagnostics: built.diagnostics };
}

export interface MatchOptions extends SourceOptions {
  /** `name`: tensors carry the network's own names (`conv1.weight`). `order`: the first tensor is the first parameter, and so on. */
  readonly match?: 'name' | 'order';
  /** Pairs of names, a line each, `file-name -> net-name`; the others are matched by name. */
  readonly map?: string;
}

/**
 * A safetensors file with the network's own names, as `load` takes it, from one with other names: PyTorch's, for example.
 * Throws as `report`, `CnnError` when tensors do not fit, TypeError for what is not bytes, and an error of one sentence for a
 * damaged file or map.
 */
export function matchWeights(
  text: string,
  weights: ArrayBufferLike | ArrayBufferView,
  given: MatchOptions = {},
): Uint8Array {
  const { match, map, ...options } = checkedOptions(given);
  const { graph } = theNetwork(build(text, options));
  const { weights: found, diagnostics } = pairWeights(readSafetensors(bytesOf(weights)), wantedBy(graph), {
    fileName: 'the weights file',
    operators,
    ...(match && { mode: match }),
    ...(map !== undefined && { map }),
  });
  if (!found) throw new CnnError(diagnostics);
  return networkFile(graph, new Map([...found].map(([name, { data }]) => [name, data])));
}

export interface RunOptions extends SourceOptions, PassOptions, TargetOptions {
  /** Images per pass; fixes the memory, larger batches run in chunks. Default 1. */
  readonly maxBatch?: number;
  /**
   * For `wasm`: threads that share the work, or `auto`: as many as suit it and this machine; `close` of what `load` gives ends them.
   * Default 1.
   */
  readonly threads?: number | 'auto';
}

/**
 * A network ready to run in this process. `weights` is a safetensors file with the network's own names (`conv1.weight`), or the
 * tensors by these names, row-major. Throws as `compile`, TypeError for other weights, and RangeError for those that do not fit.
 */
export async function load(text: string, weights: WeightsSource, given: RunOptions = {}): Promise<Net> {
  const options = checkedOptions(given);
  const network = labelled(theNetwork(build(text, options)), options);
  const { maxBatch, threads, disable = [] } = options;
  // A Response can be read only once.
  const source = (await loadedWeights(weights)) as WeightsSource;
  return keptApart(async (apart) => {
    const compilation = compiled(network, { ...options, disable: [...disable, ...apart] });
    const [script] = compilation.emit('js', { sourceName: fileName(options) });
    const module = await importText(script!.text);
    return module.load(source, {
      ...(maxBatch !== undefined && { maxBatch }),
      ...(threads !== undefined && { threads }),
    });
  });
}

/**
 * `load` and one `run`: x is `[N, C, H, W]` or `[N, features]` row-major (an object by name for several inputs), as is what
 * comes back. To run several times, keep what `load` gives.
 */
export async function run(text: string, weights: WeightsSource, x: Values, options: RunOptions = {}): Promise<Values> {
  const net = await load(text, weights, options);
  try {
    return net.run(x);
  } finally {
    net.close?.();
  }
}

/** The network in whole numbers, calibrated on images as `run` takes them. Throws as `load`, and for images that do not fit. */
export async function quantize(
  text: string,
  weights: WeightsSource,
  images: Values,
  given: SourceOptions & QuantizeOptions = {},
): Promise<QuantizedModule> {
  const options = checkedOptions(given);
  const source = (await loadedWeights(weights)) as WeightsSource;
  const network = labelled(theNetwork(build(text, options)), options);
  return quantizedModule(network, source, images, { ...options, sourceName: fileName(options) });
}

export interface TrainOptions extends SourceOptions {
  /** `labelledImages` makes them of pixels, `labelledTensors` of numbers, `digits` draws some, `withTargets` says answers that are more than a class, `withNamedTargets` those of several outputs. */
  readonly data: TrainingData;
  /** Default `wasm`. */
  readonly target?: 'js' | 'wasm';
  /** As `compile` takes it; `fast` needs `wasm`. Default `default`. */
  readonly math?: Mathematics;
  /** For `wasm`. Default 1. */
  readonly threads?: number;
  /** Images at once: a step takes its batch in such parts and adds up their gradients. */
  readonly microBatch?: number;
  /** Lets batch norm normalise each micro-batch by itself, which changes what is learnt. */
  readonly microBatchNorm?: boolean;
  /** Bytes that the memory of a step may have; an error where it takes more. */
  readonly memory?: number;
  /** Threads of Node that prepare batches ahead of the steps. Default 1, or 0 for a training of a moment. */
  readonly workers?: number;
  /**
   * Weights and buffers to start from: by their names, where the others start by chance, or a safetensors file of all, such as the
   * `weights` of a training. An error where one does not fit.
   */
  readonly start?: ReadonlyMap<string, Float32Array> | Uint8Array;
  /** The only layers and blocks that learn, such as the last one, by name; the others stay as they start. All learn, unless said. */
  readonly learns?: readonly string[];
  /** How many times as fast as the others layers and blocks learn, by name, such as { scores: 10 }; where several are meant, the last counts. */
  readonly rates?: Readonly<Record<string, number>>;
  /** In place of those of the `train` section. */
  readonly epochs?: number;
  readonly batch?: number;
  readonly seed?: number;
  /** What it returns is awaited: where steps run without threads, only that lets other events have their turn. */
  readonly onStep?: (event: StepEvent) => void | Promise<void>;
  readonly onEpoch?: (result: EpochResult) => void | Promise<void>;
  /** Ends the training after the step that is under way. */
  readonly signal?: AbortSignal;
  /** The `checkpoint` of a training that was ended. */
  readonly resume?: Uint8Array;
}

export interface Trained {
  /** False where the signal ended it. */
  readonly isComplete: boolean;
  readonly history: readonly EpochResult[];
  /** A safetensors file, as `load` takes it. */
  readonly weights: Uint8Array;
  /** A file from which the training goes on, with the same bits as if it had not been ended. */
  readonly checkpoint: Uint8Array;
}

/**
 * Learns the weights of a network as its `train` section says. Throws as `report`, and an error of one sentence for data, settings
 * or a checkpoint that do not fit the network, and for a loss that is not finite.
 */
export async function train(text: string, given: TrainOptions): Promise<Trained> {
  const options = checkedOptions(given);
  const { target = 'wasm', epochs, batch, seed, resume, onStep, onEpoch, signal } = options;
  const network = theNetwork(build(text, options));
  const data = checkedData(options.data);
  const settings = {
    ...settingsOf(network),
    ...(epochs !== undefined && { epochs }),
    ...(batch !== undefined && { batch }),
    ...(seed !== undefined && { seed }),
  };
  const { start: givenStart, ...others } = options;
  const start = checkedStart(givenStart, network.graph);
  const prepared = prepare(network, settings, data, { ...others, target, ...(start && { start }) });
  const { identity } = prepared;
  const stored = resume && decodeCheckpoint(resume);
  const differing = stored ? differences(stored.identity, identity) : [];
  if (differing.length > 0)
    throw new InputError(`the checkpoint is of another training; what differs: ${differing.join(', ')}`);
  const course = await prepared.open();
  try {
    const outcome = await runTraining(course, stored?.snapshot ?? prepared.begin(), {
      ...(onStep && { onStep: (event) => onStep(event) }),
      ...(onEpoch && { onEpoch: (result) => onEpoch(result) }),
      ...(signal && { signal }),
    });
    const { isComplete, history, weights, snapshot } = outcome;
    const checkpoint = encodeCheckpoint({ identity, snapshot, run: stored?.run ?? 1 });
    return { isComplete, history, weights: networkFile(network.graph, weights), checkpoint };
  } finally {
    course.close();
  }
}

/** Throws an error of one sentence for labels that cannot be read, or are not as many as the classes. */
function labelled(network: Network, { path = DEFAULT_PATH, read }: SourceOptions): Network {
  return read ? { ...network, graph: withLabelsBeside(network.graph, path, read) } : network;
}

function compiled(network: Network, options: PassOptions & TargetOptions): Compilation {
  return withinBudgets(network, compileNetwork(network, pipelineOf(options)));
}

function compiledTrainer(network: Network, options: ModuleOptions): TrainingCompilation {
  if (options.target === 'ts') throw new RangeError('a module that trains is written as js or wasm; found ts');
  const training = compiledTraining(network, settingsOf(network), pipelineOf(options), options);
  withinBudgets(network, training.network);
  return training;
}

function withinBudgets(network: Network, compilation: Compilation): Compilation {
  const broken = checkBudgets(network, compilation);
  if (hasErrors(broken)) throw new CnnError(broken);
  return compilation;
}

function settingsOf({ name, train: section }: Network): TrainSettings {
  if (!section) throw new InputError(`${name} has no \`train\` section, which says how it learns`);
  return section;
}

function fileName({ path = DEFAULT_PATH }: SourceOptions): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
