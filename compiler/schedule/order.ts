// Finds an execution order that needs little memory, by a beam search over the groups that are ready to run. It minimises the most bytes
// that are alive at once; the memory planner then compares the order with that of the text.

import type { Graph, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Stages } from '../ir/stage.ts';
import { candidatesOf } from './candidates.ts';
import type { Candidate } from './candidates.ts';
import type { Group } from './group.ts';
import { nodesOf } from './group.ts';
import { bufferBytes } from '../program/program.ts';
import type { Placement, PlaceOptions } from './place.ts';
import { placeValues } from './place.ts';
import { planMemory } from './plan-memory.ts';

/** Programs of more groups keep the order of the text. */
const mostGroups = 1000;
/** Partial orders that are kept at each step: at most `beamWidth`, and fewer in large programs, so that all steps keep `beamWork` at most. */
const beamWidth = 256;
const beamWork = 40_000;
/** Orders that may be compared at a step: where many groups are ready, as in a network of separate paths, fewer are kept. */
const stepWork = 4096;

/** A partial order of groups: what has run, how many bytes are alive, and how many were at most. */
interface State {
  readonly done: Done | undefined;
  /** Per group: how many of the groups it depends on have not run. */
  readonly waiting: Int32Array;
  /** Per buffer: how many groups have yet to read or write it. */
  readonly left: Int32Array;
  /** The groups that could run next, in the order of the text. */
  readonly ready: readonly Ready[];
  readonly hash: number;
  readonly alive: number;
  readonly peak: number;
}

/** Groups that have run, the last first. */
interface Done {
  readonly group: number;
  readonly before: Done | undefined;
}

/** A group that could run next: the bytes that it brings to life, those that it uses last, and those that its result overwrites. */
interface Ready {
  readonly group: number;
  readonly begins: number;
  readonly ends: number;
  readonly reuses: number;
}

/** The order of `groups` whose plan needs the smallest arena; the given one unless another is smaller. */
export function smallestOrder(
  graph: Graph,
  groups: readonly Group[],
  operators: OperatorTable,
  stages: Stages,
  options: PlaceOptions,
): readonly Group[] {
  const placement = placeValues(graph, groups, operators, { ...options, inPlace: false });
  let best = { groups, length: Infinity };
  for (const order of [groups, memoryOrder(graph, groups, stages, placement, options)]) {
    const length = arenaLength(graph, order, stages, placeValues(graph, order, operators, options));
    if (length < best.length) best = { groups: order, length };
  }
  return best.groups;
}

/** Bytes per image of the arena and the codes, were the groups to run in this order. */
function arenaLength(graph: Graph, groups: readonly Group[], stages: Stages, { places, buffers }: Placement): number {
  const spans = new Map<number, { from: number; to: number }>();
  const touch = (value: ValueId, at: number): void => {
    const { buffer } = places.get(value)!;
    const span = spans.get(buffer);
    if (span) span.to = at;
    else spans.set(buffer, { from: at, to: at });
  };
  for (const { value } of graph.inputs) touch(value, -1);
  groups.forEach((group, at) => {
    for (const value of [...externalOperands(stages, group), ...group.results]) touch(value, at);
  });
  const perImage = [...spans].filter(([buffer]) => buffers[buffer]!.extent === 'image');
  return planMemory(perImage.map(([buffer, span]) => ({ length: bufferBytes(buffers[buffer]!), ...span }))).length;
}

/** An order of `groups` in which every operand is made before it is read, and which seems to need little memory. */
function memoryOrder(
  graph: Graph,
  groups: readonly Group[],
  stages: Stages,
  placement: Placement,
  options: PlaceOptions,
): readonly Group[] {
  if (groups.length > mostGroups) return groups;
  const { start, run } = searchOf(graph, groups, stages, placement, options);
  const keys = Float64Array.from(groups, (_, at) => keyOf(at));
  const width = Math.max(1, Math.min(beamWidth, Math.floor(beamWork / groups.length)));
  const candidates = candidatesOf(width * groups.length);
  const widthAt = (ready: number): number => Math.max(1, Math.min(width, Math.floor(stepWork / ready)));
  let beam: readonly State[] = [start];
  for (let step = 0; step < groups.length; step += 1) {
    const before = beam;
    candidates.clear();
    for (const [at, { ready, hash, alive, peak }] of beam.entries()) {
      for (const { group, begins, ends, reuses } of ready) {
        const most = alive + begins;
        candidates.add(at, group, hash + keys[group]!, most - ends, Math.max(peak, most - reuses));
      }
    }
    const next = candidates.best(widthAt(before[0]!.ready.length));
    beam = next.map((candidate) => run(before[candidate.from]!, candidate));
  }
  // All states have run the same groups by now, so that one is left.
  return orderOf(beam[0]!.done).map((at) => groups[at]!);
}

