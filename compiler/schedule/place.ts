// Decides in which buffer each value lies, and in which slice of it. Operands of a concatenation are written straight into their part of its
// buffer, also where that is itself a part of another one; the parts of a split and flattened maps are read where they are.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import type { Lowering } from '../ir/lowering.ts';
import { isElementwise, isView, readsFlattened } from '../ir/lowering.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { usesOf } from '../ir/rewrite.ts';
import type { Uses } from '../ir/rewrite.ts';
import { operatorOf, typeOf } from '../ir/signature.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { areTokens, sameType, sizeOf } from '../ir/tensor-type.ts';
import type { Extents } from './extents.ts';
import { extentsOfType } from './extents.ts';
import type { Group } from './group.ts';
import { mostOperands, nodesOf } from './group.ts';
import type { MapAxis, SlicePlace } from './region.ts';
import { asPlace, axisAlong, boxIn, partOf, partsOf, wholeRegion } from './region.ts';
import type { Buffer } from '../program/program.ts';

/** Where a value lies in the arena. */
export interface Place extends SlicePlace {
  /** The extents of the map, for a flattened map that stays as it is: its features are in (h, w, c) order. Only dense layers read such a value. */
  readonly map?: Extents;
}

export interface Placement {
  readonly places: ReadonlyMap<ValueId, Place>;
  /** The buffers, with their lengths in elements, per image or in all, and names for readers. */
  readonly buffers: readonly PlacedBuffer[];
  /** Names of nodes that need no kernel, because all their results lie where their operands do. */
  readonly free: ReadonlySet<string>;
  /** Operands that a group may overwrite if nobody reads them afterwards. */
  reusable(group: Group): readonly ValueId[];
}

type PlacedBuffer = Pick<Buffer, 'name' | 'extent' | 'element' | 'length'>;

export interface PlaceOptions {
  readonly slices: boolean;
  readonly inPlace: boolean;
}

/** The part of a concatenation that a value is: of which one, along which axis, and from which index on. */
interface Home {
  readonly whole: ValueId;
  readonly axis: MapAxis;
  readonly start: number;
}

/** What reads a value: the last group that does, and whether one is a view or a concatenation, which may go on holding it. */
interface Users {
  readonly last: number;
  readonly keep: boolean;
}

/** The state of the decision. */
interface Placing {
  readonly graph: Graph;
  readonly operators: OperatorTable;
  readonly uses: ReadonlyMap<ValueId, Uses>;
  readonly users: Map<ValueId, Users>;
  /** Node → the index of its group. */
  readonly groupOf: ReadonlyMap<string, number>;
  readonly homes: ReadonlyMap<ValueId, Home>;
  /** A concatenation → the values that are parts of it. */
  readonly tenants: ReadonlyMap<ValueId, readonly ValueId[]>;
  /** Values of states, the present ones and the next. */
  readonly held: ReadonlySet<ValueId>;
  /** The next value of each state → the present one, whose place it takes. */
  readonly states: ReadonlyMap<ValueId, ValueId>;
  /** Buffer → the value that is all of it at present. */
  readonly owners: Map<number, ValueId>;
  readonly places: Map<ValueId, Place>;
  readonly buffers: PlacedBuffer[];
}

/** Places for the results of `groups`, which are in execution order, and for the inputs; values inside a group get none. */
export function placeValues(
  graph: Graph,
  groups: readonly Group[],
  operators: OperatorTable,
  options: PlaceOptions,
): Placement {
  const homes: ReadonlyMap<ValueId, Home> = options.slices ? concatHomes(graph, groups, operators) : new Map();
  const states = nextStates(graph);
  const present = graph.inputs.filter(({ state }) => state !== undefined);
  const placing: Placing = {
    graph,
    operators,
    uses: usesOf(graph),
    users: new Map(),
    groupOf: new Map(groups.flatMap((group, at) => nodesOf(group).map((node) => [node.name, at]))),
    homes,
    tenants: Map.groupBy(homes.keys(), (value) => homes.get(value)!.whole),
    held: new Set([...states.keys(), ...present.map(({ value }) => value)]),
    states,
    owners: new Map(),
    places: new Map(),
    buffers: [],
  };
  const { places, buffers } = placing;
  const free = new Set<string>();
  for (const input of graph.inputs) place(placing, input.value, input.name);
  groups.forEach((group, at) => {
    const { anchor, results } = group;
    const nodes = nodesOf(group);
    if (nodes.length === 1 && alias(placing, anchor)) {
      free.add(anchor.name);
      return;
    }
    const state = results.length === 1 ? placing.states.get(results[0]!) : undefined;
    if (state !== undefined && anchor.operands[0] === state && isElementwise(loweringOf(placing, anchor))) {
      places.set(results[0]!, places.get(state)!);
      return;
    }
    const reused = options.inPlace ? overwritable(placing, group, at) : undefined;
    if (reused) places.set(results[0]!, reused);
    else for (const value of results) place(placing, value, nodes.at(-1)!.name);
  });
  return { places, buffers, free, reusable: (group) => reusable(placing, group) };
}

