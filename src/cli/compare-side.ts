// One side of `cnnc compare`: a network with its target, or a compiled module, and what it gives for all its values.

import type { Network } from '../../compiler/frontend/index.ts';
import type { ValueId } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { valueNames } from '../../compiler/ir/names.ts';
import { stagesOf } from '../../compiler/ir/stage.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { RunValue } from '../compare/compare.ts';
import { InputError } from '../data/input-error.ts';
import { byName } from '../network/module.ts';
import { UsageError, inFile } from './errors.ts';
import type { Io } from './io.ts';
import { isModelName } from './model-file.ts';
import type { ModelContents } from './model-file.ts';
import { folderOf, nameOf } from './paths.ts';
import type { Images } from './read-inputs.ts';
import { openRunnable, runnableOf } from './runnable.ts';
import type { RunnableInput } from './read-inputs.ts';
import type { Runnable } from './runnable.ts';
import { namedNetwork, openNetwork } from './source.ts';
import type { OpenedNetwork, OpenOptions } from './source.ts';
import { isModule } from './target-options.ts';
import { readText } from './text.ts';
import type { WeightsOptions } from './weights.ts';
import { networkWeights, randomSeed } from './weights.ts';

export interface Side {
  /** As the user wrote it. */
  readonly title: string;
  readonly inputs: readonly RunnableInput[];
  readonly isModel: boolean;
  /** Present where it was read from a model. */
  readonly model?: ModelContents;
  /** `images` by the names of its own inputs. Throws `InputError` where its weights do not fit. */
  run(images: Images): Promise<readonly RunValue[]>;
}

const targets = ['js', 'wasm', 'reference'] as const;
type SideTarget = (typeof targets)[number];

/** What `FILE@TARGET` may say. */
export const SIDE_TARGETS = targets.join(', ');

export type SideOptions = OpenOptions & WeightsOptions;

/** `FILE` or `FILE@TARGET`, FILE being a network or a module. Throws `DiagnosticsError`, `InputError`, `UsageError`. */
export async function openSide(argument: string, options: SideOptions, io: Io): Promise<Side> {
  const [, path = argument, target] = /^(.+)@([\w-]*)$/s.exec(argument) ?? [];
  if (target !== undefined && !(targets as readonly string[]).includes(target))
    throw new UsageError(`${argument}: there is no target ${target}; there are ${SIDE_TARGETS}`);
  if (isModule(path)) return moduleSide(path, target, options, io);
  const { dim, constant, externalData, network, set, ...weights } = options;
  const own = isModelName(path)
    ? { ...(dim && { dim }), ...(constant && { constant }), ...(externalData && { externalData }) }
    : { ...(network !== undefined && { network }), ...(set && { set }), ...weights };
  return networkSide(argument, path, (target ?? 'js') as SideTarget, own, io);
}

async function moduleSide(path: string, target: string | undefined, options: SideOptions, io: Io): Promise<Side> {
  if (target !== undefined) throw new UsageError(`${path} is a compiled module, and runs as what it was compiled to`);
  const { weights, match, map } = options;
  const given = {
    ...(weights !== undefined && randomSeed(weights) === undefined && { weights }),
    ...(match && { match }),
    ...(map !== undefined && { map }),
  };
  const runnable = await openRunnable(path, given, io);
  return {
    title: path,
    inputs: runnable.inputs,
    isModel: false,
    run: (images) => runOf(runnable, images, ({ name }) => ({ own: [name], foreign: [] })),
  };
}

async function networkSide(
  title: string,
  path: string,
  target: SideTarget,
  options: SideOptions,
  io: Io,
): Promise<Side> {
  const opened = await openNetwork(path, options, io);
  const foreign = opened.model?.names ?? namesBeside(namedNetwork(path).path, io);
  const runnable = await runnableOf(
    opened,
    { ...options, taps: innerTaps(opened.network), ...(target === 'wasm' && { target }) },
    io,
  );
  const names = namesOf(opened.network, foreign);
  return {
    title,
    inputs: runnable.inputs,
    isModel: opened.model !== undefined,
    ...(opened.model && { model: opened.model }),
    run: async (images) =>
      target === 'reference'
        ? referenceValues(opened, options, names, images, io)
        : inOrder(await runOf(runnable, images, ({ name }) => names.get(name)!), [...names.keys()]),
  };
}

/** As the network computes them; a module gives its outputs first. */
function inOrder(values: readonly RunValue[], names: readonly string[]): readonly RunValue[] {
  const places = new Map(names.map((name, at) => [name, at]));
  return values.toSorted((a, b) => places.get(a.own[0]!)! - places.get(b.own[0]!)!);
}

type Names = Pick<RunValue, 'own' | 'foreign'>;

