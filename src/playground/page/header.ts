// The bar on top: examples, the tour, which network is shown, the link, help, light or dark.

import type { Program } from '../program.ts';
import { byId, element } from './dom.ts';
import { linkOf } from './link.ts';
import type { Store } from './store.ts';
import type { ProgramState } from './tab.ts';

export interface HeaderActions {
  readonly store: Store;
  readonly say: (sentence: string) => void;
  readonly load: (program: Program) => void;
  readonly format: () => void;
}

export interface Header {
  update(state: ProgramState): void;
}

/** Makes the buttons do what they say. */
export function startHeader({ store, say, load, format }: HeaderActions): Header {
  const network = byId<HTMLSelectElement>('shown-network');
  network.addEventListener('change', () => store.choose(network.value));
  byId('format').addEventListener('click', format);
  byId('copy-link').addEventListener('click', () => void copyLink(store.program(), say));
  byId('theme').addEventListener('click', toggleTheme);
  byId('open-examples').addEventListener('click', () => {
    void import('./examples.ts').then(({ openExamples }) => openExamples(load, say), unloaded(say));
  });
  byId('open-tour').addEventListener('click', () => {
    void import('./tour.ts').then(({ toggleTour }) => toggleTour(load), unloaded(say));
  });
  byId('open-help').addEventListener('click', () => {
    void import('./help.ts').then(({ openHelp }) => openHelp(), unloaded(say));
  });
  return {
    update({ networks, network: shown }) {
      byId('network-choice').hidden = networks.length < 2;
      const isSame =
        networks.length === network.options.length && networks.every((name, at) => network.options[at]!.value === name);
      if (!isSame) network.replaceChildren(...networks.map((name) => element('option', { value: name }, name)));
      if (shown !== undefined) network.value = shown;
    },
  };
}

const unloaded = (say: HeaderActions['say']) => (): void => say('This part of the page could not be loaded.');

async function copyLink(program: Program, say: HeaderActions['say']): Promise<void> {
  const link = await linkOf(program);
  if ('refused' in link) return say(link.refused);
  const url = new URL(link.fragment, location.href.split('#')[0]);
  history.replaceState(null, '', url);
  try {
    await navigator.clipboard.writeText(url.href);
    say('The link is copied: it holds the whole program.');
  } catch {
    say('The link is in the address bar: it holds the whole program.');
  }
}

const key = 'cnnc.theme';

function toggleTheme(): void {
  const root = document.documentElement;
  const dark = root.dataset['theme']
    ? root.dataset['theme'] === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset['theme'] = dark ? 'light' : 'dark';
  try {
    localStorage.setItem(key, root.dataset['theme']);
  } catch {
    // It holds for this visit.
  }
}

try {
  const kept = localStorage.getItem(key);
  if (kept === 'light' || kept === 'dark') document.documentElement.dataset['theme'] = kept;
} catch {
  // As the system says.
}
