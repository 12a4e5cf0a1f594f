// What `run` and `eval` run: a network compiled from its source, or a module that `compile` wrote, with its weights loaded.

import { isFloats } from '../../runtime/values.ts';
import type { QuantizedTensors } from '../quantize/tensors.ts';
import { scoresOf } from '../../compiler/analysis/scores.ts';
import type { Network } from '../../compiler/frontend/index.ts';
import type { InputSettings } from '../../compiler/ir/graph.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Scores } from '../../runtime/abi.ts';
import { suggest } from '../../grammar/suggest.ts';
import { InputError, printable } from '../data/input-error.ts';
import { apartText, keptApart } from '../network/kept-apart.ts';
import { meaningOf } from '../network/output-meaning.ts';
import type { OutputMeaning } from '../network/output-meaning.ts';
import { mapTaps } from '../network/map-taps.ts';
import { importText } from '../network/module.ts';
import type { EmittedModule, Net, WeightsSource } from '../network/module.ts';
import { weightSpecs } from '../weights/specs.ts';
import type { WantedWeights } from '../weights/specs.ts';
import { compileWith } from './compilation.ts';
import { UsageError } from './errors.ts';
import { ignoredIn, middleOf } from './train-section.ts';
import type { RunnableInput } from './read-inputs.ts';
import { labelsIfThere, labelsIn } from './labels.ts';
import type { ReadBeside } from './labels.ts';
import type { Io } from './io.ts';
import { givenPassOption, without } from './pass-options.ts';
import type { PassOptions } from './pass-options.ts';
import { openNetwork } from './source.ts';
import type { OpenedNetwork, OpenOptions } from './source.ts';
import type { PictureOptions } from './picture-options.ts';
import { reportText } from './quantization-report.ts';
import { checkQuantizeOptions, openQuantized } from './quantized.ts';
import { quantizedTaps } from './quantized-taps.ts';
import type { QuantizeOptions } from './quantized.ts';
import { checkThreads, givenTargetOption, isModule, threadsText } from './target-options.ts';
import type { AutoThreadOptions, TargetOptions } from './target-options.ts';
import type { WeightsOptions } from './weights.ts';
import { moduleWeights, networkWeights, quantizedWeights, randomSeed } from './weights.ts';

export interface Runnable {
  readonly name: string;
  readonly inputs: readonly RunnableInput[];
  /** Those of the network, then the taps. */
  readonly outputs: readonly RunnableOutput[];
  /**
   * Prepares it for so many images in a pass, or for fewer where memory is short. To be closed: it may have threads. Throws
   * `InputError` for weights that do not fit.
   */
  load(maxBatch: number): Promise<Net>;
  /** Whether weights in f32 became whole numbers just now. */
  readonly isQuantizedNow?: boolean;
  /** Whether it was read from a file that says nothing of pictures. */
  readonly isModel?: boolean;
  /** The class of pixels that its training leaves out. */
  readonly ignored?: number | undefined;
  /** Of one that is trained to tell 0 from 1 by each number: what a number has to be above for 1. */
  readonly middle?: number | undefined;
  /** The network, where its training adds up the losses of several outputs. */
  readonly severalLosses?: Network;
  /** Weights of the first convolution, [O, I, KH, KW]. */
  readonly filters?: Filters;
}

export interface Filters {
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array;
}

export interface RunnableOutput extends OutputMeaning {
  readonly name: string;
  readonly shape: Shape;
  readonly isTap: boolean;
  /** Undefined where only the numbers can tell. */
  readonly scores?: Scores;
  readonly labels?: readonly string[];
}

export interface RunnableOptions
  extends OpenOptions, WeightsOptions, PassOptions, TargetOptions, AutoThreadOptions, QuantizeOptions, PictureOptions {
  /** `maps`: feature maps of the outermost steps and blocks. */
  readonly taps?: readonly string[] | 'maps';
  /** A file of class names, instead of those of the network. */
  readonly labels?: string;
}

/** A `.cnn` file or a compiled module, ready to load. Throws `DiagnosticsError`, `InputError`, `UsageError`. */
export function openRunnable(path: string, options: RunnableOptions, io: Io): Promise<Runnable> {
  return isModule(path) ? openModule(path, options, io) : openFile(path, options, io);
}

