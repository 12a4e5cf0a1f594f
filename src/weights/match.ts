// Which tensor of a weights file is which parameter of a network: by name, by a map of names, or by position (order.ts).

import { suggest as nearest } from '../../grammar/suggest.ts';
import type { OperatorTable } from '../../compiler/ir/operator.ts';
import { formatShape, sameShape } from '../../compiler/ir/tensor-type.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { printable } from '../data/input-error.ts';
import { type Mismatch, explainShape, freshFix } from './shape-mismatch.ts';
import { type Named, type Pairing, type Wanted, distrust, fits, pairByNames } from './order.ts';
import { readPairs, writePairs } from './pairs.ts';
import { prefixOf } from './prefix.ts';
import { type WeightTensor, type WeightsFile, weightDtypes } from '../data/weight-tensor.ts';
import type { WantedWeights } from './specs.ts';
import { checkMap } from './check-map.ts';
import { checkValues, firstTen, plural } from './values.ts';

export interface MatchOptions {
  /** As the user wrote it; for messages. */
  readonly fileName: string;
  readonly mode?: 'name' | 'order';
  /** The text of a map file (pairs.ts); parameters that it does not name are matched by name. */
  readonly map?: string;
  readonly operators: OperatorTable;
}

export interface MatchResult {
  /** A tensor of the right shape for each wanted one, by the network's names; undefined when there are errors. */
  readonly weights?: ReadonlyMap<string, WeightTensor>;
  readonly diagnostics: readonly Diagnostic[];
  /** Which rule paired them, in one sentence. */
  readonly rule?: string;
  /** What stands before every name in the file: `module.` */
  readonly prefix?: string;
  /** Text for `--map FILE`, to be checked and edited, when position or names did not decide. */
  readonly suggestion?: string;
}

/**
 * Pairs a file's tensors with those that a network wants; the result has none for fresh ones. `num_batches_tracked` is ignored.
 * Throws `InputError` for a broken map.
 */
export function matchWeights(file: WeightsFile, wanted: WantedWeights, options: MatchOptions): MatchResult {
  const tensors = file.tensors.filter((tensor) => !/(?:^|\.)num_batches_tracked$/.test(tensor.name));
  const { tensors: specs, network, ...layers } = wanted;
  const task: Task = { network, ...layers, options, tensors, wanted: specs };
  if (options.map === undefined && options.mode === 'order') return byOrderOfWeights(task);
  return byName(task, options.map === undefined ? new Map() : readPairs(options.map));
}

interface Task extends Omit<WantedWeights, 'tensors'> {
  readonly options: MatchOptions;
  readonly tensors: readonly WeightTensor[];
  readonly wanted: readonly Wanted[];
}

/** As `byOrder`; masks, indices and what else cannot be weights are left out where the others are just as many as wanted. */
function byOrderOfWeights(task: Task): MatchResult {
  const { network, options, tensors, wanted } = task;
  const weights = tensors.filter(({ dtype }) => weightDtypes.has(dtype));
  if (weights.length !== wanted.length || weights.length === tensors.length) return byOrder(task);
  const result = byOrder({ ...task, tensors: weights });
  const extra = tensors.filter(({ dtype }) => !weightDtypes.has(dtype));
  const diagnostics = [extraTensors(extra, network, options.fileName, 'warning'), ...result.diagnostics];
  return { ...result, diagnostics };
}

function byName(task: Task, map: ReadonlyMap<string, string>): MatchResult {
  const { network, options, tensors, wanted } = task;
  const byFileName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const wrong = checkMap(map, { tensors, wanted, network, fileName: options.fileName });
  if (wrong.length > 0) return { diagnostics: wrong };
  const prefix = map.size > 0 ? '' : prefixOf(wanted, tensors);
  const diagnostics: Diagnostic[] = [];
  const mapped = new Set(map.values());
  const weights = new Map<string, WeightTensor>();
  const missing: Named[] = [];
  const mismatches: Mismatch[] = [];
  const replaced = new Set<WeightTensor>();
  for (const want of wanted) {
    const fileName = map.get(want.name);
    const tensor =
      fileName === undefined && mapped.has(want.name) ? undefined : byFileName.get(fileName ?? prefix + want.name);
    if (!tensor) {
      if (fileName === undefined && !want.fresh) missing.push(want);
    } else if (want.fresh) replaced.add(tensor);
    else if (sameShape(tensor.shape, want.shape)) weights.set(want.name, tensor);
    else mismatches.push({ wanted: want, found: tensor });
  }
  const used = new Set([...weights.values(), ...replaced, ...mismatches.map(({ found }) => found)]);
  const extra = tensors.filter((tensor) => !used.has(tensor) && !mapped.has(tensor.name));
  if (missing.length > 0) diagnostics.push(missingTensors(missing, extra, task));
  if (extra.length > 0) diagnostics.push(extraTensors(extra, network, options.fileName, 'warning'));
  if (mismatches.length > 0) diagnostics.push(explainShape(task, options.operators, mismatches, options.fileName));
  const rule = map.size > 0 ? `${map.size} tensors by the map, the others by name` : 'tensors by name';
  if (prefix === '') return finish(weights, diagnostics, rule);
  return {
    ...finish(weights, diagnostics, `tensors by name, after ${printable(prefix)} in ${options.fileName}`),
    prefix,
  };
}

