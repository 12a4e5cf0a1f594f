// The script of a report's page: pointing at a step shows it everywhere, blocks fold, the table sorts, the theme changes.
// It runs in the reader's browser, from one inline script, with `stack` and `drawSvg` before it.

import type { Box, Drawing } from '../../svg/drawing.ts';
import { drawSvg } from '../../svg/draw.ts';
import { escapeMarkup } from '../../svg/markup.ts';
import type { LayerFacts, PageData } from '../data.ts';

const data = JSON.parse(document.getElementById('data')!.textContent!) as PageData;
const facts = new Map(data.layers.map((layer) => [layer.name, layer]));
const find = (selector: string): HTMLElement => document.querySelector<HTMLElement>(selector)!;
const all = (selector: string): readonly HTMLElement[] => [...document.querySelectorAll<HTMLElement>(selector)];

/** Layers of every box, and what is around it, for both drawings. */
interface View {
  readonly drawing: Drawing;
  readonly pane: HTMLElement;
  readonly folded: Set<string>;
  readonly layers: Map<string, readonly string[]>;
  readonly parents: Map<string, readonly string[]>;
  /** A factor; `width`: as wide as there is room, but legible; `all`: the whole drawing in its pane. */
  zoom: number | 'width' | 'all';
}

/** Text is legible down to this factor. */
const legible = 0.75;
const [smallest, largest] = [0.1, 3];
/** Where the panel of details has a place of its own beside the drawing and nothing below it moves. */
const hasRoom = matchMedia('(min-width:1101px)');

const views: readonly View[] = [viewOf('#written', data.written), viewOf('#compiled', data.compiled)];
/** What was clicked, at first the step with most MACs; shown whenever nothing is pointed at. */
let chosen = costliest(data.written.group);

for (const view of views) draw(view);
show(chosen);

function costliest({ boxes }: Drawing['group']): readonly string[] {
  const steps = (inside: readonly Box[]): readonly Box[] =>
    inside.flatMap((box) => (box.group ? steps(box.group.boxes) : [box]));
  return steps(boxes).toSorted((a, b) => b.macs - a.macs)[0]?.layers ?? [];
}

function viewOf(selector: string, drawing: Drawing): View {
  const [layers, parents] = [new Map<string, readonly string[]>(), new Map<string, readonly string[]>()];
  const walk = ({ boxes }: Drawing['group'], around: readonly string[]): void => {
    for (const box of boxes) {
      layers.set(box.id, box.layers);
      parents.set(box.id, around);
      if (box.group) walk(box.group, [...around, box.id]);
    }
  };
  walk(drawing.group, []);
  return { drawing, pane: find(selector), folded: new Set(drawing.folded), layers, parents, zoom: 'width' };
}

function draw(view: View): void {
  const { pane, drawing, folded } = view;
  pane.innerHTML = drawSvg(drawing, folded, pane.dataset['label'] ?? '');
  const svg = pane.querySelector('svg')!;
  const { width, height } = svg.viewBox.baseVal;
  const factor = factorOf(view, width, height);
  svg.setAttribute('width', `${width * factor}`);
  svg.setAttribute('height', `${height * factor}`);
  mark(chosen);
}

/** How much a drawing of this size is enlarged. A hidden pane has no room to measure: it is drawn again when it is shown. */
function factorOf({ pane, zoom }: View, width: number, height: number): number {
  if (typeof zoom === 'number') return zoom;
  const room = pane.clientWidth;
  if (room === 0) return 1;
  const across = Math.min(1, room / width);
  if (zoom === 'width') return Math.max(legible, across);
  // The pane shrinks around its drawing: how high it may be is what its style says.
  const most = Number.parseFloat(getComputedStyle(pane).maxHeight);
  return Math.max(smallest, Math.min(across, (most - 8) / height));
}

/** Enlarges what is shown now by `by`. */
function enlarge(view: View, by: number): void {
  if (view.pane.hidden) return;
  const svg = view.pane.querySelector('svg')!;
  const now = Number(svg.getAttribute('width')) / svg.viewBox.baseVal.width;
  view.zoom = Math.min(largest, Math.max(smallest, now * by));
}

/** Marks every place that stands for one of the layers. */
function mark(layers: readonly string[]): void {
  const wanted = new Set(layers);
  const meets = (names: readonly string[] = []): boolean => names.some((name) => wanted.has(name));
  for (const { pane, layers: known } of views) {
    for (const box of pane.querySelectorAll<SVGElement>('.box')) {
      box.classList.toggle('chosen', meets(known.get(box.dataset['id']!)));
    }
  }
  const [written] = views;
  for (const row of all('#layers tbody tr'))
    row.classList.toggle('chosen', meets(written!.layers.get(row.dataset['id']!)));
  for (const buffer of all('.buffer')) buffer.classList.toggle('chosen', meets(layersOf(buffer)));
}