async function runOf(
  runnable: Runnable,
  { values, count }: Images,
  namesFor: (output: Runnable['outputs'][number]) => Names,
): Promise<readonly RunValue[]> {
  const net = await runnable.load(Math.min(count, MAX_BATCH));
  try {
    const x = runnable.inputs.length === 1 ? values.values().next().value! : Object.fromEntries(values);
    const results = byName(
      net.run(x),
      runnable.outputs.map(({ name }) => name),
    );
    return runnable.outputs.map((output) => ({
      ...namesFor(output),
      shape: output.shape,
      data: results.get(output.name)!,
      isOutput: !output.isTap,
    }));
  } finally {
    net.close?.();
  }
}

/** Images per pass; more only cost memory. */
const MAX_BATCH = 4;

/** By the operators' definitions, in f64. */
function referenceValues(
  opened: OpenedNetwork,
  options: WeightsOptions,
  names: ReadonlyMap<string, Names>,
  { values, count }: Images,
  io: Io,
): readonly RunValue[] {
  const { network } = opened;
  const { graph } = network;
  const weights = networkWeights(options, opened, io);
  const found = interpret(graph, operators, {
    inputs: new Map([...values].map(([name, data]) => [name, { data }])),
    parameters: new Map([...weights].map(([name, data]) => [name, { data }])),
    batch: count,
  });
  return valuesOf(network).map(({ value, tap }) => ({
    ...names.get(tap)!,
    shape: graph.types.get(value)!.shape,
    data: found.values.get(value)!.data,
    isOutput: graph.outputs.some((output) => output.value === value),
  }));
}

interface Named {
  readonly value: ValueId;
  /** By which it can be tapped: an output's, else one that the text gives it. */
  readonly tap: string;
  readonly own: readonly string[];
}

/** What the network computes of its inputs, in order, as far as it has names. */
function valuesOf({ graph, taps }: Network): readonly Named[] {
  const stages = stagesOf(graph);
  const known = Map.groupBy(taps, ([, value]) => value);
  const nodes = valueNames(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  return graph.nodes
    .flatMap(({ results }) => results)
    .filter((value) => stages.get(value) === 'run')
    .flatMap((value) => {
      const output = graph.outputs.find((one) => one.value === value)?.name;
      // An output may have the name of another value.
      const tapped = (known.get(value) ?? [])
        .map(([name]) => name)
        .filter((name) => name === output || !outputs.has(name));
      const node = nodes.get(value)!;
      const tap = output ?? (tapped.includes(node) ? node : tapped[0]);
      return tap === undefined ? [] : [{ value, tap, own: [...new Set([tap, ...tapped])] }];
    });
}

/** Those that are no outputs already. */
function innerTaps(network: Network): readonly string[] {
  const outputs = new Set(network.graph.outputs.map(({ name }) => name));
  return valuesOf(network).flatMap(({ tap }) => (outputs.has(tap) ? [] : [tap]));
}

function namesOf(network: Network, foreign: ReadonlyMap<string, string>): ReadonlyMap<string, Names> {
  const theirs = Map.groupBy(foreign, ([, own]) => own);
  const values = valuesOf(network).map(({ tap, own }) => {
    const names = own.flatMap((name) => (theirs.get(name) ?? []).map(([file]) => file));
    return [tap, { own, foreign: names }] as const;
  });
  // Two outputs of one value, or one that is an input.
  const outputs = network.graph.outputs.map(({ name }) => [name, { own: [name], foreign: [] }] as const);
  const known = new Map<string, Names>(values);
  return new Map([...known, ...outputs.filter(([name]) => !known.has(name))]);
}

const MAX_NAMES_BYTES = 64 << 20;

/** The map that `cnnc import` wrote beside the text; empty where there is none. Throws `InputError` for one that is damaged. */
function namesBeside(path: string, io: Io): ReadonlyMap<string, string> {
  const place = path.replace(/\.cnn$/, '.names.json');
  if (place === path || !isThere(place, io)) return new Map();
  const text = readText(place, MAX_NAMES_BYTES, io.files);
  return inFile(place, () => {
    const { names } = parsed(text) as { readonly names?: unknown };
    if (typeof names !== 'object' || names === null || !Object.values(names).every((own) => typeof own === 'string'))
      throw new InputError('there is no table `names` of texts, which `cnnc import` writes');
    return new Map(Object.entries(names as Record<string, string>));
  });
}

function isThere(path: string, { files }: Io): boolean {
  return files.list(folderOf(path)).includes(nameOf(path));
}

function parsed(text: string): object {
  try {
    return Object(JSON.parse(text)) as object;
  } catch (cause) {
    throw new InputError(`the file is not JSON: ${(cause as Error).message}`, { cause });
  }
}
