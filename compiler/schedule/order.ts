// Execution orders that need little memory: a beam search over the groups that are ready, by the largest live set so
// far. The planner measures what it finds against the order of the text.

import type { Graph, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Stages } from '../ir/stage.ts';
import type { Group } from './group.ts';
import { nodesOf } from './group.ts';
import { bufferBytes } from '../program/program.ts';
import type { Placement, PlaceOptions } from './place.ts';
import { placeValues } from './place.ts';
import { planMemory } from './plan-memory.ts';

/** Programs of more groups keep the order of the text. */
const mostGroups = 1000;
/** Orders kept per step, in small programs and in all. */
const beamWidth = 256;
const beamWork = 40_000;

/** A partial order of groups: what has run, what is alive, and the most that was. */
interface State {
  readonly done: readonly number[];
  /** Per group: groups it waits for; −1 when it has run. */
  readonly waiting: Int32Array;
  /** Per buffer: groups that have yet to touch it. */
  readonly left: Int32Array;
  readonly hash: number;
  readonly alive: number;
  readonly peak: number;
}

/** A group that could run next: what would then be alive, and the most that was. The state itself is made of those that are kept. */
interface Candidate extends Pick<State, 'hash' | 'alive' | 'peak'> {
  readonly from: State;
  readonly group: number;
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
  { inPlace }: PlaceOptions,
): readonly Group[] {
  if (groups.length > mostGroups) return groups;
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
  for (const buffers of touched) for (const buffer of buffers) touches[buffer]! += 1;
  const inputs = new Set(graph.inputs.map(({ value }) => bufferOf(value)));
  const start: State = {
    done: [],
    waiting: Int32Array.from(dependencies, (makers) => makers.size),
    left: touches,
    hash: 0,
    alive: [...inputs].reduce((total, buffer) => total + sizes[buffer]!, 0),
    peak: 0,
  };
  const width = Math.max(1, Math.min(beamWidth, Math.floor(beamWork / groups.length)));
  let beam: readonly State[] = [start];
  for (let step = 0; step < groups.length; step += 1) {
    const next = new Map<number, Candidate>();
    for (const state of beam) {
      for (const ready of readyGroups(state)) {
        const candidate = after(state, ready);
        const known = next.get(candidate.hash);
        if (!known || candidate.peak < known.peak) next.set(candidate.hash, candidate);
      }
    }
    beam = [...next.values()]
      .toSorted((a, b) => a.peak - b.peak || a.alive - b.alive)
      .slice(0, width)
      .map(run);
  }
  // All states have run the same groups by now, so that one is left.
  return beam[0]!.done.map((at) => groups[at]!);

  function readyGroups({ waiting }: State): readonly number[] {
    return groups.flatMap((_, at) => (waiting[at] === 0 ? [at] : []));
  }

  function after(from: State, group: number): Candidate {
    const { left } = from;
    let { alive } = from;
    for (const buffer of touched[group]!)
      if (left[buffer] === touches[buffer] && !inputs.has(buffer)) alive += sizes[buffer]!;
    // The result takes the place of an operand that is not needed any more: both are never alive at once.
    const reused = overwritten[group]!.find((buffer) => left[buffer] === 1);
    const peak = Math.max(from.peak, alive - (reused === undefined ? 0 : sizes[reused]!));
    for (const buffer of touched[group]!) if (left[buffer] === 1) alive -= sizes[buffer]!;
    return { from, group, hash: from.hash + keyOf(group), alive, peak };
  }

  function run({ from, group, hash, alive, peak }: Candidate): State {
    const waiting = from.waiting.slice();
    const left = from.left.slice();
    waiting[group] = -1;
    for (const user of users[group]!) waiting[user]! -= 1;
    for (const buffer of touched[group]!) left[buffer]! -= 1;
    return { done: [...from.done, group], waiting, left, hash, alive, peak };
  }
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
