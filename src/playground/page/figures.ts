// A row of numbers with what they are.

import { element } from './dom.ts';

/** As a list. */
export function figures(items: readonly (readonly [value: string, label: string])[]): HTMLElement {
  return element(
    'ul',
    { class: 'figures' },
    ...items.map(([value, label]) => element('li', {}, element('b', {}, value), element('span', {}, label))),
  );
}
