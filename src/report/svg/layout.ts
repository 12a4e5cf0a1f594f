// Lays a network out in layers (Sugiyama, Tagawa & Toda, 1981; by dagre), every block by itself, so that blocks can fold
// without a new layout: horizontal places and ranks are fixed here, vertical places follow when ranks are stacked.

import { Graph, layout as dagre } from '@dagrejs/dagre';
import { crossedRanks } from './crossings.ts';
import type { Box, Drawing, Edge, Group, Item } from './drawing.ts';
import { metrics } from './drawing.ts';

/** Above this many steps, of blocks that look alike only the first is open. */
const manySteps = 24;

/** Steps of a network, and boxes of a block or of what is outside of all: so many are laid out in about two seconds. */
const [mostSteps, mostBoxes] = [3000, 600];
/** Ranks that the lines of a block cross together. DenseNet-121, the largest example, has 307 steps and crosses 480 in all. */
const mostCrossed = 3000;

/** What is said of a network that is not `isDrawable`. */
export const notDrawn =
  'the network is too large to be drawn, or too many of its lines pass other steps; blocks make it smaller';

/** Whether `layOut` takes no more than some two seconds. */
export function isDrawable(items: readonly Item[]): boolean {
  return items.length <= mostSteps && isSmall(connected(items));
}

/** Where everything stands: blocks as groups. In large networks, of blocks that look alike only the first is open. */
export function layOut(items: readonly Item[]): Drawing {
  const tree = connected(items);
  const group = arrange(tree, '', new Map());
  const seen = new Set<number>();
  const folded: string[] = [];
  const visit = ({ boxes }: Group): void => {
    for (const box of boxes) {
      if (!box.group) continue;
      const again = seen.has(box.look!);
      seen.add(box.look!);
      if (again) folded.push(box.id);
      visit(box.group);
    }
  };
  if (items.length > manySteps) visit(group);
  return { group, folded };
}

function connected(items: readonly Item[]): Tree {
  const tree = treeOf(items);
  connect(tree, items);
  return tree;
}

/** A block, or the network. */
interface Tree {
  readonly name: string;
  readonly of: string;
  readonly children: Map<string, Item | Tree>;
  readonly edges: Map<string, { readonly from: string; readonly to: string; readonly key: string }>;
  /** Items outside that are read inside, and those inside that are read outside. */
  readonly ins: Set<string>;
  readonly outs: Set<string>;
}

const isTree = (child: Item | Tree): child is Tree => 'children' in child;
const newTree = (name: string, of: string): Tree => ({
  name,
  of,
  children: new Map(),
  edges: new Map(),
  ins: new Set(),
  outs: new Set(),
});

const blockId = (name: string): string => `block ${name}`;
const inId = (key: string): string => `in ${key}`;
const outId = (key: string): string => `out ${key}`;

/** Blocks of a single item are no boxes of their own. */
function treeOf(items: readonly Item[]): Tree {
  const sizes = new Map<string, number>();
  for (const { blocks } of items) for (const { name } of blocks) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  const root = newTree('', '');
  for (const item of items) {
    let tree = root;
    for (const { name, of } of item.blocks.filter((block) => sizes.get(block.name)! > 1)) {
      const inner = tree.children.get(blockId(name)) ?? newTree(name, of);
      tree.children.set(blockId(name), inner);
      tree = inner as Tree;
    }
    tree.children.set(item.id, item);
  }
  return root;
}

/** Enters an edge into every block that it touches or crosses. */
function connect(root: Tree, items: readonly Item[]): void {
  const paths = new Map<string, readonly Tree[]>();
  const walk = (tree: Tree, path: readonly Tree[]): void => {
    for (const [id, child] of tree.children) {
      if (isTree(child)) walk(child, [...path, child]);
      else paths.set(id, path);
    }
  };
  walk(root, [root]);
  const link = (tree: Tree, from: string, to: string, key: string): void =>
    void tree.edges.set(JSON.stringify([from, to, key]), { from, to, key });
  for (const { id, reads } of items) {
    for (const source of reads) {
      const [from, to] = [paths.get(source), paths.get(id)!];
      if (!from) continue;
      let common = 0;
      while (common < from.length && from[common] === to[common]) common += 1;
      const childOf = (path: readonly Tree[], depth: number, leaf: string): string =>
        depth < path.length ? blockId(path[depth]!.name) : leaf;
      link(from[common - 1]!, childOf(from, common, source), childOf(to, common, id), source);
      for (const [depth, tree] of from.entries()) {
        if (depth < common) continue;
        tree.outs.add(source);
        link(tree, childOf(from, depth + 1, source), outId(source), source);
      }
      for (const [depth, tree] of to.entries()) {
        if (depth < common) continue;
        tree.ins.add(source);
        link(tree, inId(source), childOf(to, depth + 1, id), source);
      }
    }
  }
}

