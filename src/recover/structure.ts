// From a graph to chains: a branch that splits and meets again becomes parallel paths where no value leaves it, and otherwise a
// region with names of its own. This is the reduction of series–parallel graphs (Valdes, Tarjan & Lawler, 1982) by dominators.

import type { Node, ValueId } from '../../compiler/ir/graph.ts';
import type { Flow } from './flow.ts';
import { stepOf } from './step.ts';
import type { Body, Item, Line, Operand } from './tree.ts';

/** Nodes of the largest piece that is written as parallel paths; in a larger one, the values that meet have names. */
const LONGEST_BRANCH = 40;
/** Parallel paths inside each other. */
const DEEPEST_BRANCH = 2;

/** A part of a body that is computed as one: a step, or a closed piece with one value in and one out. */
interface Unit {
  /** Those that flow; the first is where the chain goes on. */
  readonly reads: readonly ValueId[];
  readonly results: readonly ValueId[];
  readonly order: number;
  /** Whether the first value, too, is given by its name: `1 - x`. */
  readonly byName: boolean;
  /** The items, given the numbers of the values with names. */
  item(numberOf: (value: ValueId) => number): Item;
}

/** The body of the whole network. */
export function structureOf(flow: Flow): Body {
  const { graph } = flow;
  return bodyOf(
    flow,
    graph.inputs.map(({ value }) => value),
    graph.nodes,
    graph.outputs.map(({ value }) => value),
    true,
  );
}

/** Everything between two values, of which the first is on every way to the second. */
function sequence(flow: Flow, from: ValueId, to: ValueId): Item[] {
  const items: Item[] = [];
  for (let at = to; at !== from;) {
    const node = flow.producerOf(at)!;
    const entry = isAdjusted(flow, node) ? beforeAdjusted(flow, node, from) : flow.entryOf(node)!;
    items.push(isLink(flow, node) ? stepOf(flow, node, [{ kind: 'flow' }]) : closed(flow, entry, at));
    at = entry;
  }
  return items.toReversed();
}

/** Whether it takes one value and gives one, with nothing beside. */
function isLink(flow: Flow, node: Node): boolean {
  return flow.dataOf(node).length === 1 && node.results.length === 1 && !needsName(node);
}

/** Whether it takes one value that flows and learned tensors: Caffe's scale layers are two of them. */
function isAdjusted(flow: Flow, node: Node): boolean {
  return flow.flowsOf(node).length === 1 && flow.dataOf(node).length > 1 && node.results.length === 1;
}

/** The value before all such nodes in a row, or before so many of them. */
function beforeAdjusted(flow: Flow, last: Node, from: ValueId | undefined, most = Infinity): ValueId {
  let [value] = flow.flowsOf(last) as readonly [ValueId];
  let count = 1;
  for (let node = flow.producerOf(value); node && value !== from && count < most; node = flow.producerOf(value)) {
    const isInner = flow.readersOf(value).length === 1 && !flow.outputs.has(value);
    if (!isInner || !isAdjusted(flow, node)) break;
    [value] = flow.flowsOf(node) as readonly [ValueId];
    count += 1;
  }
  return value;
}

/** `1 - x` and `1 / x` begin with the number: what they take must have a name. */
function needsName({ op }: Node): boolean {
  return op === 'subtracted_from' || op === 'dividing';
}

/** What lies between, as parallel paths or a region. */
function closed(flow: Flow, from: ValueId, to: ValueId): Item {
  const node = flow.producerOf(to)!;
  const paths = pathsOf(flow, from, node);
  if (!paths || paths === 'long')
    return { kind: 'region', body: bodyOf(flow, [from], inOrder(flow, from, to), [to], false), result: to };
  return { kind: 'parallel', join: stepOf(flow, node, []), paths, result: to };
}

function inOrder(flow: Flow, from: ValueId, to: ValueId): readonly Node[] {
  return [...flow.between(from, to, Infinity)!].toSorted((a, b) => flow.orderOf(a) - flow.orderOf(b));
}

function isJoin(flow: Flow, node: Node): boolean {
  const count = flow.flowsOf(node).length;
  return count > 1 && count === flow.dataOf(node).length && node.results.length === 1;
}

/** The paths to a join; undefined where two have a step in common, and `long` where names are easier to follow. */
function pathsOf(flow: Flow, from: ValueId, join: Node): Paths {
  let known = joins.get(flow);
  if (!known) joins.set(flow, (known = new Map()));
  if (!known.has(join)) known.set(join, findPaths(flow, from, join));
  return known.get(join);
}

type Paths = readonly Item[][] | 'long' | undefined;