function show(layers: readonly string[]): void {
  mark(layers);
  find('#details').innerHTML =
    layers.length === 0
      ? '<p class="soft">Point at a step to see its arithmetic and what it sees of the input; click to keep it.</p>'
      : details(
          layers.flatMap((name) => facts.get(name) ?? []),
          layers,
        );
}

function details(known: readonly LayerFacts[], layers: readonly string[]): string {
  const shown = known.slice(0, 3);
  const more = known.length - shown.length;
  const title = known.length > 3 ? `${known.length} layers` : layers.slice(0, 3).join(', ');
  const list = (kind: string, items: readonly string[]): string =>
    items.length === 0
      ? ''
      : `<ul class="${kind}">${[...new Set(items)].map((item) => `<li>${escapeMarkup(item)}</li>`).join('')}</ul>`;
  const last = known.at(-1);
  const records = [
    list('done', known.flatMap(({ done }) => done).slice(0, 12)),
    list('missed', known.flatMap(({ missed }) => missed).slice(0, 12)),
  ].join('');
  return [
    `<div class="about"><h3>${escapeMarkup(title)}</h3>`,
    ...shown.map(({ name, op, facts: lines }) => {
      const rows = lines.map(([label, text]) => `<dt>${label}</dt><dd>${escapeMarkup(text)}</dd>`);
      return `<details${shown.length === 1 || name === shown[0]!.name ? ' open' : ''}><summary><b>${escapeMarkup(name)}</b> ${escapeMarkup(op)}</summary><dl>${rows.join('')}</dl></details>`;
    }),
    more > 0 ? `<p class="soft">and ${more} more</p>` : '',
    '</div>',
    records === '' ? '' : `<div class="records">${records}</div>`,
    last?.field && data.picture ? fieldPicture(last, data.picture) : '',
  ].join('');
}

/** The outline of the input, and the square of it that one output in the middle depends on. */
function fieldPicture({ name, field }: LayerFacts, [height, width]: readonly [number, number]): string {
  const { start, size } = field!;
  const margin = 0.3 * Math.max(height, width);
  const clamp = (value: number, extent: number): number => Math.max(-margin, Math.min(extent + margin, value));
  const [top, left] = [clamp(start[0], height), clamp(start[1], width)];
  const [bottom, right] = [clamp(start[0] + size[0], height), clamp(start[1] + size[1], width)];
  const view = [-margin - 1, -margin - 1, width + 2 * margin + 2, height + 2 * margin + 2].join(' ');
  const cells = Math.max(height, width) <= 32 ? grid(height, width) : '';
  return [
    `<figure><svg viewBox="${view}" role="img" aria-label="What ${escapeMarkup(name)} sees of the input">`,
    `<rect class="input" width="${width}" height="${height}"/>${cells}`,
    `<rect class="field" x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/></svg>`,
    `<figcaption>one output in the middle sees ${size.join('×')} of ${height}×${width}</figcaption></figure>`,
  ].join('');
}

function grid(height: number, width: number): string {
  let path = '';
  for (let y = 1; y < height; y += 1) path += `M0 ${y}h${width}`;
  for (let x = 1; x < width; x += 1) path += `M${x} 0v${height}`;
  return `<path class="cells" d="${path}"/>`;
}

function layersOf(element: HTMLElement | SVGElement): readonly string[] {
  return JSON.parse(element.dataset['layers'] ?? '[]') as readonly string[];
}

/** What the element under the pointer or the focus stands for; undefined where it is nothing. */
function targetOf(event: Event): readonly string[] | undefined {
  const element = event.target as Element;
  const box = element.closest<SVGElement>('.box');
  if (box) {
    const view = views.find(({ pane }) => pane.contains(box))!;
    return view.layers.get(box.dataset['id']!);
  }
  const row = element.closest<HTMLElement>('#layers tbody tr');
  if (row) return views[0]!.layers.get(row.dataset['id']!);
  const linked = element.closest<HTMLElement>('[data-layers]');
  return linked ? layersOf(linked) : undefined;
}

function choose(layers: readonly string[], except: Element | null): void {
  chosen = layers;
  for (const view of views) {
    if (except && view.pane.contains(except)) continue;
    reveal(view, layers);
  }
  show(layers);
  if (!hasRoom.matches) find('#details').scrollIntoView({ block: 'nearest' });
  else if (!except?.closest('#layers')) find('#layers tbody tr.chosen, #layers').scrollIntoView({ block: 'nearest' });
}

