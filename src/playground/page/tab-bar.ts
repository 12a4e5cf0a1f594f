// The tabs beside the editor, with the keyboard of the tabs pattern (WAI-ARIA Authoring Practices): arrows choose, and only the
// chosen one is reached by Tab.

import { byId, element } from './dom.ts';
import type { Host, ProgramState, Tab } from './tab.ts';
import type { TabEntry } from './tabs.ts';

export interface TabBar {
  readonly current: () => string;
  open(name: string): Promise<void>;
  update(state: ProgramState): void;
  mark(layers: readonly string[]): void;
}

interface Entry {
  readonly about: TabEntry;
  readonly button: HTMLButtonElement;
  readonly panel: HTMLElement;
  /** Undefined before it is first opened. */
  tab?: Promise<Tab>;
  loaded?: Tab;
  /** Version of the program that it shows. */
  version: number;
}

/** Makes the bar of `#tabs` and `#panels`. */
export function createTabBar(list: readonly TabEntry[], host: Host): TabBar {
  const entries = list.map((about) => entryOf(about));
  let current = entries[0]!;
  let state: ProgramState | undefined;
  let marked: readonly string[] = [];

  const open = async (entry: Entry): Promise<void> => {
    if (entry !== current) current.loaded?.hide?.();
    current = entry;
    for (const { button, panel } of entries) {
      const isChosen = button === entry.button;
      button.setAttribute('aria-selected', `${isChosen}`);
      button.tabIndex = isChosen ? 0 : -1;
      panel.hidden = !isChosen;
    }
    entry.button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    entry.tab ??= load(entry);
    const tab = await entry.tab;
    if (current !== entry) return;
    tab.show();
    refresh(entry, tab);
  };

  const load = async (entry: Entry): Promise<Tab> => {
    try {
      const tab = await entry.about.load();
      tab.mount(entry.panel, host);
      entry.loaded = tab;
      return tab;
    } catch (error) {
      delete entry.tab;
      entry.panel.replaceChildren(element('p', { class: 'note' }, 'This part of the page could not be loaded.'));
      throw error;
    }
  };

  const refresh = (entry: Entry, tab: Tab): void => {
    if (!state || entry.version === state.version) return;
    entry.version = state.version;
    tab.update(state);
    tab.mark?.(marked);
  };

  const bar = byId('tabs');
  bar.append(...entries.map(({ button }) => button));
  byId('panels').append(...entries.map(({ panel }) => panel));
  for (const entry of entries) entry.button.addEventListener('click', () => void open(entry));
  bar.addEventListener('keydown', (event) => {
    const at = entries.indexOf(current);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const entry = entries[(next + entries.length) % entries.length]!;
    entry.button.focus();
    void open(entry);
  });

  return {
    current: () => current.about.name,
    open: async (name) => {
      const entry = entries.find(({ about }) => about.name === name);
      if (entry) await open(entry);
    },
    update(next) {
      state = next;
      byId('stale').hidden = next.isCurrent || !next.shown;
      // The same version again: another network of the same text.
      for (const entry of entries) entry.version = -1;
      if (current.loaded) refresh(current, current.loaded);
    },
    mark(layers) {
      marked = layers;
      current.loaded?.mark?.(layers);
    },
  };
}

function entryOf(about: TabEntry): Entry {
  const { name, title } = about;
  const button = element(
    'button',
    { type: 'button', role: 'tab', id: `tab-${name}`, 'aria-controls': `panel-${name}`, 'aria-selected': 'false' },
    title,
  );
  const panel = element('div', {
    role: 'tabpanel',
    id: `panel-${name}`,
    'aria-labelledby': `tab-${name}`,
    class: name,
  });
  panel.hidden = true;
  return { about, button, panel, version: -1 };
}