/** The paths of joins that were asked for: those inside of others are asked for again and again. */
const joins = new WeakMap<Flow, Map<Node, Paths>>();

function findPaths(flow: Flow, from: ValueId, join: Node): Paths {
  if (!isJoin(flow, join)) return undefined;
  if (!flow.between(from, join.results[0]!, LONGEST_BRANCH)) return 'long';
  const seen = new Set<Node>();
  const ends = flow.dataOf(join);
  for (const end of ends) {
    for (const node of flow.between(from, end, LONGEST_BRANCH)!) {
      if (seen.has(node)) return undefined;
      seen.add(node);
    }
  }
  if (ends.filter((end) => end === from).length > 1) return undefined;
  const paths = ends.map((end) => sequence(flow, from, end));
  return depthOf(paths) < DEEPEST_BRANCH ? paths : 'long';
}

/** How deep parallel paths are in each other. */
function depthOf(paths: readonly (readonly Item[])[]): number {
  return Math.max(...paths.flat().map((item) => (item.kind === 'parallel' ? 1 + depthOf(item.paths) : 0)), 0);
}

function bodyOf(
  flow: Flow,
  inputs: readonly ValueId[],
  nodes: readonly Node[],
  results: readonly ValueId[],
  isNetwork: boolean,
): Body {
  const units = scheduled(unitsOf(flow, inputs, nodes, results), inputs);
  const named = namedValues(units, inputs, isNetwork ? results : []);
  const numbers = new Map(inputs.map((value, at) => [value, at]));
  const values = [...inputs];
  for (const { results: made } of units) {
    for (const value of made) {
      if (!named.has(value) && made.length === 1) continue;
      numbers.set(value, values.length);
      values.push(value);
    }
  }
  const numberOf = (value: ValueId): number => numbers.get(value)!;
  return {
    inputs: inputs.length,
    lines: linesOf(units, inputs, numbers, numberOf),
    results: results.map((value) => numbers.get(value) ?? 'flow'),
    values,
  };
}

/** Values that something reads otherwise than by going on from them. */
function namedValues(
  units: readonly Unit[],
  inputs: readonly ValueId[],
  results: readonly ValueId[],
): ReadonlySet<ValueId> {
  const named = new Set(results);
  let flowing = inputs.length === 1 ? inputs[0] : undefined;
  for (const { reads, byName, results: made } of units) {
    for (const [at, value] of reads.entries()) if (byName || at > 0 || value !== flowing) named.add(value);
    flowing = made.length === 1 ? made[0] : undefined;
  }
  return named;
}

function linesOf(
  units: readonly Unit[],
  inputs: readonly ValueId[],
  numbers: ReadonlyMap<ValueId, number>,
  numberOf: (value: ValueId) => number,
): readonly Line[] {
  const lines: Line[] = [];
  let flowing = inputs.length === 1 ? inputs[0] : undefined;
  let open: { head?: number; items: Item[] } | undefined;
  for (const { reads, results, byName, item } of units) {
    if (byName || reads[0] !== flowing) {
      if (open) lines.push({ ...open, names: [] });
      open = { ...(byName ? {} : { head: numberOf(reads[0]!) }), items: [] };
    }
    open ??= { items: [] };
    open.items.push(item(numberOf));
    flowing = results.length === 1 ? results[0] : undefined;
    if (results.length > 1 || numbers.has(results[0]!)) {
      lines.push({ ...open, names: results.map(numberOf) });
      open = undefined;
    }
  }
  if (open) lines.push({ ...open, names: [] });
  return lines;
}

/** In an order in which chains are long: what can go on from what flows comes first. */
function scheduled(units: readonly Unit[], inputs: readonly ValueId[]): readonly Unit[] {
  const known = new Set(inputs);
  const left = new Set(units.toSorted((a, b) => a.order - b.order));
  const readers = new Map<ValueId, Unit[]>();
  for (const unit of left) {
    const [first] = unit.reads;
    const list = readers.get(first!);
    if (list) list.push(unit);
    else readers.set(first!, [unit]);
  }
  const isReady = (unit: Unit): boolean => left.has(unit) && unit.reads.every((value) => known.has(value));
  const sorted: Unit[] = [];
  let flowing = inputs.length === 1 ? inputs[0] : undefined;
  while (left.size > 0) {
    const next = (flowing === undefined ? undefined : readers.get(flowing)?.find(isReady)) ?? firstReady(left, isReady);
    left.delete(next);
    sorted.push(next);
    for (const value of next.results) known.add(value);
    flowing = next.results.length === 1 ? next.results[0] : undefined;
  }
  return sorted;
}

function firstReady(left: ReadonlySet<Unit>, isReady: (unit: Unit) => boolean): Unit {
  for (const unit of left) if (isReady(unit)) return unit;
  throw new Error('a graph whose nodes are in no order');
}