async function openFile(path: string, options: RunnableOptions, io: Io): Promise<Runnable> {
  checkThreads(options);
  checkQuantizeOptions(options);
  const opened = await openNetwork(path, options, io);
  return options.quantize ? quantizedRunnable(opened, options, io) : runnableOf(opened, options, io);
}

async function quantizedRunnable(opened: OpenedNetwork, options: RunnableOptions, io: Io): Promise<Runnable> {
  const names = tapsOf(opened.network, options);
  const quantized = await openQuantized(opened, options, io);
  if (quantized.report) io.stderr.write(reportText(quantized.report));
  const fitting = options.taps === 'maps';
  const { network, tensors, taps } = quantizedTaps(opened.network, quantized, { names, fitting }, options);
  const runnable = await runnableWith({ ...opened, network }, () => tensors, { ...options, taps }, io, opened.network);
  return { ...runnable, isQuantizedNow: quantized.report !== undefined };
}

/** The names of inner values to show. Throws `UsageError` for one that the network does not have. */
function tapsOf(network: Network, { taps = [] }: RunnableOptions): readonly string[] {
  if (taps === 'maps') return mapTaps(network);
  for (const tap of taps) if (!network.taps.has(tap)) throw unknownTap(tap, network.taps.keys());
  return taps;
}

/** A network that is open, ready to load. Throws as `openRunnable`. */
export function runnableOf(opened: OpenedNetwork, options: RunnableOptions, io: Io): Promise<Runnable> {
  return runnableWith(opened, () => networkWeights(options, opened, io), options, io);
}

async function runnableWith(
  opened: OpenedNetwork,
  weightsOf: () => QuantizedTensors,
  options: RunnableOptions,
  io: Io,
  /** As it was written: what its outputs mean stays. */
  written: Network = opened.network,
): Promise<Runnable> {
  const given = options.labels === undefined ? undefined : labelsIn(options.labels, io);
  const { network, sourceName, readBeside } = opened;
  const taps = tapsOf(network, options);
  const weights = weightsOf();
  const compiled = async (apart: readonly string[]): Promise<EmittedModule> => {
    const compilation = compileWith(network, without(apart, options), io, taps);
    const [script] = compilation.emit('js', { sourceName });
    return importText(script!.text);
  };
  const module = await compiled([]);
  const { graph } = network;
  return {
    name: network.name,
    isModel: opened.model !== undefined,
    ignored: network.train && ignoredIn(network.train.loss),
    middle: middleOf(network),
    ...(network.train?.loss.parts && { severalLosses: network }),
    inputs: graph.inputs.map(({ name, settings }) => ({
      name,
      shape: module.inputs[name]!,
      ...(settings && { settings }),
    })),
    outputs: Object.entries(module.outputs).map(([name, shape]) => {
      const output = graph.outputs.find((candidate) => candidate.name === name);
      const meaning = output ? meaningOf(written, name) : {};
      // Of several outputs, the names are those of the classes.
      const { answers = 'classes' } = graph.outputs.length > 1 ? meaning : {};
      const names = answers === 'classes' ? given : undefined;
      const labels = output && (names ?? (output.labels && labelsIfThere(output.labels, readBeside, io)));
      return {
        name,
        shape,
        isTap: !output,
        ...meaning,
        scores: output ? scoresOf(graph, output.value, operators) : 'raw',
        ...(labels && named(labels, shape)),
      };
    }),
    load: (maxBatch) =>
      keptApart(
        async (apart) => loadNet(apart.length > 0 ? await compiled(apart) : module, weights, maxBatch, options, io),
        (passes) => io.stderr.write(apartText(passes)),
      ),
    ...filtersOf(weightSpecs(graph), weights),
  };
}

/** Names make classes of what they name: vectors, and channels of which there are as many. */
function named(labels: readonly string[], shape: Shape): Pick<RunnableOutput, 'labels' | 'answers'> {
  const isNamed = labels.length === shape[0] || sizeOf(shape) === shape[0];
  return { labels, ...(isNamed && { answers: 'classes' }) };
}

function filtersOf(specs: WantedWeights['tensors'], weights: QuantizedTensors): Pick<Runnable, 'filters'> {
  const first = specs.find(({ shape }) => shape.length === 4);
  const data = first && weights.get(first.name)!;
  return first && isFloats(data) ? { filters: { ...first, data } } : {};
}