function byOrder(task: Task): MatchResult {
  const { options, tensors, wanted } = task;
  const kept = wanted.filter(({ fresh }) => !fresh);
  if (kept.length < wanted.length && kept.length === tensors.length) return byOrder({ ...task, wanted: kept });
  const reason = distrust(tensors);
  const inTurn = tensors.length === wanted.length && wanted.every((want, i) => fits(want, tensors[i]!));
  if (reason === undefined && inTurn) {
    return pairedBy(
      task,
      wanted.map((_, i) => i),
      `tensors by the order of their data in ${options.fileName}; every shape agrees`,
    );
  }
  const pairing = pairByNames(wanted, tensors);
  const [only, other] = pairing.solutions;
  if (reason !== undefined && only && !other && !pairing.exhausted) {
    return pairedBy(
      task,
      only,
      `tensors by the order of their names' numbers and parts, because ${reason}; every shape agrees, and no other order of the names does`,
    );
  }
  const suggestion = suggest(task, only ?? guess(task, reason === undefined));
  if (reason !== undefined && (only || pairing.exhausted)) {
    return { diagnostics: [untrusted(task, reason, pairing)], suggestion };
  }
  const at = reason === undefined ? firstMisfit(task) : { index: pairing.reached, next: pairing.next };
  const want = wanted[at.index];
  const next = at.next === undefined ? undefined : tensors[at.next];
  if (want && next && !sameShape(want.shape, next.shape)) {
    const diagnostic = explainShape(task, options.operators, [{ wanted: want, found: next }], options.fileName);
    return { diagnostics: [{ ...diagnostic, notes: [...(diagnostic.notes ?? []), ...countNote(task)] }], suggestion };
  }
  return { diagnostics: [misplaced(task, want, next)], suggestion };
}

/** Where the order of the data stops agreeing with the network. */
function firstMisfit({ tensors, wanted }: Task): { index: number; next: number | undefined } {
  const misfit = wanted.findIndex((want, i) => !tensors[i] || !fits(want, tensors[i]));
  const index = misfit < 0 ? wanted.length : misfit;
  return { index, next: index < tensors.length ? index : undefined };
}

/** `order[i]` is the index of the tensor for parameter i. */
function pairedBy({ tensors, wanted }: Task, order: readonly number[], rule: string): MatchResult {
  const weights = new Map(
    wanted.flatMap(({ name, fresh }, i) => (fresh ? [] : [[name, tensors[order[i]!]!] as const])),
  );
  return finish(weights, [], rule);
}

function finish(weights: ReadonlyMap<string, WeightTensor>, diagnostics: Diagnostic[], rule: string): MatchResult {
  diagnostics.push(...checkValues(weights));
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  return failed ? { diagnostics } : { weights, diagnostics, rule };
}

const MAX_GUESSES = 10_000;

/** For a refused match: the first free tensor that fits. */
function guess({ tensors, wanted }: Task, trusted: boolean): (number | undefined)[] {
  const order = trusted ? tensors.map((_, i) => i) : naturalOrder(tensors);
  const free = new Set(order.slice(0, MAX_GUESSES));
  return wanted.map((want) => {
    for (const index of free) {
      if (!fits(want, tensors[index]!)) continue;
      free.delete(index);
      return index;
    }
    return undefined;
  });
}

function naturalOrder(tensors: readonly Named[]): number[] {
  const collator = new Intl.Collator('en', { numeric: true });
  return tensors.map((_, i) => i).toSorted((a, b) => collator.compare(tensors[a]!.name, tensors[b]!.name));
}

function suggest({ tensors, wanted, network, options }: Task, order: readonly (number | undefined)[]): string {
  const used = new Set(order);
  const pairs = wanted.map(({ name, shape }, i) => {
    const index = order[i];
    return index === undefined
      ? { missing: `nothing fits ${name} ${formatShape(shape)}` }
      : { fileName: tensors[index]!.name, netName: name };
  });
  const unused = tensors
    .slice(0, MAX_GUESSES)
    .flatMap(({ name, shape }, i) => (used.has(i) ? [] : [`unused: ${printable(name)} ${formatShape(shape)}`]));
  return writePairs(pairs, [
    `${printable(options.fileName)} -> ${network}: check every line, then pass this file with --map`,
    ...unused,
  ]);
}

