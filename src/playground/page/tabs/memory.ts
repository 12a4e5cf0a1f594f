// Where the compiled network keeps its values while it runs.

import type { CompiledView } from '../compiled-view.ts';
import { compiledView } from '../compiled-view.ts';
import { element } from '../dom.ts';
import { figures } from '../figures.ts';
import type { Tab } from '../tab.ts';

let view: CompiledView;
let place: HTMLElement;
let marked: readonly string[] = [];

export const memoryTab: Tab = {
  name: 'memory',
  title: 'Memory',
  mount(root, host) {
    place = element('div', { class: 'reading' });
    root.append(place);
    view = compiledView(
      place,
      host.compiler,
      (program) => host.compiler.ask('compiled', program),
      ({ memory, figures: numbers }) => {
        const picture = element('div', {
          class: 'arena',
          tabindex: '0',
          role: 'region',
          'aria-label': 'Memory over time',
        });
        picture.innerHTML = memory;
        place.replaceChildren(
          figures(numbers),
          element(
            'p',
            { class: 'soft' },
            'Kernel calls from left to right, addresses from the top down. What is alive at the peak is coloured.',
          ),
          picture,
        );
        mark();
      },
    );
    place.addEventListener('click', ({ target }) => {
      const buffer = (target as Element).closest<SVGElement>('.buffer');
      if (buffer) host.choose(layersOf(buffer));
    });
  },
  show() {},
  update: (state) => view.update(state),
  mark(layers) {
    marked = layers;
    mark();
  },
};

const layersOf = (buffer: SVGElement): readonly string[] =>
  JSON.parse(buffer.dataset['layers'] ?? '[]') as readonly string[];

function mark(): void {
  for (const buffer of place.querySelectorAll<SVGElement>('.buffer'))
    buffer.classList.toggle(
      'chosen',
      layersOf(buffer).some((name) => marked.includes(name)),
    );
}
