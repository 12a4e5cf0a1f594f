// The script of a report's page: pointing at a step shows it everywhere, blocks fold, the table sorts, the theme changes.
// It runs in the reader's browser, from one inline script, with `stack` and `drawSvg` before it.

import type { PageData } from '../data.ts';
import { detailsHtml } from './details.ts';
import { sortable } from './sort.ts';
import { boxOf, change, costliest, drawView, markBoxes, reveal, toggle, viewOf } from './view.ts';
import type { View, ViewAction } from './view.ts';

const data = JSON.parse(document.getElementById('data')!.textContent!) as PageData;
const facts = new Map(data.layers.map((layer) => [layer.name, layer]));
const find = (selector: string): HTMLElement => document.querySelector<HTMLElement>(selector)!;
const all = (selector: string): readonly HTMLElement[] => [...document.querySelectorAll<HTMLElement>(selector)];

/** Where the panel of details has a place of its own beside the drawing and nothing below it moves. */
const hasRoom = matchMedia('(min-width:1101px)');

const views: readonly View[] = [viewOf(find('#written'), data.written), viewOf(find('#compiled'), data.compiled)];
/** What was clicked, at first the step with most MACs; shown whenever nothing is pointed at. */
let chosen = costliest(data.written.group);

for (const view of views) draw(view);
show(chosen);

/** Draws it with what is chosen. */
function draw(view: View): void {
  drawView(view);
  markBoxes(view, new Set(chosen));
}

/** Marks every place that stands for one of the layers. */
function mark(layers: readonly string[]): void {
  const wanted = new Set(layers);
  const meets = (names: readonly string[] = []): boolean => names.some((name) => wanted.has(name));
  for (const view of views) markBoxes(view, wanted);
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
      : detailsHtml(
          layers.flatMap((name) => facts.get(name) ?? []),
          layers,
          data.picture,
        );
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

function activate(event: Event): void {
  const element = event.target as Element;
  for (const view of views) {
    const box = boxOf(view, element);
    if (!box || !toggle(view, box)) continue;
    markBoxes(view, new Set(chosen));
    return;
  }
  const layers = targetOf(event);
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
      change(view, button.dataset['do'] as ViewAction);
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

sortable(find('#layers'));