/** The parts of concatenations that can be written in place, by their values. */
function concatHomes(graph: Graph, groups: readonly Group[], operators: OperatorTable): ReadonlyMap<ValueId, Home> {
  const inputs = new Set(graph.inputs.map((input) => input.value));
  const makers = new Map(groups.flatMap((group) => group.results.map((value) => [value, group.anchor] as const)));
  const found = new Map<ValueId, Home>();
  for (const group of groups.toReversed()) {
    const { anchor } = group;
    if (loweringOf({ operators }, anchor)?.kind !== 'concat' || nodesOf(group).length > 1) continue;
    const axis = axisAlong(anchor.attributes);
    const [whole] = anchor.results as [ValueId];
    const type = typeOf(graph, whole);
    // Maps that are joined along the width alternate row by row, so that none is a slice.
    if (axis === 'width' && extentsOfType(type).height > 1) continue;
    let start = 0;
    const counts = Map.groupBy(anchor.operands, (value) => value);
    for (const value of anchor.operands) {
      const maker = makers.get(value);
      const own = maker !== undefined && !isView(loweringOf({ operators }, maker));
      const once = counts.get(value)!.length === 1 && typeOf(graph, value).batched === type.batched;
      if ((own || inputs.has(value)) && once && !found.has(value)) found.set(value, { whole, axis, start });
      start += extentsOfType(typeOf(graph, value))[axis];
    }
  }
  return found;
}

function loweringOf({ operators }: Pick<Placing, 'operators'>, { op }: Node): Lowering | undefined {
  return operators.get(op)?.lowering;
}

function shapeOf({ graph }: Placing, value: ValueId): Shape {
  return typeOf(graph, value).shape;
}

/** The place of a value that a kernel writes: its part of a concatenation, or a buffer of its own. */
function place(placing: Placing, value: ValueId, name: string): Place {
  const { graph, homes, owners, places } = placing;
  // Concatenations of concatenations, from the inside out: as many as a network has.
  const waiting: ValueId[] = [];
  let whole = value;
  for (let home = homes.get(whole); home && !places.has(whole); home = homes.get(whole)) {
    waiting.push(whole);
    whole = home.whole;
  }
  let where = places.get(whole);
  if (!where) {
    where = allocate(placing, name, typeOf(graph, whole));
    owners.set(where.buffer, whole);
    places.set(whole, where);
  }
  for (const inner of waiting.toReversed()) {
    where = part(where, homes.get(inner)!, typeOf(graph, inner))!;
    places.set(inner, where);
  }
  return where;
}

function allocate({ buffers }: Placing, name: string, type: TensorType): Place {
  const { batched, element } = type;
  invariant(element === 'f32' || element === 'u8', () => `${name} is of ${element}`);
  const { channels, height, width } = extentsOfType(type);
  const length = channels * height * width;
  // Codes that there are once are the same for all images.
  buffers.push({ name, extent: batched || element === 'u8' ? 'image' : 'once', element, length });
  const kind = element === 'u8' ? ({ codes: true } as const) : {};
  const slice = { channels, height, width, pixelStride: channels, imageStride: batched ? length : 0, ...kind };
  return { buffer: buffers.length - 1, within: 0, slice };
}

/**
 * The place of an operand that the group may overwrite, because its kernel reads each element before it stores the
 * result there, and nobody reads the operand afterwards.
 */
function overwritable(placing: Placing, group: Group, at: number): Place | undefined {
  const { owners, places } = placing;
  const value = reusable(placing, group).find((candidate) => {
    const isLast = usersOf(placing, candidate).last <= at;
    return owners.get(places.get(candidate)!.buffer) === candidate && isLast && tenantsGone(placing, candidate, at);
  });
  if (value === undefined) return undefined;
  const where = places.get(value)!;
  owners.set(where.buffer, group.results[0]!);
  return where;
}

/** Operands that the group may overwrite if nobody reads them later; that depends on the order, and is not checked here. */
function reusable(placing: Placing, { anchor, steps, pooling, results }: Group): readonly ValueId[] {
  const { graph, uses, homes, held, places, buffers } = placing;
  // What takes several calls has its result stored before it has read all operands.
  if (pooling || homes.has(results[0]!) || anchor.operands.length > mostOperands) return [];
  const elementwise = isElementwise(loweringOf(placing, anchor));
  const combined = steps.flatMap((step) => (step.kind === 'combine' ? [step.operand] : []));
  const candidates = elementwise ? anchor.operands : combined.filter((value) => !anchor.operands.includes(value));
  const type = typeOf(graph, results[0]!);
  return candidates.filter((candidate) => {
    const where = places.get(candidate);
    if (!where || where.map || homes.has(candidate) || held.has(candidate)) return false;
    if (!sameType(typeOf(graph, candidate), type)) return false;
    const { output } = uses.get(candidate)!;
    const whole = where.within === 0 && buffers[where.buffer]!.length === sizeOf(type.shape);
    return whole && !output && !usersOf(placing, candidate).keep;
  });
}

