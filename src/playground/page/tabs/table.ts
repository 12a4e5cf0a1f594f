// The table of steps: shapes, parameters, MACs and receptive fields, with the totals above it. Its rows are linked with the text.

import { sortable } from '../../../report/html/page/sort.ts';
import { element } from '../dom.ts';
import { figures } from '../figures.ts';
import type { Host, Tab } from '../tab.ts';

let root: HTMLElement;
let host: Host;
/** Layers of each row, by its id. */
let layers: ReadonlyMap<string, readonly string[]> = new Map();
let marked: readonly string[] = [];

export const tableTab: Tab = {
  name: 'table',
  title: 'Table',
  mount(place, own) {
    [root, host] = [place, own];
    place.addEventListener('click', ({ target }) => {
      const row = (target as Element).closest<HTMLElement>('#layers tbody tr');
      if (row) host.choose(layers.get(row.dataset['id']!) ?? []);
    });
  },
  show() {},
  update({ shown }) {
    if (!shown?.table) {
      const sentence = shown
        ? `${shown.report.network} has ${shown.report.layers.length} steps: too many to be listed.`
        : 'This is shown as soon as the text has no errors.';
      root.replaceChildren(element('p', { class: 'note' }, sentence));
      return;
    }
    layers = new Map(shown.rows);
    const scroll = element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Steps' });
    scroll.innerHTML = shown.table;
    root.replaceChildren(figures(shown.figures), scroll);
    sortable(scroll.querySelector<HTMLElement>('#layers')!);
    mark(false);
  },
  mark(names) {
    marked = names;
    mark(true);
  },
};

function mark(scrolls: boolean): void {
  let first: HTMLElement | undefined;
  for (const row of root.querySelectorAll<HTMLElement>('#layers tbody tr')) {
    const isMarked = (layers.get(row.dataset['id']!) ?? []).some((name) => marked.includes(name));
    row.classList.toggle('chosen', isMarked);
    if (isMarked) first ??= row;
  }
  if (scrolls) first?.scrollIntoView({ block: 'nearest' });
}
