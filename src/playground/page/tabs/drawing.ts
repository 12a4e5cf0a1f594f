// The live drawing, and below it what is said of the chosen step. Pointing at a box shows its step; choosing it puts the caret there,
// and the caret chooses the box.

import { detailsHtml } from '../../../report/html/page/details.ts';
import type { View, ViewAction } from '../../../report/html/page/view.ts';
import { boxOf, change, drawView, markBoxes, reveal, toggle, viewOf } from '../../../report/html/page/view.ts';
import type { Drawing } from '../../../report/svg/drawing.ts';
import type { CompiledView } from '../compiled-view.ts';
import { compiledView } from '../compiled-view.ts';
import { button, element } from '../dom.ts';
import { figures } from '../figures.ts';
import type { Host, ProgramState, Tab } from '../tab.ts';

interface Parts {
  readonly host: Host;
  readonly pane: HTMLElement;
  readonly details: HTMLElement;
}

let parts: Parts;
let view: View | undefined;
let state: ProgramState | undefined;
let chosen: readonly string[] = [];
/** Whether the boxes are the steps of the text, or the kernel calls that compiling made of them. */
let kind: 'written' | 'compiled' = 'written';
let compiled: CompiledView;

export const drawingTab: Tab = {
  name: 'drawing',
  title: 'Drawing',
  mount(root, host) {
    const pane = element('div', { class: 'pane' });
    const tools = element('div', { class: 'tools', role: 'group', 'aria-label': 'Drawing' }, ...actions());
    const details = element('section', { id: 'details', 'aria-label': 'The chosen step' });
    parts = { host, pane, details };
    root.append(tools, pane, details);
    listen(pane);
    compiled = compiledView(
      pane,
      host.compiler,
      (program) => host.compiler.ask('compiled', program),
      ({ network, drawing }) => {
        if (kind === 'compiled') put(network, drawing);
      },
    );
    new ResizeObserver(() => {
      const drawn = drawnView();
      if (drawn && typeof drawn.zoom === 'string') redraw(drawn);
    }).observe(pane);
  },
  show() {
    const drawn = drawnView();
    if (drawn) redraw(drawn);
  },
  update(next) {
    state = next;
    const { shown } = next;
    if (!shown) return say('Here the network is drawn as soon as it has no errors.');
    if (kind === 'compiled') return compiled.update(next);
    put(shown.report.network, shown.drawing);
  },
  mark(layers) {
    chosen = layers;
    const drawn = drawnView();
    if (!drawn) return;
    reveal(drawn, layers);
    tell(layers);
  },
};

/** Undefined also while a sentence stands in its place, as what is said of compiling. */
const drawnView = (): View | undefined => (parts.pane.querySelector(':scope > svg') ? view : undefined);

/** Shows this drawing; without one, there are too many steps. */
function put(network: string, drawing: Drawing | undefined): void {
  if (!drawing) return say(`${network} has too many steps, or lines past others, to be drawn.`);
  if (view?.drawing === drawing) return;
  const label = kind === 'written' ? network : `${network} compiled`;
  const before = view && parts.pane.dataset['label'] === label ? view : undefined;
  parts.pane.dataset['label'] = label;
  view = again(viewOf(parts.pane, drawing), before);
  redraw(view);
  if (!before) parts.pane.scrollTo(0, 0);
  tell(chosen);
}

/** Buttons of which one is pressed. */
function kinds(): readonly HTMLElement[] {
  const buttons = (['written', 'compiled'] as const).map((one) =>
    button(
      one === 'written' ? 'As written' : 'Compiled',
      () => {
        kind = one;
        for (const [at, other] of buttons.entries())
          other.setAttribute('aria-pressed', `${(at === 0 ? 'written' : 'compiled') === one}`);
        view = undefined;
        compiled.rest();
        if (state) drawingTab.update(state);
      },
      { 'aria-pressed': `${one === kind}` },
    ),
  );
  return buttons;
}

function actions(): readonly HTMLElement[] {
  const act = (label: string, action: ViewAction, name?: string): HTMLElement =>
    button(
      label,
      () => {
        const drawn = drawnView();
        if (!drawn) return;
        change(drawn, action);
        redraw(drawn);
      },
      name === undefined ? {} : { 'aria-label': name, title: name },
    );
  return [
    ...kinds(),
    element('span', { class: 'gap' }),
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
  if (!before) return next;
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
      element(
        'div',
        { class: 'about' },
        element('p', { class: 'soft' }, 'Choose a step to see its arithmetic and what it sees of the input.'),
        figures(shown.figures),
      ),
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