async function openModule(path: string, options: RunnableOptions, io: Io): Promise<Runnable> {
  const source = [
    [options.network, '--network'],
    [options.set, '--set'],
    [(options.taps !== 'maps' && options.taps?.length) || undefined, '--tap'],
    [randomSeed(options.weights ?? ''), '--weights random:SEED'],
    [options.quantize, '--quantize'],
    [givenPassOption(options) && true, givenPassOption(options)],
    [givenTargetOption(options) && true, givenTargetOption(options)],
  ].find(([value]) => value !== undefined);
  if (source) throw new UsageError(`${source[1]} needs the .cnn file; ${path} is a compiled module`);
  const module = await importModule(path, io);
  // A module with its weights inside has them as the default of `load`'s first parameter.
  const isWhole = options.weights === undefined && module.load.length === 0;
  const wanted: WantedWeights = { network: path, tensors: module.weightTensors };
  const takesCodes = module.weightTensors.some(({ element }) => element);
  const weights = isWhole ? undefined : takesCodes ? quantizedWeights(options, io) : moduleWeights(options, wanted, io);
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '';
  const given = options.labels === undefined ? undefined : labelsIn(options.labels, io);
  const readBeside: ReadBeside = (file, maxBytes) => io.files.read(`${folder}${file}`, maxBytes);
  return {
    name: path.slice(folder.length),
    inputs: Object.entries(module.inputs).map(([name, shape]) => {
      const settings = Object.hasOwn(module.settings, name) ? (module.settings[name] as InputSettings) : undefined;
      return { name, shape, ...(settings && { settings }) };
    }),
    outputs: Object.entries(module.outputs).map(([name, shape]) => {
      const own = Object.hasOwn(module.labels, name) ? module.labels[name] : undefined;
      const labels = given ?? (own && labelsIfThere(own, readBeside, io));
      return { name, shape, isTap: false, ...(labels && named(labels, shape)) };
    }),
    load: (maxBatch) => loadNet(module, weights?.source, maxBatch, options, io),
    ...(weights && filtersOf(wanted.tensors, weights.tensors)),
  };
}

/** Throws `InputError` for what is no module of cnnc. */
export async function importModule(path: string, { files }: Io): Promise<EmittedModule> {
  files.read(path, MAX_MODULE_BYTES);
  const found = await files.import(path).catch((cause: unknown) => {
    throw new InputError(`${path} cannot be imported: ${(cause as Error).message.split('\n')[0]}`, { cause });
  });
  const expected = ['inputs', 'outputs', 'settings', 'labels', 'weightTensors', 'load'];
  const missing = expected.find((name) => !Object.hasOwn(found as object, name));
  if (missing !== undefined) throw new InputError(`${path} is no module that cnnc compiled: it exports no ${missing}`);
  return found as EmittedModule;
}

const MAX_MODULE_BYTES = 256 << 20;

async function loadNet(
  module: EmittedModule,
  weights: WeightsSource | undefined,
  maxBatch: number,
  options: RunnableOptions,
  { stderr }: Io,
): Promise<Net> {
  const { threads } = options;
  const net = await loadFitting(module, weights, maxBatch, options);
  if (threads !== undefined && net.threads === undefined)
    throw new UsageError(
      '--threads: the module is JavaScript, which runs on one thread; compile it with --target wasm',
    );
  if (net.reason !== undefined) stderr.write(threadsText(net.reason));
  return net;
}

/** Modules say with a RangeError that memory is too small, and that weights do not fit. */
async function loadFitting(
  module: EmittedModule,
  weights: WeightsSource | undefined,
  maxBatch: number,
  { weights: path, threads }: RunnableOptions,
): Promise<Net> {
  for (let images = maxBatch; ; images = Math.ceil(images / 2)) {
    try {
      return await module.load(weights, { maxBatch: images, ...(threads !== undefined && { threads }) });
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      if (images > 1) continue;
      const place = path === undefined ? '' : `${path}: `;
      throw new InputError(`${place}${cause.message}`, { cause });
    }
  }
}

function unknownTap(name: string, known: Iterable<string>): UsageError {
  const names = [...known];
  const near = suggest(name, names);
  const hint =
    near === undefined
      ? `it has ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}`
      : `did you mean ${near}?`;
  return new UsageError(`--tap: the network has no value ${printable(name)}; ${hint}`);
}
