// Which layer is looked at: a list, and a step to the one before or behind.

import type { LayerInfo } from '../../run/protocol.ts';
import { button, element } from '../dom.ts';

export interface LayerChoice {
  fill(layers: readonly LayerInfo[]): void;
  select(name: string): void;
}

/** Fills `root`; `choose` is told the name of a layer. */
export function createLayerChoice(root: HTMLElement, choose: (name: string) => void): LayerChoice {
  const list = element('select', { 'aria-label': 'Layer' });
  const step = (by: number): void => {
    const next = list.options[list.selectedIndex + by];
    if (next) choose(next.value);
  };
  list.addEventListener('change', () => choose(list.value));
  root.append(
    element(
      'div',
      { class: 'run-tools' },
      button('◀', () => step(-1), { 'aria-label': 'The layer before' }),
      list,
      button('▶', () => step(1), { 'aria-label': 'The next layer' }),
    ),
  );
  return {
    fill(layers) {
      list.replaceChildren(
        ...layers.map(({ name, what, shape }) =>
          element('option', { value: name }, `${name === what ? name : `${name} · ${what}`}  [${shape.join(', ')}]`),
        ),
      );
    },
    select(name) {
      list.value = name;
    },
  };
}
