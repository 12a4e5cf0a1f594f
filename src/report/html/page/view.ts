// A drawing in a pane of a page: blocks fold and open, it grows and shrinks, and the boxes of chosen layers are marked. Used by
// reports' pages and by the playground.

import type { Box, Drawing } from '../../svg/drawing.ts';
import { drawSvg } from '../../svg/draw.ts';

/** A factor; `width`: as wide as there is room, but legible; `all`: the whole drawing in its pane. */
export type Zoom = number | 'width' | 'all';

export interface View {
  readonly drawing: Drawing;
  /** Its `data-label` is what a screen reader says of the drawing. */
  readonly pane: HTMLElement;
  /** Ids of the blocks that are folded. */
  readonly folded: Set<string>;
  /** Layers of every box, and the blocks around it, outermost first, by the box's id. */
  readonly layers: ReadonlyMap<string, readonly string[]>;
  readonly parents: ReadonlyMap<string, readonly string[]>;
  zoom: Zoom;
}

/** Text is legible down to this factor. */
const legible = 0.75;
const [smallest, largest] = [0.1, 3];

/** Folded as the drawing says. It appears with `drawView`. */
export function viewOf(pane: HTMLElement, drawing: Drawing): View {
  const [layers, parents] = [new Map<string, readonly string[]>(), new Map<string, readonly string[]>()];
  const walk = ({ boxes }: Drawing['group'], around: readonly string[]): void => {
    for (const box of boxes) {
      layers.set(box.id, box.layers);
      parents.set(box.id, around);
      if (box.group) walk(box.group, [...around, box.id]);
    }
  };
  walk(drawing.group, []);
  return { drawing, pane, folded: new Set(drawing.folded), layers, parents, zoom: 'width' };
}

/** The layers of the step with most MACs. */
export function costliest({ boxes }: Drawing['group']): readonly string[] {
  const steps = (inside: readonly Box[]): readonly Box[] =>
    inside.flatMap((box) => (box.group ? steps(box.group.boxes) : [box]));
  return steps(boxes).toSorted((a, b) => b.macs - a.macs)[0]?.layers ?? [];
}

/** Draws it anew, in the size that its zoom asks for. */
export function drawView(view: View): void {
  const { pane, drawing, folded } = view;
  pane.innerHTML = drawSvg(drawing, folded, pane.dataset['label'] ?? '');
  const svg = pane.querySelector('svg')!;
  const { width, height } = svg.viewBox.baseVal;
  const factor = factorOf(view, width, height);
  svg.setAttribute('width', `${width * factor}`);
  svg.setAttribute('height', `${height * factor}`);
}

/** How much a drawing of this size is enlarged. A hidden pane has no room to measure: it is drawn again when it is shown. */
function factorOf({ pane, zoom }: View, width: number, height: number): number {
  if (typeof zoom === 'number') return zoom;
  const room = pane.clientWidth;
  if (room === 0) return 1;
  const across = Math.min(1, room / width);
  if (zoom === 'width') return Math.max(legible, across);
  // A pane that shrinks around its drawing says in its style how high it may be.
  const most = Number.parseFloat(getComputedStyle(pane).maxHeight);
  const high = Number.isFinite(most) ? most : pane.clientHeight;
  return Math.max(smallest, Math.min(across, (high - 8) / height));
}

/** What a button of a drawing's tools does, by its `data-do`. */
export type ViewAction = 'fold' | 'open' | 'in' | 'out' | 'fit';

/** Folds or opens all blocks, or changes the size; the view has to be drawn again. */
export function change(view: View, action: ViewAction): void {
  switch (action) {
    case 'fold':
      for (const id of view.parents.keys()) if (id.startsWith('block ')) view.folded.add(id);
      return;
    case 'open':
      view.folded.clear();
      return;
    case 'in':
      return enlarge(view, 1.25);
    case 'out':
      return enlarge(view, 1 / 1.25);
    case 'fit':
      view.zoom = 'all';
      return;
    default:
      action satisfies never;
  }
}

/** Enlarges what is shown now by `by`. */
function enlarge(view: View, by: number): void {
  if (view.pane.hidden) return;
  const svg = view.pane.querySelector('svg')!;
  const now = Number(svg.getAttribute('width')) / svg.viewBox.baseVal.width;
  view.zoom = Math.min(largest, Math.max(smallest, now * by));
}

/** The box of the view that the element is in. */
export function boxOf({ pane }: View, element: Element): SVGElement | undefined {
  const box = element.closest<SVGElement>('.box');
  return box && pane.contains(box) ? box : undefined;
}

/** Folds or opens the block that the box is, keeping the focus there; false where it is none. */
export function toggle(view: View, box: SVGElement): boolean {
  if (!box.hasAttribute('aria-expanded')) return false;
  const id = box.dataset['id']!;
  if (!view.folded.delete(id)) view.folded.add(id);
  drawView(view);
  drawnBox(view, id)?.focus();
  return true;
}

/** Marks the boxes that stand for one of the layers. */
export function markBoxes({ pane, layers }: View, wanted: ReadonlySet<string>): void {
  for (const box of pane.querySelectorAll<SVGElement>('.box')) {
    const names = layers.get(box.dataset['id']!) ?? [];
    box.classList.toggle(
      'chosen',
      names.some((name) => wanted.has(name)),
    );
  }
}

/** Opens the blocks around the first box of these layers, and scrolls to it. */
export function reveal(view: View, layers: readonly string[]): void {
  const isInside = (names: readonly string[]): boolean =>
    names.length > 0 && names.every((name) => layers.includes(name));
  const exact = [...view.layers].find(([, names]) => isInside(names));
  const near = exact ?? [...view.layers].findLast(([, names]) => names.some((name) => layers.includes(name)));
  if (!near) return;
  const closed = view.parents.get(near[0])!.filter((block) => view.folded.delete(block));
  if (closed.length > 0) drawView(view);
  const box = drawnBox(view, near[0]);
  if (!box || view.pane.hidden) return;
  const [inner, outer] = [box.getBoundingClientRect(), view.pane.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom) {
    view.pane.scrollTop += inner.top - outer.top - outer.height / 2;
  }
  if (inner.left < outer.left || inner.right > outer.right) {
    view.pane.scrollLeft += inner.left - outer.left - outer.width / 2;
  }
}

function drawnBox({ pane }: View, id: string): SVGElement | undefined {
  return [...pane.querySelectorAll<SVGElement>('.box')].find((one) => one.dataset['id'] === id);
}
