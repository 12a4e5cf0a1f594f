// The live drawing, and below it what is said of the chosen step. Pointing at a box shows its step; choosing it puts the caret there,
// and the caret chooses the box.

import { detailsHtml } from '../../../report/html/page/details.ts';
import type { View, ViewAction } from '../../../report/html/page/view.ts';
import { boxOf, change, drawView, markBoxes, reveal, toggle, viewOf } from '../../../report/html/page/view.ts';
import { button, element } from '../dom.ts';
import type { Host, ProgramState, Tab } from '../tab.ts';

interface Parts {
  readonly host: Host;
  readonly tools: HTMLElement;
  readonly pane: HTMLElement;
  readonly details: HTMLElement;
}

let parts: Parts;
let view: View | undefined;
let state: ProgramState | undefined;
let chosen: readonly string[] = [];

export const drawingTab: Tab = {
  name: 'drawing',
  title: 'Drawing',
  mount(root, host) {
    const pane = element('div', { class: 'pane' });
    const tools = element('div', { class: 'tools', role: 'group', 'aria-label': 'Drawing' }, ...actions());
    const details = element('section', { id: 'details', 'aria-label': 'The chosen step' });
    parts = { host, tools, pane, details };
    root.append(tools, pane, details);
    listen(pane);
    new ResizeObserver(() => {
      if (view && typeof view.zoom === 'string') redraw(view);
    }).observe(pane);
  },
  show() {
    if (view) redraw(view);
  },
  update(next) {
    state = next;
    const { shown } = next;
    if (!shown) return say('Here the network is drawn as soon as the text has no errors.');
    if (!shown.drawing)
      return say(`${shown.report.network} has ${shown.report.layers.length} steps: too many to be drawn.`);
    if (view?.drawing === shown.drawing) return;
    parts.pane.dataset['label'] = shown.report.network;
    view = again(viewOf(parts.pane, shown.drawing), view);
    redraw(view);
    tell(chosen);
  },
  mark(layers) {
    chosen = layers;
    if (!view) return;
    reveal(view, layers);
    tell(layers);
  },
};

function actions(): readonly HTMLElement[] {
  const act = (label: string, action: ViewAction, name?: string): HTMLElement =>
    button(
      label,
      () => {
        if (!view) return;
        change(view, action);
        redraw(view);
      },
      name === undefined ? {} : { 'aria-label': name, title: name },
    );
  return [
    act('Fold all', 'fold'),
    act('Open all', 'open'),
    element('span', { class: 'space' }),
    act('−', 'out', 'Smaller'),
    act('Fit', 'fit'),
    act('+', 'in', 'Larger'),
  ];
}

/** A new drawing with the blocks folded and the size chosen as they were in the one before. */
function again(next: View, before: View | undefined): View {
  if (!before || before.pane.dataset['label'] !== next.pane.dataset['label']) return next;
  next.zoom = before.zoom;
  for (const id of next.parents.keys()) {
    if (!before.parents.has(id)) continue;
    if (before.folded.has(id)) next.folded.add(id);
    else next.folded.delete(id);
  }
  return next;
}

function redraw(one: View): void {
  const { scrollTop, scrollLeft } = one.pane;
  drawView(one);
  markBoxes(one, new Set(chosen));
  one.pane.scrollTo(scrollLeft, scrollTop);
}

function say(sentence: string): void {
  view = undefined;
  parts.pane.replaceChildren(element('p', { class: 'note' }, sentence));
  parts.details.replaceChildren();
}

/** What is known of the layers, which are marked. */
function tell(layers: readonly string[]): void {
  const { details } = parts;
  const shown = state?.shown;
  if (!view || !shown) return;
  markBoxes(view, new Set(layers));
  const facts = shown.facts.filter(({ name }) => layers.includes(name));
  if (facts.length > 0)
    details.innerHTML = detailsHtml(
      facts,
      facts.map(({ name }) => name),
      shown.picture,
    );
  else
    details.replaceChildren(
      element('p', { class: 'soft' }, 'Choose a step to see its arithmetic and what it sees of the input.'),
    );
}

function listen(pane: HTMLElement): void {
  const activate = (event: Event): void => {
    const box = view && boxOf(view, event.target as Element);
    if (!view || !box) return;
    if (toggle(view, box)) return markBoxes(view, new Set(chosen));
    const layers = view.layers.get(box.dataset['id']!) ?? [];
    if (layers.length > 0) parts.host.choose(layers);
  };
  pane.addEventListener('click', activate);
  pane.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    activate(event);
  });
  const point = (event: Event): void => {
    const box = view && boxOf(view, event.target as Element);
    const layers = box && view?.layers.get(box.dataset['id']!);
    tell(layers && layers.length > 0 ? layers : chosen);
  };
  pane.addEventListener('pointerover', point);
  pane.addEventListener('focusin', point);
  pane.addEventListener('pointerleave', () => tell(chosen));
}
