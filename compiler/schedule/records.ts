// What the schedule did beyond one kernel per node, and what it nearly did, told from its groups and places.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { epiloguesOf } from '../ir/lowering.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Miss, Rewrite } from '../ir/record.ts';
import { producersOf, usesOf } from '../ir/rewrite.ts';
import type { Uses } from '../ir/rewrite.ts';
import { typeOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { sumOf } from '../ir/sum.ts';
import { extentsOfType } from './extents.ts';
import type { Group } from './group.ts';
import { nodesOf } from './group.ts';
import type { Placement } from './place.ts';
import { axisAlong, partOf, wholeRegion } from './region.ts';

export interface ScheduleRecords {
  readonly rewrites: readonly Rewrite[];
  readonly misses: readonly Miss[];
}

/** What is told from. */
interface Schedule {
  readonly graph: Graph;
  readonly placement: Placement;
  readonly operators: OperatorTable;
  /** The enabled steps. */
  readonly steps: ReadonlySet<string>;
  readonly uses: ReadonlyMap<ValueId, Uses>;
  readonly producers: ReadonlyMap<ValueId, Node>;
}

/** Records of what the enabled steps of the schedule did. */
export function scheduleRecords(
  graph: Graph,
  groups: readonly Group[],
  placement: Placement,
  operators: OperatorTable,
  steps: ReadonlySet<string>,
): ScheduleRecords {
  const schedule = { graph, placement, operators, steps, uses: usesOf(graph), producers: producersOf(graph) };
  return {
    rewrites: groups.flatMap((group): readonly Rewrite[] => [
      ...fused(schedule, group),
      ...pooled(schedule, group),
      ...placed(schedule, group),
    ]),
    misses: groups.flatMap((group) => [...notFused(schedule, group), ...copiedOperands(schedule, group)]),
  };
}

function isConcat({ operators }: Schedule, { op }: Node): boolean {
  return operators.get(op)?.lowering?.kind === 'concat';
}

/** A value that no longer leaves its kernel is neither written nor read. */
function fused({ graph }: Schedule, { anchor, steps: before, pooling }: Group): readonly Rewrite[] {
  const runs: readonly (readonly [Node, Group['steps']])[] = [
    [anchor, before],
    ...(pooling ? ([[pooling.node, pooling.steps]] as const) : []),
  ];
  return runs.flatMap(([head, after]) => {
    if (after.length === 0) return [];
    const inner = [head, ...after.map(({ node }) => node)].slice(0, -1).map(({ results }) => results[0]!);
    const rule = after.some(({ kind }) => kind === 'combine') ? 'residual' : 'pointwise';
    const nodes = [head, ...after.map(({ node }) => node)];
    return [rewrite('fuse-epilogue', rule, nodes, 2 * bytesOf(graph, inner), after.length)];
  });
}

function pooled({ graph }: Schedule, { anchor, steps: before, pooling }: Group): readonly Rewrite[] {
  if (!pooling) return [];
  const nodes = [anchor, ...before.map(({ node }) => node), pooling.node];
  return [rewrite('fuse-pooling', pooling.node.op, nodes, 2 * bytesOf(graph, pooling.node.operands.slice(0, 1)), 1)];
}

function placed(schedule: Schedule, group: Group): readonly Rewrite[] {
  const { graph, placement, steps, producers } = schedule;
  const { anchor, results } = group;
  if (isConcat(schedule, anchor) && steps.has('concat-slices')) {
    const inPlace = areParts(schedule, anchor);
    const written = anchor.operands.filter((_, at) => inPlace[at]);
    const makers = written.flatMap((value) => producers.get(value) ?? []);
    if (written.length === 0) return [];
    const saved = 2 * bytesOf(graph, written);
    return [rewrite('concat-slices', 'concat', [anchor, ...makers], saved, written.length)];
  }
  if (placement.free.has(anchor.name) || !steps.has('in-place')) return [];
  const own = placement.places.get(results[0]!)!;
  const inner = new Set(nodesOf(group).flatMap((node) => node.results));
  const read = nodesOf(group).flatMap(({ operands }) => operands.filter((value) => !inner.has(value)));
  const overwritten = read.find((value) => {
    const place = placement.places.get(value);
    return place?.buffer === own.buffer && place.within === own.within;
  });
  return overwritten === undefined ? [] : [rewrite('in-place', 'overwrite', nodesOf(group), 0, 0)];
}

/** Whether each operand of a concatenation lies in its part of the result. */
function areParts(
  { graph, placement: { places } }: Schedule,
  { operands, results, attributes }: Node,
): readonly boolean[] {
  const whole = places.get(results[0]!)!;
  const axis = axisAlong(attributes);
  let start = 0;
  return operands.map((value) => {
    const own = places.get(value);
    const { within } = partOf(wholeRegion(whole), axis, start, 1);
    start += extentsOfType(typeOf(graph, value))[axis];
    return own?.buffer === whole.buffer && own.within === within;
  });
}

/** A pointwise node that runs by itself behind one whose kernel could have taken it. */
function notFused({ operators, steps, uses, producers }: Schedule, { anchor }: Group): readonly Miss[] {
  const [value] = anchor.operands;
  const before = value === undefined ? undefined : producers.get(value);
  if (
    !steps.has('fuse-epilogue') ||
    !before ||
    !operators.get(anchor.op)?.pointwise ||
    epiloguesOf(operators.get(before.op)!.lowering) === 'none'
  )
    return [];
  const { nodes, output } = uses.get(value!)!;
  const other = nodes.find(({ name }) => name !== anchor.name);
  const reason = other ? `${before.name} has a second use (${other.name})` : `${before.name} is an output`;
  if (!other && !output) return [];
  return [{ pass: 'fuse-epilogue', ...about('pointwise', [anchor, before]), reason }];
}

function copiedOperands(schedule: Schedule, { anchor }: Group): readonly Miss[] {
  const { graph, placement, steps, uses, producers } = schedule;
  if (!isConcat(schedule, anchor) || !steps.has('concat-slices')) return [];
  const inPlace = areParts(schedule, anchor);
  const copies = Map.groupBy(anchor.operands, (value) => value);
  return anchor.operands.flatMap((value, at) => {
    if (inPlace[at]) return [];
    const maker = producers.get(value);
    const name = maker?.name ?? graph.inputs.find((input) => input.value === value)?.name ?? 'an operand';
    const elsewhere = uses.get(value)!.nodes.find((other) => isConcat(schedule, other) && other.name !== anchor.name);
    const twice = copies.get(value)!.length > 1;
    const reason = twice
      ? `${name} is copied because it stands there more than once`
      : elsewhere
        ? `${name} is copied because it already lies in ${elsewhere.name}`
        : maker && placement.free.has(maker.name)
          ? `${name} is copied because it lies where its own operand does`
          : `${name} is copied because ${anchor.name} is not written as a whole`;
    return [{ pass: 'concat-slices', ...about('concat', [anchor, ...(maker ? [maker] : [])]), reason }];
  });
}

/** The record of a convolution and a pooling that do not share a kernel. */
export function poolingMiss(conv: Node, pool: Node, reason: string): Miss {
  return { pass: 'fuse-pooling', ...about(pool.op, [conv, pool]), reason };
}

function rewrite(pass: string, rule: string, nodes: readonly Node[], bytesSaved: number, callsSaved: number): Rewrite {
  return { pass, ...about(rule, nodes), macsSaved: 0, bytesSaved, callsSaved };
}

function about(rule: string, nodes: readonly Node[]): Pick<Miss, 'rule' | 'nodes' | 'origin'> {
  const origin = nodes.find((node) => node.origin)?.origin;
  return { rule, nodes: nodes.map(({ name }) => name), ...(origin ? { origin } : {}) };
}

/** Of all of them together, per image. */
function bytesOf(graph: Graph, values: readonly ValueId[]): number {
  return 4 * sumOf(values.map((value) => sizeOf(typeOf(graph, value).shape)));
}
