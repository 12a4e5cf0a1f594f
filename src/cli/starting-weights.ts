// `cnnc train --weights`: what a training starts from in place of chance, all layers or all but those of `--fresh`.

import type { Command } from 'commander';
import { isIn } from '../../compiler/autodiff/recipe.ts';
import type { Pace } from '../train/compiled.ts';
import { unknownLayer } from '../train/layers.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printable } from '../data/input-error.ts';
import { wantedBy } from '../weights/specs.ts';
import { UsageError } from './errors.ts';
import type { Io } from './io.ts';
import { moduleWeights, randomSeed, withWeightsOptions } from './weights.ts';
import type { NamedTensors, WeightsOptions } from './weights.ts';

export interface StartOptions extends WeightsOptions {
  readonly fresh?: readonly string[];
  readonly learn?: readonly string[];
  readonly rate?: readonly string[];
}

const collect = (value: string, known: readonly string[] = []): readonly string[] => [...known, value];

/** Adds `--weights`, `--match`, `--map`, `--fresh`, `--learn`, `--rate`. */
export const withStartOptions = (command: Command): Command => withLayerOptions(withWeightsOptions(command));

/** Adds `--fresh`, `--learn` and `--rate`; `where` says of which options they are a part. */
export function withLayerOptions(command: Command, where = ''): Command {
  return withPaceOptions(
    command.option(
      '--fresh <layer>',
      `${where}a layer or block that starts at random all the same, such as the last one for other classes; may be repeated`,
      collect,
    ),
    where,
  );
}

/** Adds `--learn` and `--rate`. */
export function withPaceOptions(command: Command, where: string): Command {
  return command
    .option(
      '--learn <layer>',
      `${where}the only layer or block that learns, such as the last one: the others stay as they are; may be repeated`,
      collect,
    )
    .option(
      '--rate <layer=factor>',
      `${where}how many times as fast as the others a layer or block learns: scores=10; may be repeated, and the last counts`,
      collect,
    );
}

/** What a training starts from, and which layers learn how fast. Throws `DiagnosticsError`, `InputError`, `UsageError`. */
export function startOf(options: StartOptions, graph: Graph, io: Io): Pace & { readonly start?: NamedTensors } {
  const { fresh = [] } = options;
  const pace = paceOf(options, graph);
  const idle = fresh.find((layer) => neverLearns(layer, pace));
  if (idle !== undefined)
    throw new UsageError(`--fresh ${printable(idle)} starts by chance and would never learn: --learn does not name it`);
  const start = startingWeights(options, graph, io);
  return { ...(start && { start }), ...pace };
}

/** Throws `UsageError`. */
export function paceOf({ learn, rate }: StartOptions, graph: Graph): Pace {
  if (learn) checkLayers('--learn', learn, graph);
  const pace = { ...(learn && { learns: learn }), ...(rate && { rates: Object.fromEntries(rate.map(rateFrom)) }) };
  const layers = Object.keys(pace.rates ?? {});
  checkLayers('--rate', layers, graph);
  const idle = layers.find((layer) => neverLearns(layer, pace));
  if (idle !== undefined) throw new UsageError(`--rate ${printable(idle)} has no effect: --learn does not name it`);
  return pace;
}

const neverLearns = (layer: string, { learns }: Pace): boolean =>
  learns?.every((name) => !isIn(layer, name) && !isIn(name, layer)) ?? false;

/** `scores=10` */
function rateFrom(text: string): readonly [layer: string, factor: number] {
  const at = text.lastIndexOf('=');
  const [layer, written] = [text.slice(0, at), text.slice(at + 1).trim()];
  const factor = written === '' ? NaN : Number(written);
  if (at > 0 && factor > 0 && Number.isFinite(factor)) return [layer, factor];
  throw new UsageError(`--rate takes a layer and a factor above 0, such as scores=10; found ${printable(text)}`);
}

/** Throws `UsageError` for a layer that has no weights. */
function checkLayers(option: string, layers: readonly string[], graph: Graph): void {
  const names = wantedBy(graph).tensors.map(({ name }) => name);
  const wrong = layers.flatMap((layer) => unknownLayer(layer, names) ?? [])[0];
  if (wrong !== undefined) throw new UsageError(`${option} ${wrong}`);
}

/** The weights to start from; undefined where none are given. */
function startingWeights(options: StartOptions, graph: Graph, io: Io): NamedTensors | undefined {
  const { weights, match, map, fresh = [] } = options;
  if (weights === undefined) {
    if ((match ?? map ?? options.fresh) !== undefined)
      throw new UsageError('--match, --map and --fresh say how to read --weights, which is not given');
    return undefined;
  }
  if (randomSeed(weights) !== undefined)
    throw new UsageError('--weights of a training takes a file; without it, it starts by chance, as --seed says');
  const wanted = wantedBy(graph);
  checkLayers('--fresh', fresh, graph);
  const tensors = wanted.tensors.map((tensor) =>
    fresh.some((layer) => isIn(tensor.name, layer)) ? { ...tensor, fresh: true } : tensor,
  );
  return moduleWeights(options, { ...wanted, tensors, freshOption: '--fresh' }, io).tensors;
}
