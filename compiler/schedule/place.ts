// Decides where values lie: which buffer, and which slice of it. Concatenated values are written straight into their
// part of the concatenation's buffer, also when that is itself a part of another; split and flatten read in place.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import type { Lowering } from '../ir/lowering.ts';
import { isElementwise, isView, readsFlattened } from '../ir/lowering.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { usesOf } from '../ir/rewrite.ts';
import { typeOf } from '../ir/signature.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { sameType, sizeOf } from '../ir/tensor-type.ts';
import type { Slice } from '../templates/geometry.ts';
import type { Extents } from './extents.ts';
import { extentsOf } from './extents.ts';
import type { Group } from './group.ts';
import { nodesOf } from './group.ts';
import type { Buffer } from '../program/program.ts';

/** Where a value lies in the arena. */
export interface Place {
  readonly buffer: number;
  /** Elements from the start of the image's part. */
  readonly within: number;
  readonly slice: Slice;
  /**
   * True for a flattened map that was left as it is: its features are in (h, w, c) order, and `map` has the extents.
   * Only dense layers read such a value.
   */
  readonly map?: Extents;
}

export interface Placement {
  readonly places: ReadonlyMap<ValueId, Place>;
  /** Per buffer: elements, per image or in all, and a name for the reader. */
  readonly buffers: readonly Pick<Buffer, 'name' | 'extent' | 'length'>[];
  /** Nodes that need no kernel: all their results lie where their operands do. */
  readonly free: ReadonlySet<string>;
  /** Operands that a group may overwrite where nobody reads them afterwards. */
  reusable(group: Group): readonly ValueId[];
}

export interface PlaceOptions {
  readonly slices: boolean;
  readonly inPlace: boolean;
}

