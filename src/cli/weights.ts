// `--weights`, `--match` and `--map`: from a weights file, or a seed, to the tensors that a compiled module loads.

import { Option } from 'commander';
import type { Command } from 'commander';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { printable } from '../data/input-error.ts';
import { isQuantized } from '../quantize/file.ts';
import { matchWeights } from '../weights/match.ts';
import { randomWeights } from '../weights/random.ts';
import { wantedBy, weightSpecs } from '../weights/specs.ts';
import type { WantedWeights } from '../weights/specs.ts';
import { DiagnosticsError, UsageError, inFile } from './errors.ts';
import type { Io } from './io.ts';
import type { ModelContents } from './model-file.ts';
import { nameOf } from './paths.ts';
import { printDiagnostics } from './print-diagnostics.ts';
import { MOST } from './quantities.ts';
import { readText } from './text.ts';
import { readWeights } from './weights-files.ts';

export interface WeightsOptions {
  /** Undefined is enough for a network whose weights are all written in its source. */
  readonly weights?: string;
  readonly match?: 'name' | 'order';
  readonly map?: string;
}

const MAX_MAP_BYTES = 1 << 20;

/** Adds `--weights`, `--match`, `--map`. */
export function withWeightsOptions(command: Command): Command {
  return command
    .option(
      '--weights <file>',
      'a file of weights (safetensors, an index of shards, .npz, a state dict of PyTorch), or random:SEED',
    )
    .addOption(new Option('--match <how>', 'how tensors find their layers (default: name)').choices(['name', 'order']))
    .option('--map <file>', 'a file with a pair of names per line: file-name -> net-name');
}

/** Tensors by a network's own names. */
export type NamedTensors = ReadonlyMap<string, Float32Array>;

/** A network that weights are wanted for; a model brings its own along. */
export interface Weightless {
  readonly network: { readonly graph: Graph };
  readonly model?: Pick<ModelContents, 'weights'>;
}

/**
 * The weights of a network: those of `--weights`, else a model's own, else those that `fallback` says. Throws `DiagnosticsError`,
 * `InputError`, `UsageError`.
 */
export function networkWeights(
  given: WeightsOptions,
  { network: { graph }, model }: Weightless,
  io: Io,
  fallback?: `random:${number}`,
): NamedTensors {
  if (model && given.weights === undefined) {
    if ((given.match ?? given.map) !== undefined)
      throw new UsageError(
        '--match and --map say how to read --weights; without it, the weights are those of the model',
      );
    return model.weights();
  }
  const options = fallback === undefined || given.weights !== undefined ? given : { ...given, weights: fallback };
  const seed = randomSeed(options.weights ?? '');
  return seed === undefined
    ? weightsFor(options, wantedBy(graph), io).tensors
    : randomWeights(weightSpecs(graph), seed);
}

/**
 * The weights of a compiled module, and what it loads. A file whose tensors have the module's own names is loaded as it is, so
 * that the module sees for which network it was written. Throws as `networkWeights`.
 */
export function moduleWeights(options: WeightsOptions, wanted: WantedWeights, io: Io): LoadedWeights {
  const { tensors, bytes } = weightsFor(options, wanted, io);
  return { tensors, source: (options.match ?? options.map) === undefined ? (bytes ?? tensors) : tensors };
}

export interface LoadedWeights {
  readonly tensors: NamedTensors;
  readonly source: NamedTensors | Uint8Array;
}

/** The seed of `random:SEED`, undefined for a file. Throws `UsageError`. */
export function randomSeed(weights: string): number | undefined {
  if (!weights.startsWith('random:')) return undefined;
  const seed = weights.slice('random:'.length);
  if (!/^\d{1,9}$/.test(seed))
    throw new UsageError(`--weights random:SEED takes a whole number from 0 to ${MOST}; found ${printable(weights)}`);
  return Number(seed);
}

/** Those of a module that computes in whole numbers, which reads their file itself. Throws `UsageError`, `InputError`. */
export function quantizedWeights({ weights: path, match, map }: WeightsOptions, io: Io): LoadedWeights {
  if (path === undefined) throw new UsageError('the module needs --weights: the file that was quantised with it');
  if ((match ?? map) !== undefined)
    throw new UsageError('a quantised file has its own names; leave out --match and --map');
  const { file, bytes } = readWeights(path, io);
  if (!bytes || !isQuantized(file.metadata))
    throw new UsageError(
      `${path} has no quantised weights, which this module takes; \`cnnc compile --quantize\` writes them`,
    );
  return { tensors: new Map(), source: bytes };
}

interface FoundWeights {
  readonly tensors: NamedTensors;
  /** The bytes of a safetensors file; undefined for other files, and where a network needs no weights. */
  readonly bytes?: Uint8Array;
}

function weightsFor(options: WeightsOptions, wanted: WantedWeights, io: Io): FoundWeights {
  const { weights: path = '', match: mode, map: mapPath } = options;
  if (path === '' && wanted.tensors.length > 0)
    throw new UsageError(`${wanted.network} needs --weights: a file of weights, or random:SEED`);
  if (path === '') return { tensors: new Map() };
  if (mode !== undefined && mapPath !== undefined) throw new UsageError('--match and --map exclude each other');
  const { file, bytes } = readWeights(path, io);
  if (isQuantized(file.metadata))
    throw new UsageError(`${path} is quantised, and its weights are whole numbers; --quantize computes with them`);
  const map = mapPath === undefined ? undefined : readText(mapPath, MAX_MAP_BYTES, io.files);
  const result = inFile(mapPath ?? path, () =>
    matchWeights(file, wanted, {
      fileName: nameOf(path),
      operators,
      ...(mode && { mode }),
      ...(map !== undefined && { map }),
    }),
  );
  if (!result.weights) {
    const { suggestion } = result;
    throw new DiagnosticsError(
      result.diagnostics,
      suggestion === undefined ? '' : `Suggested pairs; check and save them for --map FILE:\n\n${suggestion}`,
    );
  }
  printDiagnostics(result.diagnostics, io);
  const isUnusual = mode === 'order' || result.prefix !== undefined;
  if (isUnusual && result.rule !== undefined) io.stderr.write(`weights: ${result.rule}\n`);
  return { tensors: new Map([...result.weights].map(([name, { data }]) => [name, data])), ...(bytes && { bytes }) };
}