function untrusted(
  { network, options, tensors, wanted }: Task,
  reason: string,
  { solutions, exhausted }: Pairing,
): Diagnostic {
  const [one, other] = solutions;
  const swaps =
    one && other
      ? wanted.flatMap(({ name, shape }, i) =>
          one[i] === other[i]
            ? []
            : [
                `${name} ${formatShape(shape)} could be ${printable(tensors[one[i]!]!.name)} or ${printable(tensors[other[i]!]!.name)}`,
              ],
        )
      : [];
  const why = exhausted ? 'their names allow too many orders to try' : 'their names allow more than one that fits';
  return {
    code: 'weights/order',
    severity: 'error',
    message: `the order of the tensors in ${options.fileName} cannot be trusted (${reason}), and ${why} ${network}`,
    found: reason,
    expected: `one order of the tensors that fits ${network}`,
    notes: firstTen(swaps),
    fixes: [{ message: 'check and correct the suggested pairs, and pass them with --map FILE' }],
  };
}

function misplaced(task: Task, want: Named | undefined, next: Named | undefined): Diagnostic {
  const { network, options, tensors, wanted } = task;
  if (tensors.length < wanted.length && !next) {
    return missingTensors(wanted.slice(tensors.length), [], task);
  }
  if (!want && !distrust(tensors))
    return extraTensors(tensors.slice(wanted.length), network, options.fileName, 'error');
  return {
    code: 'weights/order',
    severity: 'error',
    message: `the tensors in ${options.fileName} do not come in the order of ${network}`,
    ...(next && { found: `${printable(next.name)} ${formatShape(next.shape)}` }),
    expected: want ? `${want.name} ${formatShape(want.shape)}` : 'no more tensors',
    notes: countNote(task),
    fixes: [{ message: 'check and correct the suggested pairs, and pass them with --map FILE' }],
  };
}

function countNote({ tensors, wanted, network, options }: Task): string[] {
  if (tensors.length === wanted.length) return [];
  return [`${options.fileName} has ${tensors.length} tensors, ${network} needs ${wanted.length}`];
}

function missingTensors(
  missing: readonly Named[],
  extra: readonly Named[],
  { network, options, freshOption }: Pick<Task, 'network' | 'options' | 'freshOption'>,
): Diagnostic {
  const list = missing.slice(0, 10).map(({ name, shape }) => {
    const candidates = extra.filter((other) => sameShape(other.shape, shape)).slice(0, 1000);
    const near = nearest(
      name,
      candidates.map((other) => other.name),
    );
    return `${name} ${formatShape(shape)}${near === undefined ? '' : `   ${printable(near)}?`}`;
  });
  const byPosition = options.mode !== 'order' && options.map === undefined && pairsInTurn(missing, extra);
  return {
    code: 'weights/missing',
    severity: 'error',
    message: `${options.fileName} lacks ${plural(missing.length, 'tensor')} of ${network}`,
    found:
      extra.length > 0
        ? extra
            .slice(0, 3)
            .map(({ name }) => printable(name))
            .join(', ')
        : 'no other tensors',
    expected: missing
      .slice(0, 3)
      .map(({ name }) => name)
      .join(', '),
    notes: missing.length > 10 ? [...list, `and ${missing.length - 10} more`] : list,
    fixes: [
      {
        message: byPosition
          ? '--match order pairs tensors by position instead of by name'
          : '--map FILE pairs tensors that have other names: a line `file-name -> net-name` for each',
      },
      ...freshFix(freshOption, missing),
    ],
  };
}

function pairsInTurn(missing: readonly Named[], extra: readonly Named[]): boolean {
  return missing.length === extra.length && missing.every((want, i) => fits(want, extra[i]!));
}

function extraTensors(
  extra: readonly Named[],
  network: string,
  fileName: string,
  severity: 'error' | 'warning',
): Diagnostic {
  return {
    code: 'weights/extra',
    severity,
    message: `${fileName} has ${plural(extra.length, 'tensor')} that ${network} does not use`,
    found: extra
      .slice(0, 3)
      .map(({ name }) => printable(name))
      .join(', '),
    expected: `tensors of ${network}`,
    notes: firstTen(extra.map(({ name, shape }) => `${printable(name)} ${formatShape(shape)}`)),
    fixes: [
      { message: severity === 'warning' ? 'nothing is wrong if they are not needed' : 'give weights of this network' },
    ],
  };
}
