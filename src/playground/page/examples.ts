// The menu of examples: networks of the project, and the last texts that were written here.

import type { Example } from '../examples.ts';
import type { Program } from '../program.ts';
import { button, byId, element } from './dom.ts';
import { drafts } from './drafts.ts';

/** Opens the dialog; what is chosen is loaded. */
export async function openExamples(load: (program: Program) => void, say: (sentence: string) => void): Promise<void> {
  const dialog = byId<HTMLDialogElement>('examples');
  const list = await fetchExamples();
  if (!list) return say('The examples could not be loaded.');
  const choose = (program: Program, name: string): void => {
    dialog.close();
    load(program);
    say(`${name} is open; undo brings the text before it back.`);
  };
  const cards = list.map(({ name, networks, about, program }) => {
    const card = button('', () => choose(program, name), { class: 'card' });
    card.append(element('b', {}, name), element('span', { class: 'networks' }, networks), element('span', {}, about));
    return card;
  });
  const search = element('input', { type: 'search', placeholder: 'Search', 'aria-label': 'Search the examples' });
  search.addEventListener('input', () => {
    const words = search.value.toLowerCase().split(/\s+/);
    for (const card of cards) card.hidden = !words.every((word) => card.textContent.toLowerCase().includes(word));
  });
  const own = drafts().map(({ program, saved }) => {
    const name = titleOf(program);
    const card = button('', () => choose(program, name), { class: 'card' });
    card.append(element('b', {}, name), element('span', {}, new Date(saved).toLocaleString()));
    return card;
  });
  dialog.replaceChildren(
    element(
      'div',
      { class: 'title' },
      element('h2', { id: 'examples-title' }, 'Examples'),
      search,
      button('Close', () => dialog.close()),
    ),
    element('div', { class: 'cards' }, ...cards),
    ...(own.length === 0
      ? []
      : [element('h3', {}, 'Written in this browser'), element('div', { class: 'cards' }, ...own)]),
  );
  dialog.showModal();
  search.focus();
}

/** Undefined where they do not arrive. */
async function fetchExamples(): Promise<readonly Example[] | undefined> {
  try {
    const response = await fetch(new URL('examples.json', document.baseURI));
    return response.ok ? ((await response.json()) as readonly Example[]) : undefined;
  } catch {
    return undefined;
  }
}

/** The first network of the text, or its first words. */
function titleOf({ text }: Program): string {
  const names = text.split('\n', 500).map((line) => /^network +(\w{1,60})/.exec(line)?.[1]);
  const name = names.find((found) => found !== undefined);
  return name ?? (text.trim().slice(0, 40) || 'an empty text');
}
