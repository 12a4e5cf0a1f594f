// `--weights`, `--match` and `--map`: from a weights file, or a seed, to the bytes that a compiled module loads.

import { Option } from 'commander';
import type { Command } from 'commander';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import { matchWeights } from '../weights/match.ts';
import { randomWeights } from '../weights/random.ts';
import { readSafetensors, writeSafetensors } from '../weights/safetensors.ts';
import { fileKind } from '../../runtime/magic.ts';
import { InputError } from '../data/input-error.ts';
import { DiagnosticsError, UsageError, inFile } from './errors.ts';
import type { Io } from './io.ts';
import { printDiagnostics } from './source.ts';

export interface WeightsOptions {
  /** Undefined is enough for a network whose weights are all written in its source. */
  readonly weights?: string;
  readonly match?: 'name' | 'order';
  readonly map?: string;
}

const MAX_WEIGHTS_BYTES = 4 * 1024 ** 3;
const MAX_MAP_BYTES = 1 << 20;

/** Adds `--weights`, `--match`, `--map`. */
export function withWeightsOptions(command: Command): Command {
  return command
    .option('--weights <file>', 'a safetensors file, or random:SEED for He-initialised ones')
    .addOption(new Option('--match <how>', 'how tensors find their layers (default: name)').choices(['name', 'order']))
    .option('--map <file>', 'pairs of names, a line each: file-name -> net-name');
}

/** A safetensors file with the network's own names. Throws `DiagnosticsError`, `InputError`, `UsageError`. */
export function networkWeights(options: WeightsOptions, graph: Graph, io: Io): Uint8Array {
  const { weights = '' } = options;
  if (weights === '' && graph.parameters.length > 0)
    throw new UsageError(`${graph.name} needs --weights: a safetensors file, or random:SEED`);
  const seed = randomSeed(weights);
  const found = seed === undefined ? fileWeights(weights, options, graph, io) : randomWeights(graph, seed);
  return writeSafetensors(
    graph.parameters.map(({ name, value }) => ({ name, shape: typeOf(graph, value).shape, data: found.get(name)! })),
  );
}

/** The seed of `random:SEED`, undefined for a file. Throws `UsageError`. */
export function randomSeed(weights: string): number | undefined {
  if (!weights.startsWith('random:')) return undefined;
  const seed = weights.slice('random:'.length);
  if (!/^\d{1,9}$/.test(seed)) throw new UsageError(`--weights random:SEED takes a whole number; found ${weights}`);
  return Number(seed);
}

function fileWeights(
  path: string,
  { match: mode, map: mapPath }: WeightsOptions,
  graph: Graph,
  io: Io,
): ReadonlyMap<string, Float32Array> {
  if (path === '') return new Map();
  if (mode !== undefined && mapPath !== undefined) throw new UsageError('--match and --map exclude each other');
  const bytes = io.files.read(path, MAX_WEIGHTS_BYTES);
  const file = inFile(path, () => readSafetensors(bytes));
  const map = mapPath === undefined ? undefined : mapText(mapPath, io);
  const result = inFile(mapPath ?? path, () =>
    matchWeights(file, graph, {
      fileName: path.slice(path.lastIndexOf('/') + 1),
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
  if (mode === 'order' && result.rule !== undefined) io.stderr.write(`weights: ${result.rule}\n`);
  return new Map([...result.weights].map(([name, { data }]) => [name, data]));
}

function mapText(path: string, { files }: Io): string {
  const bytes = files.read(path, MAX_MAP_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError(`${path}: a map of names must be UTF-8 text; found ${fileKind(bytes) ?? 'other bytes'}`, {
      cause,
    });
  }
}