/** Opens the blocks around the first box of these layers, and scrolls to it. */
function reveal(view: View, layers: readonly string[]): void {
  const isInside = (names: readonly string[]): boolean =>
    names.length > 0 && names.every((name) => layers.includes(name));
  const exact = [...view.layers].find(([, names]) => isInside(names));
  const near = exact ?? [...view.layers].findLast(([, names]) => names.some((name) => layers.includes(name)));
  if (!near) return;
  const closed = view.parents.get(near[0])!.filter((block) => view.folded.delete(block));
  if (closed.length > 0) draw(view);
  const box = [...view.pane.querySelectorAll<SVGElement>('.box')].find((one) => one.dataset['id'] === near[0]);
  if (!box || view.pane.hidden) return;
  const [inner, outer] = [box.getBoundingClientRect(), view.pane.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom) {
    view.pane.scrollTop += inner.top - outer.top - outer.height / 2;
  }
  if (inner.left < outer.left || inner.right > outer.right) {
    view.pane.scrollLeft += inner.left - outer.left - outer.width / 2;
  }
}

function activate(event: Event): void {
  const element = event.target as Element;
  const layers = targetOf(event);
  const box = element.closest<SVGElement>('.box');
  const view = box && views.find(({ pane }) => pane.contains(box));
  const id = box?.dataset['id'];
  if (view && id !== undefined && box.hasAttribute('aria-expanded')) {
    if (!view.folded.delete(id)) view.folded.add(id);
    draw(view);
    [...view.pane.querySelectorAll<SVGElement>('.box')].find((one) => one.dataset['id'] === id)?.focus();
    return;
  }
  if (layers) choose(layers, element);
}

document.addEventListener('click', activate);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    chosen = [];
    show([]);
    return;
  }
  const box = (event.target as Element).closest?.('.box');
  if (!box || (event.key !== 'Enter' && event.key !== ' ')) return;
  event.preventDefault();
  activate(event);
});
for (const kind of ['pointerover', 'focusin']) {
  document.addEventListener(kind, (event) => {
    const layers = targetOf(event);
    // Where the panel stands above the table, what it shows may not move the rows under the pointer.
    if (!hasRoom.matches) mark(layers ?? chosen);
    else if (layers) show(layers);
    else if (!(event.target as Element).closest('#details')) show(chosen);
  });
}

for (const button of all('[data-view]')) {
  button.addEventListener('click', () => {
    const wanted = button.dataset['view']!;
    find('#network').dataset['shown'] = wanted;
    for (const { pane } of views) pane.hidden = wanted !== 'both' && `#${pane.id}` !== `#${wanted}`;
    for (const view of views) draw(view);
    for (const other of all('[data-view]')) other.setAttribute('aria-pressed', `${other === button}`);
  });
}

for (const button of all('[data-do]')) {
  button.addEventListener('click', () => {
    for (const view of views) {
      const blocks = [...view.parents.keys()].filter((id) => id.startsWith('block '));
      switch (button.dataset['do']) {
        case 'fold':
          for (const id of blocks) view.folded.add(id);
          break;
        case 'open':
          view.folded.clear();
          break;
        case 'in':
          enlarge(view, 1.25);
          break;
        case 'out':
          enlarge(view, 1 / 1.25);
          break;
        case 'fit':
          view.zoom = 'all';
          break;
        default:
      }
      draw(view);
    }
  });
}

addEventListener('resize', () => {
  for (const view of views) if (typeof view.zoom === 'string') draw(view);
});

find('#theme').addEventListener('click', () => {
  const root = document.documentElement;
  const isDark = root.dataset['theme']
    ? root.dataset['theme'] === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset['theme'] = isDark ? 'light' : 'dark';
});

const original = all('#layers tbody tr');
for (const [column, button] of all('#layers .sort').entries()) {
  button.addEventListener('click', () => {
    const head = button.closest('th')!;
    const before = head.getAttribute('aria-sort');
    const isNumber = head.classList.contains('number');
    // Numbers begin with the largest; a third click brings the network's own order back.
    const [first, second] = isNumber ? ['descending', 'ascending'] : ['ascending', 'descending'];
    const next = before === null ? first : before === first ? second : undefined;
    for (const other of all('#layers thead th')) other.removeAttribute('aria-sort');
    if (next) head.setAttribute('aria-sort', next);
    const sign = next === 'descending' ? -1 : 1;
    const keyOf = (row: HTMLElement): string => (row.children[column] as HTMLElement).dataset['by']!;
    const isNumeric = original.every((row) => keyOf(row) !== '' && Number.isFinite(Number(keyOf(row))));
    const rows = !next
      ? original
      : original.toSorted(
          (a, b) =>
            sign *
            (isNumeric
              ? Number(keyOf(a)) - Number(keyOf(b))
              : keyOf(a).localeCompare(keyOf(b), 'en', { numeric: true })),
        );
    find('#layers tbody').append(...rows);
  });
}
