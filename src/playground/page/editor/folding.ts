// What can be folded: what the language worker says of the text as it was looked at last.

import { codeFolding, foldGutter, foldKeymap, foldService } from '@codemirror/language';
import { StateEffect, StateField } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { keymap } from '@codemirror/view';
import type { FoldingRange, Range } from '../../../ide/types.ts';

const setFolding = StateEffect.define<readonly FoldingRange[]>();

const field = StateField.define<readonly Range[]>({
  create: () => [],
  update: (value, { effects, changes, docChanged }) => {
    for (const effect of effects) if (effect.is(setFolding)) return effect.value;
    if (!docChanged) return value;
    return value.map(({ start, end }) => ({ start: changes.mapPos(start), end: changes.mapPos(end) }));
  },
});

/** With a gutter and the usual keys. */
export const folding: Extension = [
  field,
  codeFolding({ placeholderText: '…' }),
  foldGutter({
    openText: '▾',
    closedText: '▸',
    foldingChanged: ({ startState, state }) => startState.field(field) !== state.field(field),
  }),
  keymap.of(foldKeymap),
  foldService.of((state, from, to) => {
    const found = state.field(field).find(({ start, end }) => start >= from && start <= to && end > to);
    if (!found) return null;
    // What begins with a bracket leaves it visible.
    const opens = /[{[(]/.test(state.sliceDoc(found.start, found.start + 1));
    const start = opens ? found.start + 1 : to;
    const end = opens ? found.end - 1 : found.end;
    return end > start && end <= state.doc.length ? { from: start, to: end } : null;
  }),
];

/** What can be folded from now on. */
export function setFoldable(view: EditorView, ranges: readonly FoldingRange[]): void {
  view.dispatch({ effects: setFolding.of(ranges) });
}
