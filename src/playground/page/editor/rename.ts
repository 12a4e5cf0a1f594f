// Rename, format and "go to definition", by key: what they change is one step of undo, and what they refuse is said.

import type { Command } from '@codemirror/view';
import { EditorView, keymap, showPanel } from '@codemirror/view';
import type { Panel } from '@codemirror/view';
import { StateEffect, StateField } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import type { Range } from '../../../ide/types.ts';
import { programPath } from '../../program.ts';
import type { TextEdit } from '../../protocol.ts';
import { element } from '../dom.ts';
import type { Store } from '../store.ts';

type Ask = Store['ask'];
type Say = (sentence: string) => void;

const openPanel = StateEffect.define<((view: EditorView) => Panel) | null>();
const panelField = StateField.define<((view: EditorView) => Panel) | null>({
  create: () => null,
  update: (value, { effects }) => {
    for (const effect of effects) if (effect.is(openPanel)) return effect.value;
    return value;
  },
  provide: (field) => showPanel.from(field),
});

/** Keys: F2 renames, F12 goes to the definition, Shift-Alt-F formats what is selected, or all. */
export function refactoring(ask: Ask, say: Say): Extension {
  const run =
    (action: (view: EditorView) => Promise<void>): Command =>
    (view) => {
      void action(view);
      return true;
    };
  return [
    panelField,
    keymap.of([
      { key: 'F2', run: run((view) => rename(view, ask, say)) },
      { key: 'F12', run: run((view) => define(view, ask, say, view.state.selection.main.head)) },
      { key: 'Shift-Alt-f', run: run((view) => format(view, ask, say, selected(view))) },
    ]),
    EditorView.domEventHandlers({
      click: (event, view) => {
        if (!event.ctrlKey && !event.metaKey) return false;
        const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
        if (at !== null) void define(view, ask, say, at);
        return at !== null;
      },
    }),
  ];
}

const selected = ({ state }: EditorView): Range | undefined => {
  const { from, to, empty } = state.selection.main;
  return empty ? undefined : { start: from, end: to };
};

/** Puts the text, or a range of it, in its usual form. */
export async function format(view: EditorView, ask: Ask, say: Say, range?: Range): Promise<void> {
  const edits = await ask('format', range);
  if (!edits) return;
  if (edits.length === 0) return say(`The ${range ? 'selection' : 'text'} already has its usual form.`);
  apply(view, edits, 'format');
  say('Formatted.');
}

/** One step of undo. */
export function apply(view: EditorView, edits: readonly TextEdit[], kind: string): void {
  view.dispatch({
    changes: edits.map(({ start, end, text }) => ({ from: start, to: end, insert: text })),
    userEvent: `input.${kind}`,
  });
}

async function define(view: EditorView, ask: Ask, say: Say, at: number): Promise<void> {
  const place = await ask('definition', at);
  if (!place) return say('Nothing in this text defines what stands here.');
  if (place.path !== programPath) return say(`It is defined in ${place.path}.`);
  const { start, end } = place;
  view.dispatch({ selection: { anchor: start, head: end }, scrollIntoView: true });
}

async function rename(view: EditorView, ask: Ask, say: Say): Promise<void> {
  const { head } = view.state.selection.main;
  const found = await ask('renamed', head);
  if (!found) return;
  if ('refused' in found) return say(found.refused);
  const old = found.placeholder;
  const input = element('input', {
    'aria-label': 'New name',
    spellcheck: 'false',
    autocomplete: 'off',
    maxlength: '128',
  });
  input.value = old;
  const refusal = element('span', { class: 'refusal', role: 'status' });
  const form = element(
    'form',
    { class: 'cm-rename' },
    element('span', {}, `Rename ${old} to`),
    input,
    element('button', { type: 'submit' }, 'Rename'),
    refusal,
  );
  const close = (): void => {
    view.dispatch({ effects: openPanel.of(null) });
    view.focus();
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const renamed = await ask('rename', head, input.value);
    if (!renamed) return close();
    if ('refused' in renamed) {
      refusal.textContent = renamed.refused;
      return;
    }
    close();
    const { edits, note } = renamed;
    apply(view, edits, 'rename');
    if (note !== undefined) return say(note);
    say(`Renamed in ${edits.length} ${edits.length === 1 ? 'place' : 'places'}.`);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    close();
  });
  view.dispatch({ effects: openPanel.of(() => ({ dom: form, top: true, mount: () => input.select() })) });
}