/** Found once for each value: thousands of steps may read one. */
function usersOf(placing: Placing, value: ValueId): Users {
  const { uses, groupOf, users } = placing;
  const known = users.get(value);
  if (known) return known;
  const found = { last: -1, keep: false };
  for (const user of uses.get(value)!.nodes) {
    const lowering = loweringOf(placing, user);
    found.last = Math.max(found.last, groupOf.get(user.name)!);
    found.keep ||= isView(lowering) || lowering?.kind === 'concat';
  }
  users.set(value, found);
  return found;
}

/** Whether no group from `at` on reads a value that lies in a part of this concatenation. */
function tenantsGone(placing: Placing, whole: ValueId, at: number): boolean {
  const { uses, groupOf, tenants } = placing;
  const waiting = [whole];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    for (const value of tenants.get(one) ?? []) {
      const { nodes } = uses.get(value)!;
      if (!nodes.every((user) => groupOf.get(user.name)! < at && !isView(loweringOf(placing, user)))) return false;
      waiting.push(value);
    }
  }
  return true;
}

/** Places the results of a view where its operand lies; false if they need memory of their own. */
function alias(placing: Placing, node: Node): boolean {
  const { graph, places } = placing;
  const lowering = loweringOf(placing, node);
  if (lowering?.kind !== 'view') return false;
  const source = places.get(node.operands[0]!);
  invariant(source, `${node.name} runs before its operand`);
  if (source.map) return false;
  if (lowering.of === 'parts') {
    const parts = partsOf(graph, node, wholeRegion(source)).map(asPlace);
    if (parts.includes(undefined)) return false;
    node.results.forEach((value, at) => places.set(value, parts[at]!));
    return true;
  }
  const value = node.results[0]!;
  if (lowering.of === 'box') {
    const { box } = operatorOf(placing.operators, node.op);
    const where = asPlace(
      boxIn(wholeRegion(source), box!(node.attributes, [typeOf(graph, node.operands[0]!)]), typeOf(graph, value)),
    );
    if (where) places.set(value, where);
    return where !== undefined;
  }
  const [from, to] = [typeOf(graph, node.operands[0]!), typeOf(graph, value)];
  // Without the batch axis the first axis lies last, also of two.
  if (lowering.of === 'pixels' && !to.batched) return false;
  const same = lowering.of === 'pixels' || areTokens(from) === areTokens(to);
  const where = reshaped(source, from, to, same) ?? leftAsMap(placing, node, source);
  if (where) places.set(value, where);
  return where !== undefined;
}

/** The place of a flatten whose map stays in memory order, because only dense layers, whose weights can be permuted, read it and it has no gaps. */
function leftAsMap(placing: Placing, node: Node, source: Place): Place | undefined {
  const value = node.results[0]!;
  const { nodes, output } = placing.uses.get(value)!;
  const { slice } = source;
  const isFlat = shapeOf(placing, value).length === 1 && !areTokens(typeOf(placing.graph, node.operands[0]!));
  const reads = (user: Node): boolean =>
    readsFlattened(loweringOf(placing, user)) && user.operands.lastIndexOf(value) === 0;
  const dense = nodes.every(reads) && !output && isFlat;
  if (!dense || slice.pixelStride !== slice.channels) return undefined;
  const { channels, height, width } = slice;
  const features = channels * height * width;
  const flat = { ...slice, channels: features, height: 1, width: 1, pixelStride: features };
  return { ...source, slice: flat, map: { channels, height, width } };
}

/** The next value of each state → the value that it takes the place of. */
function nextStates({ inputs, outputs }: Graph): ReadonlyMap<ValueId, ValueId> {
  const before = new Map(inputs.flatMap(({ name, value, state }) => (state ? [[name, value] as const] : [])));
  return new Map(outputs.flatMap(({ name, value }) => (before.has(name) ? [[value, before.get(name)!] as const] : [])));
}

/** The part of a place along an axis; undefined if it is no slice, because it has gaps between its rows. */
function part(whole: Place, { axis, start }: Omit<Home, 'whole'>, type: TensorType): Place | undefined {
  return asPlace(partOf(wholeRegion(whole), axis, start, extentsOfType(type)[axis]));
}

/**
 * The same elements as another shape, where their order and memory order agree; undefined where they do not. `samePixels`: where
 * there are as many channels, the pixels have the same order, too.
 */
function reshaped(source: Place, type: TensorType, result: TensorType, samePixels: boolean): Place | undefined {
  const from = source.slice;
  const to = extentsOfType(result);
  const pixels = from.height * from.width;
  if (samePixels && from.channels === to.channels && pixels === to.height * to.width) {
    return { ...source, slice: { ...from, ...to } };
  }
  // Without a second channel, or without a second pixel, memory order is the elements' order; of tokens it always is.
  const dense = from.pixelStride === from.channels || pixels === 1;
  const run = areTokens(type) ? dense : pixels === 1 || (from.channels === 1 && from.pixelStride === 1);
  if (!run || (!areTokens(result) && to.channels > 1 && to.height * to.width > 1)) return undefined;
  return { ...source, slice: { ...from, ...to, pixelStride: to.channels } };
}
