// Places the boxes of a drawing: stacks its ranks, with blocks open or folded. Pure, and part of the page of a report, where
// folding a block stacks again.

import type { Box, Drawing, Edge, Group } from './drawing.ts';
import { metrics } from './drawing.ts';

export interface PlacedBox {
  readonly box: Box;
  /** Of its upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly isOpen: boolean;
  /** Open blocks around it. */
  readonly depth: number;
}

export interface PlacedEdge {
  /** Items at both ends. */
  readonly from: string;
  readonly to: string;
  /** Passes over steps to a place where lines meet: the shortcut of a residual block. */
  readonly isSkip: boolean;
  /** An SVG path. */
  readonly path: string;
  readonly end: Point;
  /** Whether it ends at a box rather than at the border of a block. */
  readonly arrow: boolean;
}

export interface Placed {
  readonly width: number;
  readonly height: number;
  /** Outer blocks before what is in them. */
  readonly boxes: readonly PlacedBox[];
  readonly edges: readonly PlacedEdge[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where every box and edge stands, in pixels, with the blocks whose ids are in `folded` shown as single boxes. */
export function stack(drawing: Drawing, folded: ReadonlySet<string>): Placed {
  const margin = 10;
  const context: Context = { folded, sizes: new Map(), boxes: [], edges: [] };
  placeGroup(drawing.group, margin, margin, 0, context);
  const { boxes, edges } = context;
  const height = ranksOf(drawing.group, context).height;
  return { width: drawing.group.width + 2 * margin, height: height + 2 * margin, boxes, edges };
}

interface Context {
  readonly folded: ReadonlySet<string>;
  readonly sizes: Map<Group, Ranks>;
  readonly boxes: PlacedBox[];
  readonly edges: PlacedEdge[];
}

/** Upper and lower ends of the ranks of a group, from its top. */
interface Ranks {
  readonly tops: readonly number[];
  readonly bottoms: readonly number[];
  readonly height: number;
}

function ranksOf(group: Group, context: Context): Ranks {
  const known = context.sizes.get(group);
  if (known) return known;
  const count = Math.max(-1, ...group.boxes.map(({ rank }) => rank)) + 1;
  const heights: number[] = Array.from({ length: count }, () => 0);
  for (const box of group.boxes) heights[box.rank] = Math.max(heights[box.rank]!, heightOf(box, context) + stemOf(box));
  const gaps = gapsOf(group, count);
  const tops: number[] = [];
  const bottoms: number[] = [];
  let y = 0;
  for (const [rank, height] of heights.entries()) {
    tops.push(y);
    y += height;
    bottoms.push(y);
    if (rank + 1 < count) y += gaps[rank]!;
  }
  const isClosed = group.boxes.every(({ kind }) => kind !== 'out') && group.boxes.some(({ kind }) => kind === 'in');
  const ranks = { tops, bottoms, height: y + (isClosed ? metrics.padding : 0) };
  context.sizes.set(group, ranks);
  return ranks;
}

function placeGroup(group: Group, left: number, top: number, depth: number, context: Context): void {
  const ranks = ranksOf(group, context);
  const tops = ranks.tops.map((y) => top + y);
  const bottoms = ranks.bottoms.map((y) => top + y);
  const placed = new Map<string, PlacedBox>();
  for (const box of group.boxes) {
    const isOpen = box.group !== undefined && !context.folded.has(box.id);
    const width = box.group && !isOpen ? foldedWidth(box) : box.width;
    const one = {
      box,
      isOpen,
      depth,
      width,
      height: heightOf(box, context),
      x: left + box.x - width / 2,
      y: tops[box.rank]!,
    };
    placed.set(box.id, one);
    if (box.kind === 'in' || box.kind === 'out') continue;
    context.boxes.push(one);
    if (isOpen) placeGroup(box.group!, insideOf(one), one.y + metrics.header, depth + 1, context);
  }
  const entering = new Map<string, number>();
  for (const { to } of group.edges) entering.set(to, (entering.get(to) ?? 0) + 1);
  for (const edge of group.edges) {
    const isSkip = edge.via.length > 0 && edge.from.startsWith('in ') && entering.get(edge.to)! > 1;
    context.edges.push({ ...route(edge, placed, left, tops, bottoms), isSkip });
  }
}

function route(
  { from, to, key, via }: Edge,
  placed: ReadonlyMap<string, PlacedBox>,
  left: number,
  tops: readonly number[],
  bottoms: readonly number[],
): Omit<PlacedEdge, 'isSkip'> {
  const [source, target] = [placed.get(from)!, placed.get(to)!];
  const start = { x: portOf(source, 'out', key), y: source.y + source.height };
  const end = { x: portOf(target, 'in', key), y: target.y };
  const points: Point[] = [start, { x: start.x, y: bottoms[source.box.rank]! }];
  for (const { x, rank } of via) points.push({ x: left + x, y: tops[rank]! }, { x: left + x, y: bottoms[rank]! });
  points.push(end);
  // An output port hands its line on at the lower border of its block.
  const arrow = target.box.kind !== 'out';
  return { from, to, path: pathOf(points), end, arrow };
}

/** Vertical lines through ranks, curves between them. */
function pathOf([start, ...others]: readonly Point[]): string {
  let { x, y } = start!;
  let path = `M${short(x)} ${short(y)}`;
  for (const point of others) {
    const middle = short((y + point.y) / 2);
    path +=
      point.x === x
        ? `V${short(point.y)}`
        : `C${short(x)} ${middle} ${short(point.x)} ${middle} ${short(point.x)} ${short(point.y)}`;
    ({ x, y } = point);
  }
  return path;
}

/** Where an edge meets a box: in the middle, or at the port of an open block. */
function portOf(one: PlacedBox, side: 'in' | 'out', key: string): number {
  const middle = one.x + one.width / 2;
  if (!one.isOpen) return middle;
  const port = one.box.group!.boxes.find(({ id }) => id === `${side} ${key}`);
  return port ? insideOf(one) + port.x : middle;
}

function insideOf({ box, x, width }: PlacedBox): number {
  return x + (width - box.group!.width) / 2;
}

function heightOf(box: Box, context: Context): number {
  if (box.kind === 'in' || box.kind === 'out') return 0;
  if (!box.group || context.folded.has(box.id)) return metrics.boxHeight;
  return metrics.header + ranksOf(box.group, context).height;
}

/** Room for the line that leaves a box, and the shape beside it. */
function stemOf({ shape, kind }: Box): number {
  return kind === 'output' || shape === '' ? 0 : metrics.stem;
}

function foldedWidth({ title, text, shape, width }: Box): number {
  const { titleCharacter, textCharacter, textPadding } = metrics;
  const widest = Math.max(
    title.length * titleCharacter + 22,
    text.length * textCharacter,
    shape.length * textCharacter,
  );
  return Math.min(width, Math.ceil(widest + textPadding));
}

/** The further lines go sideways, the more room they have. */
function gapsOf({ boxes, edges }: Group, ranks: number): readonly number[] {
  const furthest: number[] = Array.from({ length: ranks }, () => 0);
  const byId = new Map(boxes.map((box) => [box.id, box]));
  for (const { from, to, via } of edges) {
    const [source, target] = [byId.get(from)!, byId.get(to)!];
    const stops = [source, ...via, target];
    for (const [at, stop] of stops.slice(1).entries()) {
      const before = stops[at]!;
      furthest[before.rank] = Math.max(furthest[before.rank]!, Math.abs(stop.x - before.x));
    }
  }
  return furthest.map((distance) => Math.round(Math.min(46, 16 + distance / 10)));
}

const short = (value: number): number => Math.round(value * 10) / 10;
