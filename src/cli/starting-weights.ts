// `cnnc train --weights`: what a training starts from in place of chance, all layers or all but those of `--fresh`.

import type { Command } from 'commander';
import { suggest } from '../../grammar/suggest.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printable } from '../data/input-error.ts';
import { wantedBy } from '../weights/specs.ts';
import { UsageError } from './errors.ts';
import type { Io } from './io.ts';
import { moduleWeights, randomSeed, withWeightsOptions } from './weights.ts';
import type { NamedTensors, WeightsOptions } from './weights.ts';

export interface StartOptions extends WeightsOptions {
  readonly fresh?: readonly string[];
}

const collect = (value: string, known: readonly string[] = []): readonly string[] => [...known, value];

/** Adds `--weights`, `--match`, `--map`, `--fresh`. */
export function withStartOptions(command: Command): Command {
  return withWeightsOptions(command).option(
    '--fresh <layer>',
    'a layer or block that starts by chance all the same, such as the last one for other classes; may be repeated',
    collect,
  );
}

/** The weights to start from; undefined where none are given. Throws `DiagnosticsError`, `InputError`, `UsageError`. */
export function startingWeights(options: StartOptions, graph: Graph, io: Io): NamedTensors | undefined {
  const { weights, match, map, fresh = [] } = options;
  if (weights === undefined) {
    if ((match ?? map ?? options.fresh) !== undefined)
      throw new UsageError('--match, --map and --fresh say how to read --weights, which is not given');
    return undefined;
  }
  if (randomSeed(weights) !== undefined)
    throw new UsageError('--weights of a training takes a file; without it, it starts by chance, as --seed says');
  const wanted = wantedBy(graph);
  const isIn = (name: string, layer: string): boolean => name === layer || name.startsWith(`${layer}.`);
  for (const layer of fresh) {
    if (wanted.tensors.some(({ name }) => isIn(name, layer))) continue;
    const layers = new Set(wanted.tensors.map(({ name }) => name.slice(0, name.lastIndexOf('.'))));
    const near = suggest(layer, layers);
    throw new UsageError(
      `--fresh ${printable(layer)}: no layer of that name has weights${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
  const tensors = wanted.tensors.map((tensor) =>
    fresh.some((layer) => isIn(tensor.name, layer)) ? { ...tensor, fresh: true } : tensor,
  );
  return moduleWeights(options, { ...wanted, tensors, freshOption: '--fresh' }, io).tensors;
}
