// What compiling did to the network, what it nearly did and why not, and what that saved.

import type { CompiledView } from '../compiled-view.ts';
import { compiledView } from '../compiled-view.ts';
import { element } from '../dom.ts';
import type { Stories } from '../../protocol.ts';
import type { Tab } from '../tab.ts';

let view: CompiledView;

export const explainTab: Tab = {
  name: 'explain',
  title: 'Explain',
  mount(root, host) {
    const place = element('div', { class: 'reading' });
    root.append(place);
    view = compiledView(
      place,
      host.compiler,
      (program) => host.compiler.ask('explain', program),
      ({ totals, rewrites, misses }) => {
        const table = element('div', { class: 'scroll' });
        table.innerHTML = totals;
        place.replaceChildren(
          element('h2', {}, 'Before and after compiling'),
          table,
          ...stories('What was done', 'done', rewrites),
          ...stories('What was nearly done', 'missed', misses),
        );
      },
    );
    place.addEventListener('click', ({ target }) => {
      const button = (target as Element).closest<HTMLElement>('[data-layers]');
      if (button) host.choose(JSON.parse(button.dataset['layers']!) as readonly string[]);
    });
  },
  show() {},
  update: (state) => view.update(state),
};

function stories(title: string, kind: string, { count, html }: Stories): readonly HTMLElement[] {
  const told = element('div', { class: kind });
  told.innerHTML = html;
  return [element('h2', {}, `${title} `, element('span', { class: 'soft' }, `(${count})`)), told];
}
