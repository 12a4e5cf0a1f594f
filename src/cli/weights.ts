// `--weights`, `--match` and `--map`: from a weights file, or a seed, to the bytes that a compiled module loads.

import { Option } from 'commander';
import type { Command } from 'commander';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { matchWeights } from '../weights/match.ts';
import { randomWeights } from '../weights/random.ts';
import { layoutKey, networkFile } from '../weights/network-file.ts';
import { checkSafetensors, readSafetensors } from '../weights/safetensors.ts';
import { DiagnosticsError, UsageError, inFile } from './errors.ts';
import type { Io } from './io.ts';
import { nameOf } from './paths.ts';
import { printDiagnostics } from './print-diagnostics.ts';
import { readText } from './text.ts';

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

/** A safetensors file with the network's own names, and the layout of its weights. Throws `DiagnosticsError`, `InputError`, `UsageError`. */
export function networkWeights(options: WeightsOptions, graph: Graph, io: Io): Uint8Array {
  const { weights = '' } = options;
  if (weights === '' && graph.parameters.length > 0)
    throw new UsageError(`${graph.name} needs --weights: a safetensors file, or random:SEED`);
  const seed = randomSeed(weights);
  const found = seed === undefined ? fileWeights(weights, options, graph, io).weights : randomWeights(graph, seed);
  return networkFile(graph, found);
}

/**
 * As `networkWeights` for a compiled module, of whose network `graph` has no more than the weights. A file that says for which
 * network it was written goes on saying so.
 */
export function moduleWeights(options: WeightsOptions, graph: Graph, io: Io): Uint8Array {
  const { weights: path = '', match, map } = options;
  if (path === '') return networkWeights(options, graph, io);
  const { weights, layout } = fileWeights(path, options, graph, io);
  return networkFile(graph, weights, (match ?? map) === undefined ? layout : null);
}

interface FileWeights {
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** Null where the file says none. */
  readonly layout: string | null;
}

/** The seed of `random:SEED`, undefined for a file. Throws `UsageError`. */
export function randomSeed(weights: string): number | undefined {
  if (!weights.startsWith('random:')) return undefined;
  const seed = weights.slice('random:'.length);
  if (!/^\d{1,9}$/.test(seed)) throw new UsageError(`--weights random:SEED takes a whole number; found ${weights}`);
  return Number(seed);
}

function fileWeights(path: string, { match: mode, map: mapPath }: WeightsOptions, graph: Graph, io: Io): FileWeights {
  if (path === '') return { weights: new Map(), layout: null };
  if (mode !== undefined && mapPath !== undefined) throw new UsageError('--match and --map exclude each other');
  const bytes = io.files.read(path, MAX_WEIGHTS_BYTES, (unread) => inFile(path, () => checkSafetensors(unread)));
  const file = inFile(path, () => readSafetensors(bytes));
  const map = mapPath === undefined ? undefined : readText(mapPath, MAX_MAP_BYTES, io.files);
  const result = inFile(mapPath ?? path, () =>
    matchWeights(file, graph, {
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
  if (mode === 'order' && result.rule !== undefined) io.stderr.write(`weights: ${result.rule}\n`);
  const weights = new Map([...result.weights].map(([name, { data }]) => [name, data]));
  return { weights, layout: file.metadata.get(layoutKey) ?? null };
}