/** `groups` in execution order; only their results, inputs and what aliases them get a place. */
export function placeValues(
  graph: Graph,
  groups: readonly Group[],
  operators: OperatorTable,
  options: PlaceOptions,
): Placement {
  const uses = usesOf(graph);
  const loweringOf = ({ op }: Node): Lowering | undefined => operators.get(op)?.lowering;
  const states = nextStates(graph);
  const kept = new Set([...states.values(), ...states.keys()]);
  const made = new Set(groups.flatMap((group) => group.results));
  const inputs = new Set(graph.inputs.map((input) => input.value));
  const producers = new Map(groups.flatMap((group) => group.results.map((value) => [value, group.anchor] as const)));
  const groupOf = new Map(groups.flatMap((group, at) => nodesOf(group).map((node) => [node.name, at])));
  const homes = concatHomes();
  /** The value that has a buffer to itself. */
  const owners = new Map<number, ValueId>();
  const places = new Map<ValueId, Place>();
  const buffers: Pick<Buffer, 'name' | 'extent' | 'length'>[] = [];
  const free = new Set<string>();

  const shapeOf = (value: ValueId): Shape => typeOf(graph, value).shape;
  const allocate = (name: string, { shape, batched }: TensorType): Place => {
    const { channels, height, width } = extentsOf(shape);
    const length = channels * height * width;
    buffers.push({ name, extent: batched ? 'image' : 'once', length });
    const slice = { channels, height, width, pixelStride: channels, imageStride: batched ? length : 0 };
    return { buffer: buffers.length - 1, within: 0, slice };
  };
  /** The place of a value that a kernel writes: its part of a concatenation, or a buffer of its own. */
  const place = (value: ValueId, name: string): Place => {
    const known = places.get(value);
    if (known) return known;
    const home = homes.get(value);
    const where = home
      ? part(place(home.whole, name), home.channel, shapeOf(value))
      : allocate(name, typeOf(graph, value));
    if (!home) owners.set(where.buffer, value);
    places.set(value, where);
    return where;
  };

  for (const input of graph.inputs) place(input.value, input.name);
  groups.forEach((group, at) => {
    const { anchor, results } = group;
    const nodes = nodesOf(group);
    if (nodes.length === 1 && alias(anchor)) {
      free.add(anchor.name);
      return;
    }
    const state = results.length === 1 ? states.get(results[0]!) : undefined;
    if (state !== undefined && anchor.operands[0] === state && isElementwise(loweringOf(anchor))) {
      places.set(results[0]!, places.get(state)!);
      return;
    }
    const reused = options.inPlace ? overwritable(group, at) : undefined;
    if (reused) places.set(results[0]!, reused);
    else for (const value of results) place(value, nodes.at(-1)!.name);
  });
  return { places, buffers, free, reusable };

  /**
   * The place of an operand that the group may overwrite, because its kernel reads each element before it stores the
   * result there, and nobody reads the operand afterwards.
   */
  function overwritable(group: Group, at: number): Place | undefined {
    const value = reusable(group).find((candidate) => {
      const last = uses.get(candidate)!.nodes.every((user) => groupOf.get(user.name)! <= at);
      return owners.get(places.get(candidate)!.buffer) === candidate && last && tenantsGone(candidate, at);
    });
    if (value === undefined) return undefined;
    const where = places.get(value)!;
    owners.set(where.buffer, group.results[0]!);
    return where;
  }

  /** Operands that the group may overwrite once nobody else reads them, whatever the order. */
  function reusable({ anchor, steps, pooling, results }: Group): readonly ValueId[] {
    if (pooling || homes.has(results[0]!)) return [];
    const elementwise = isElementwise(loweringOf(anchor));
    const combined = steps.flatMap((step) => (step.kind === 'combine' ? [step.operand] : []));
    const candidates = elementwise ? anchor.operands : combined.filter((value) => !anchor.operands.includes(value));
    const type = typeOf(graph, results[0]!);
    return candidates.filter((candidate) => {
      const where = places.get(candidate);
      if (
        !where ||
        where.map ||
        homes.has(candidate) ||
        kept.has(candidate) ||
        !sameType(typeOf(graph, candidate), type)
      )
        return false;
      const { nodes, output } = uses.get(candidate)!;
      const whole = where.within === 0 && buffers[where.buffer]!.length === sizeOf(type.shape);
      return (
        whole && !output && nodes.every((user) => !isView(loweringOf(user)) && loweringOf(user)?.kind !== 'concat')
      );
    });
  }

  /** Whether nobody reads the values that lie in a concatenation's parts, from the group `at` on. */
  function tenantsGone(whole: ValueId, at: number): boolean {
    const tenants = [...homes].filter(([, home]) => home.whole === whole).map(([value]) => value);
    return tenants.every((value) => {
      const { nodes } = uses.get(value)!;
      const gone = nodes.every((user) => groupOf.get(user.name)! < at && !isView(loweringOf(user)));
      return gone && tenantsGone(value, at);
    });
  }

  /** For values that can be written into a concatenation: which one, and from which channel on. */
  function concatHomes(): ReadonlyMap<ValueId, { readonly whole: ValueId; readonly channel: number }> {
    const found = new Map<ValueId, { whole: ValueId; channel: number }>();
    for (const group of options.slices ? groups.toReversed() : []) {
      const { anchor } = group;
      if (loweringOf(anchor)?.kind !== 'concat' || nodesOf(group).length > 1) continue;
      let channel = 0;
      const counts = Map.groupBy(anchor.operands, (value) => value);
      for (const value of anchor.operands) {
        const own = made.has(value) && !isView(loweringOf(producers.get(value)!));
        const once = counts.get(value)!.length === 1;
        if ((own || inputs.has(value)) && once && !found.has(value))
          found.set(value, { whole: anchor.results[0]!, channel });
        channel += typeOf(graph, value).shape[0]!;
      }
    }
    return found;
  }

  /** Gives the node's results the place of its operand, if they are the same memory. */
  function alias(node: Node): boolean {
    const lowering = loweringOf(node);
    if (lowering?.kind !== 'view') return false;
    const source = places.get(node.operands[0]!);
    invariant(source, `${node.name} runs before its operand`);
    if (source.map) return false;
    if (lowering.of === 'parts') {
      let channel = 0;
      for (const value of node.results) {
        places.set(value, part(source, channel, shapeOf(value)));
        channel += shapeOf(value)[0]!;
      }
      return true;
    }
    const value = node.results[0]!;
    const where = reshaped(source, shapeOf(value)) ?? leftAsMap(node, source);
    if (where) places.set(value, where);
    return where !== undefined;
  }

  /** A flatten that only dense layers read, of a map without gaps: their weights are permuted instead. */
  function leftAsMap(node: Node, source: Place): Place | undefined {
    const { nodes, output } = uses.get(node.results[0]!)!;
    const { slice } = source;
    const dense =
      nodes.every((user) => readsFlattened(loweringOf(user))) && !output && shapeOf(node.results[0]!).length === 1;
    if (!dense || slice.pixelStride !== slice.channels) return undefined;
    const { channels, height, width } = slice;
    const features = channels * height * width;
    const flat = { channels: features, height: 1, width: 1, pixelStride: features, imageStride: slice.imageStride };
    return { ...source, slice: flat, map: { channels, height, width } };
  }
}

/** The next value of each state → the value that it takes the place of. */
function nextStates({ inputs, outputs }: Graph): ReadonlyMap<ValueId, ValueId> {
  const before = new Map(inputs.flatMap(({ name, value, state }) => (state ? [[name, value] as const] : [])));
  return new Map(outputs.flatMap(({ name, value }) => (before.has(name) ? [[value, before.get(name)!] as const] : [])));
}

/** Channels `channel` … of a place. */
function part(whole: Place, channel: number, shape: Shape): Place {
  const { channels } = extentsOf(shape);
  return { buffer: whole.buffer, within: whole.within + channel, slice: { ...whole.slice, channels } };
}

/** The same elements as another shape, where NCHW order and memory order agree; undefined where they do not. */
function reshaped(source: Place, shape: Shape): Place | undefined {
  const from = source.slice;
  const to = extentsOf(shape);
  if (from.channels === to.channels && from.height * from.width === to.height * to.width) {
    return { ...source, slice: { ...from, ...to } };
  }
  // Without a second channel, or without a second pixel, memory order is the elements' order.
  const run = from.height * from.width === 1 || (from.channels === 1 && from.pixelStride === 1);
  if (!run || (to.channels > 1 && to.height * to.width > 1)) return undefined;
  return { ...source, slice: { ...to, pixelStride: to.channels, imageStride: from.imageStride } };
}