/** Whether this block and those inside can be laid out in a moment. */
function isSmall(tree: Tree): boolean {
  const { ins, outs, children, edges } = tree;
  if (ins.size + children.size + outs.size > mostBoxes) return false;
  const reads = new Map(
    [...[...ins].map(inId), ...children.keys(), ...[...outs].map(outId)].map((id) => [id, [] as string[]]),
  );
  for (const { from, to } of edges.values()) reads.get(to)!.push(from);
  const crossed = crossedRanks([...reads].map(([id, above]) => ({ id, reads: above })));
  return crossed <= mostCrossed && [...children.values()].every((child) => !isTree(child) || isSmall(child));
}

/** `looks` numbers what blocks look like inside. */
function arrange(tree: Tree, prefix: string, looks: Map<string, number>): Group {
  const boxes = [
    ...[...tree.ins].map((key) => port('in', inId(key))),
    ...[...tree.children.values()].map((child) =>
      isTree(child) ? blockBox(child, prefix, looks) : itemBox(child, prefix),
    ),
    ...[...tree.outs].map((key) => port('out', outId(key))),
  ];
  const edges = [...tree.edges.values()];
  // The library keeps names as keys of plain objects, so it gets numbers: `__proto__` is a name like any other.
  const keys = new Map(boxes.map(({ id }, at) => [id, `${at}`]));
  const keyOf = (id: string): string => keys.get(id)!;
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 22, edgesep: 22, ranksep: 30 });
  for (const { id, width } of boxes) graph.setNode(keyOf(id), { width, height: 10 });
  // What a block begins with stands at its top.
  for (const [index, { from, to }] of edges.entries())
    graph.setEdge(keyOf(from), keyOf(to), { weight: from.startsWith('in ') ? 2 : 1 }, `${index}`);
  pin(
    graph,
    [...tree.ins].map((key) => keyOf(inId(key))),
    'top',
  );
  pin(
    graph,
    [...tree.outs].map((key) => keyOf(outId(key))),
    'bottom',
  );
  dagre(graph);

  const at = boxes.map((_, index) => graph.node(`${index}`) as Point);
  const lines = edges.map(
    ({ from, to }, index): readonly Point[] => graph.edge(keyOf(from), keyOf(to), `${index}`).points ?? [],
  );
  const levels = [...new Set(at.map(({ y }) => Math.round(y)))].toSorted((a, b) => a - b);
  const rankOf = (y: number): number => levels.indexOf(Math.round(y));
  const sign = isMirrored(at) ? -1 : 1;
  const xOf = (id: string): number => sign * at[Number(keyOf(id))]!.x;
  const crossings = lines.flatMap((points) => points.map(({ x }) => sign * x));
  let left = Math.min(...boxes.map(({ id, width }) => xOf(id) - width / 2), ...crossings);
  let right = Math.max(...boxes.map(({ id, width }) => xOf(id) + width / 2), ...crossings);
  // The line that enters goes straight on.
  if (tree.ins.size === 1) {
    const middle = xOf(inId([...tree.ins][0]!));
    const half = Math.max(middle - left, right - middle);
    [left, right] = [middle - half, middle + half];
  }
  const redundant = new Set(
    edges
      .filter(({ from, to }) => to.startsWith('out ') && edges.every((edge) => edge.from !== from || edge.to === to))
      .map(({ from }) => from),
  );
  return {
    width: round(right - left),
    boxes: boxes.map((box) => {
      const shape = redundant.has(box.id) ? '' : box.shape;
      return { ...box, shape, x: round(xOf(box.id) - left), rank: rankOf(at[Number(keyOf(box.id))]!.y) };
    }),
    edges: edges.map((edge, index): Edge => ({
      ...edge,
      via: lines[index]!.slice(1, -1)
        .map(({ x, y }) => ({ x: round(sign * x - left), rank: rankOf(y) }))
        .filter(({ rank }) => rank >= 0),
    })),
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Whether what is written first stands to the right of what follows. */
function isMirrored(at: readonly Point[]): boolean {
  const mean = at.reduce((sum, { x }) => sum + x, 0) / Math.max(1, at.length);
  const middle = (at.length - 1) / 2;
  return at.reduce((sum, { x }, index) => sum + (x - mean) * (index - middle), 0) < -1;
}

/** Several ports of a block stand in one rank, because a node that is not drawn holds them. */
function pin(graph: Graph, ports: readonly string[], side: 'top' | 'bottom'): void {
  if (ports.length < 2) return;
  graph.setNode(side, { width: 0, height: 0 });
  for (const id of ports) {
    const [from, to] = side === 'top' ? [side, id] : [id, side];
    graph.setEdge(from, to, { weight: 20 }, `pin ${id}`);
  }
}

function itemBox({ name, id, kind, text, shape, macs, layers, done, missed, blocks }: Item, prefix: string): Box {
  const inner = blocks.at(-1)?.name;
  // A block of one step gives it its name.
  const shown = inner !== undefined && inner !== prefix ? inner : name;
  const title = clip(local(shown, prefix));
  const short = clip(text);
  const width = widthOf(title, short, shape);
  return { id, kind, x: 0, rank: 0, width, title, text: short, shape, macs, layers, done, missed };
}

function blockBox(tree: Tree, prefix: string, looks: Map<string, number>): Box {
  const group = arrange(tree, tree.name, looks);
  const title = clip(local(tree.name, prefix));
  const steps = itemsOf(tree);
  const text = `${clip(tree.of)}, ${steps.length} steps`;
  const last = steps.find(({ id }) => tree.outs.has(id)) ?? steps.at(-1)!;
  const inside = group.width + 2 * metrics.padding;
  const header = (title.length + text.length + 5) * metrics.titleCharacter + 40;
  const look = JSON.stringify([
    tree.of,
    group.boxes.map(
      ({ title: name, look: inner, text: what }) => inner ?? [name, what.replace(/(?<![\d+])\d+(?:\+\d+)+/, '')],
    ),
  ]);
  if (!looks.has(look)) looks.set(look, looks.size);
  const sum = (of: (item: Item) => number): number => steps.reduce((total, item) => total + of(item), 0);
  return {
    id: blockId(tree.name),
    kind: 'block',
    x: 0,
    rank: 0,
    width: Math.ceil(Math.max(inside, header, widthOf(title, text, last.shape) + 24)),
    title,
    text,
    shape: last.shape,
    macs: sum(({ macs }) => macs),
    layers: steps.flatMap(({ layers }) => layers),
    done: sum(({ done }) => done),
    missed: sum(({ missed }) => missed),
    group,
    look: looks.get(look)!,
  };
}

function port(kind: 'in' | 'out', id: string): Box {
  return { ...EMPTY, id, kind };
}

const EMPTY = {
  x: 0,
  rank: 0,
  width: 12,
  title: '',
  text: '',
  shape: '',
  macs: 0,
  layers: [],
  done: 0,
  missed: 0,
} as const;

function itemsOf(tree: Tree): readonly Item[] {
  return [...tree.children.values()].flatMap((child) => (isTree(child) ? itemsOf(child) : [child]));
}

function widthOf(title: string, text: string, shape: string): number {
  const { titleCharacter, textCharacter, textPadding } = metrics;
  const widest = Math.max(title.length * titleCharacter, text.length * textCharacter, shape.length * textCharacter);
  return Math.ceil(Math.max(70, widest + textPadding));
}

const local = (name: string, prefix: string): string =>
  prefix !== '' && name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : name;

const clip = (text: string): string =>
  text.length > metrics.longestText ? `${text.slice(0, metrics.longestText - 1)}…` : text;

const round = (value: number): number => Math.round(value * 2) / 2 + 0;