/** The state before any group has run, and the one after a group of those that are ready. */
interface Search {
  readonly start: State;
  run(state: State, candidate: Candidate): State;
}

function searchOf(
  graph: Graph,
  groups: readonly Group[],
  stages: Stages,
  placement: Placement,
  { inPlace }: PlaceOptions,
): Search {
  const maker = new Map(
    groups.flatMap((group, at) => nodesOf(group).flatMap((node) => node.results.map((value) => [value, at] as const))),
  );
  const reads = groups.map((group) => externalOperands(stages, group));
  const dependencies = reads.map((values) => new Set(values.flatMap((value) => maker.get(value) ?? [])));
  const users: number[][] = groups.map(() => []);
  dependencies.forEach((makers, at) => makers.forEach((from) => users[from]!.push(at)));
  const bufferOf = (value: ValueId): number => placement.places.get(value)!.buffer;
  const sizes = placement.buffers.map((buffer) => (buffer.extent === 'image' ? bufferBytes(buffer) : 0));
  const touched = groups.map(({ results }, at) => [...new Set([...reads[at]!, ...results].map(bufferOf))]);
  const overwritten = groups.map((group) => (inPlace ? placement.reusable(group).map(bufferOf) : []));
  const touches = new Int32Array(sizes.length);
  const touching: number[][] = sizes.map(() => []);
  touched.forEach((buffers, group) => {
    for (const buffer of buffers) {
      touches[buffer]! += 1;
      touching[buffer]!.push(group);
    }
  });
  const inputs = new Set(graph.inputs.map(({ value }) => bufferOf(value)));
  const waiting = Int32Array.from(dependencies, (makers) => makers.size);
  const start: State = {
    done: undefined,
    waiting,
    left: touches,
    ready: groups.flatMap((_, at) => (waiting[at] === 0 ? [readyAt(at, touches)] : [])),
    hash: 0,
    alive: [...inputs].reduce((total, buffer) => total + sizes[buffer]!, 0),
    peak: 0,
  };
  return { start, run };

  function readyAt(group: number, left: Int32Array): Ready {
    let [begins, ends] = [0, 0];
    for (const buffer of touched[group]!) {
      if (left[buffer] === touches[buffer] && !inputs.has(buffer)) begins += sizes[buffer]!;
      if (left[buffer] === 1) ends += sizes[buffer]!;
    }
    // The result takes the place of an operand that is not needed any more: both are never alive at once.
    const reused = overwritten[group]!.find((buffer) => left[buffer] === 1);
    return { group, begins, ends, reuses: reused === undefined ? 0 : sizes[reused]! };
  }

  function run(state: State, { group, hash, alive, peak }: Candidate): State {
    const waiting = state.waiting.slice();
    const left = state.left.slice();
    /** Groups of a buffer that only one of them has touched, or has yet to. */
    let changed: Set<number> | undefined;
    for (const buffer of touched[group]!) {
      const isFirst = left[buffer] === touches[buffer];
      left[buffer]! -= 1;
      if (isFirst || left[buffer] === 1) changed = new Set([...(changed ?? []), ...touching[buffer]!]);
    }
    const ready: Ready[] = [];
    for (const one of state.ready) {
      if (one.group !== group) ready.push(changed?.has(one.group) ? readyAt(one.group, left) : one);
    }
    const known = ready.length;
    for (const user of users[group]!) {
      waiting[user]! -= 1;
      if (waiting[user] === 0) ready.push(readyAt(user, left));
    }
    if (ready.length > known) ready.sort((a, b) => a.group - b.group);
    return { done: { group, before: state.done }, waiting, left, ready, hash, alive, peak };
  }
}

function orderOf(last: Done | undefined): readonly number[] {
  const order: number[] = [];
  for (let done = last; done; done = done.before) order.push(done.group);
  return order.toReversed();
}

/** Values computed in `run` that a group reads and did not make. */
export function externalOperands(stages: Stages, group: Group): readonly ValueId[] {
  const nodes = nodesOf(group);
  const own = new Set(nodes.flatMap(({ results }) => results));
  const operands = nodes.flatMap((node) => node.operands);
  return [...new Set(operands.filter((value) => !own.has(value) && stages.get(value) === 'run'))];
}

/** A number that tells sets of groups apart by the sum of their members'; exact integers below 2^42. */
function keyOf(at: number): number {
  const mixed = Math.imul(at + 1, 0x9e3779b1) >>> 0;
  return mixed * 512 + (Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 23);
}