function unitsOf(
  flow: Flow,
  inputs: readonly ValueId[],
  nodes: readonly Node[],
  results: readonly ValueId[],
): readonly Unit[] {
  const around = {
    inside: new Set(nodes),
    inputs,
    ends: new Set([...flow.outputs, ...results]),
    isRow: nodes.every((node) => isAdjusted(flow, node)),
  };
  const taken = new Set<Node>();
  const units: Unit[] = [];
  for (const node of nodes.toReversed()) {
    if (taken.has(node)) continue;
    taken.add(node);
    const piece = pieceBefore(flow, node, around);
    if (!piece) {
      units.push(stepUnit(flow, node, inputs));
      continue;
    }
    for (const one of piece.nodes) taken.add(one);
    const [to] = node.results;
    units.push({
      reads: [piece.from],
      results: [to!],
      order: Math.min(...[...piece.nodes].map(flow.orderOf)),
      byName: false,
      item: () => closed(flow, piece.from, to!),
    });
  }
  return units;
}

function stepUnit(flow: Flow, node: Node, inputs: readonly ValueId[]): Unit {
  const reads = flow.flowsOf(node);
  const data = flow.dataOf(node);
  const byName = needsName(node) || data[0] !== reads[0];
  return {
    reads,
    results: node.results,
    order: flow.orderOf(node),
    byName,
    item: (numberOf) => {
      const operands = data.map((value, at): Operand => {
        const learned = flow.parameters.get(value);
        if (learned) return learnedOperand(flow, node, value, inputs.length === 1 ? inputs[0] : undefined);
        return at === 0 && !byName ? { kind: 'flow' } : { kind: 'named', local: numberOf(value) };
      });
      return stepOf(flow, node, operands);
    },
  };
}

function learnedOperand({ graph, parameters }: Flow, node: Node, value: ValueId, entry: ValueId | undefined): Operand {
  const { initial } = parameters.get(value)!;
  const shape = graph.types.get(value)!.shape;
  const flowing = entry === undefined ? [] : graph.types.get(entry)!.shape;
  const extents = shape.map((extent, axis) => {
    const of = axis + flowing.length - shape.length;
    return extent > 1 && extent === flowing[of] ? (axes[flowing.length]?.[of] ?? extent) : extent;
  });
  return {
    kind: 'learned',
    role: roles.get(node.op) ?? 'tensor',
    initial: initial.kind === 'constant' ? initial.value : 0,
    shape: extents,
  };
}

/** What a learned tensor is called, by what is done with it. */
const roles: ReadonlyMap<string, string> = new Map([
  ['mul', 'factor'],
  ['add', 'shift'],
]);

const axes: Readonly<Record<number, readonly string[]>> = {
  1: ['features'],
  2: ['length', 'features'],
  3: ['channels', 'height', 'width'],
};

/** The body in which a piece lies. */
interface Around {
  readonly inside: ReadonlySet<Node>;
  readonly inputs: readonly ValueId[];
  /** Values that are read outside of it. */
  readonly ends: ReadonlySet<ValueId>;
  /** Whether all of its nodes take one value that flows and learned tensors. */
  readonly isRow: boolean;
}

/** The closed piece that ends with a join: what is computed in it is read in it alone. Undefined where that is all there is. */
function pieceBefore(
  flow: Flow,
  node: Node,
  { inside, inputs, ends, isRow }: Around,
): { readonly from: ValueId; readonly nodes: ReadonlySet<Node> } | undefined {
  const [to, ...others] = node.results;
  const isAdjusting = isAdjusted(flow, node);
  if (isAdjusting && isRow) return undefined;
  const from = isAdjusting
    ? beforeAdjusted(flow, node, inputs.length === 1 ? inputs[0] : undefined, LONGEST_BRANCH + 1)
    : flow.entryOf(node);
  if (isLink(flow, node) || others.length > 0 || from === undefined) return undefined;
  const piece = flow.between(from, to!, LONGEST_BRANCH);
  // A long piece is easier to follow as lines among those around it.
  if (!piece) return undefined;
  for (const one of piece) {
    if (!inside.has(one)) return undefined;
    if (one === node) continue;
    const leaves = one.results.some(
      (value) => ends.has(value) || flow.readersOf(value).some((reader) => !piece.has(reader)),
    );
    if (leaves) return undefined;
  }
  const paths = pathsOf(flow, from, node);
  if (paths === 'long') return undefined;
  const isAll = piece.size === inside.size && inputs.length === 1 && inputs[0] === from;
  if (isAll && !paths) return undefined;
  return { from, nodes: piece };
}
