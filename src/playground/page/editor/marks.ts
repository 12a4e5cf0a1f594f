// What is written into the text without being part of it: shapes behind chains, and a stripe beside the lines of the chosen step.

import { RangeSet, StateEffect, StateField } from '@codemirror/state';
import type { Extension, Text } from '@codemirror/state';
import { Decoration, EditorView, WidgetType } from '@codemirror/view';
import type { DecorationSet } from '@codemirror/view';
import type { InlayHint, Range } from '../../../ide/types.ts';
import { element } from '../dom.ts';

class HintWidget extends WidgetType {
  readonly hint: InlayHint;
  constructor(hint: InlayHint) {
    super();
    this.hint = hint;
  }
  override eq({ hint: { label, tooltip } }: HintWidget): boolean {
    return this.hint.label === label && this.hint.tooltip === tooltip;
  }
  override toDOM(): HTMLElement {
    const { label, tooltip } = this.hint;
    return element('span', { class: 'cm-hint', ...(tooltip !== undefined && { title: tooltip }) }, label.trim());
  }
}

const setHints = StateEffect.define<readonly InlayHint[]>();
const setMarked = StateEffect.define<readonly Range[]>();

const field = (effect: typeof setHints | typeof setMarked, decorate: (value: never, text: Text) => DecorationSet) =>
  StateField.define<DecorationSet>({
    create: () => RangeSet.empty,
    update: (value, transaction) => {
      for (const one of transaction.effects)
        if (one.is(effect as never)) return decorate(one.value as never, transaction.state.doc);
      return value.map(transaction.changes);
    },
    provide: (own) => EditorView.decorations.from(own),
  });

const hintField = field(setHints, (hints: readonly InlayHint[], text) =>
  Decoration.set(
    hints
      .filter(({ offset }) => offset <= text.length)
      .map((hint) => Decoration.widget({ widget: new HintWidget(hint), side: 1 }).range(hint.offset)),
    true,
  ),
);

const stripe = Decoration.line({ class: 'cm-marked' });

const markField = field(setMarked, (ranges: readonly Range[], text) => {
  const lines = new Set<number>();
  for (const { start, end } of ranges) {
    const last = text.lineAt(Math.min(end, text.length)).number;
    for (let line = text.lineAt(Math.min(start, text.length)).number; line <= last; line += 1) lines.add(line);
  }
  return Decoration.set(
    [...lines].map((line) => stripe.range(text.line(line).from)),
    true,
  );
});

/** Fields for both. */
export const marks: Extension = [hintField, markField];

/** Shows these shapes in place of those before. */
export function showHints(view: EditorView, hints: readonly InlayHint[]): void {
  view.dispatch({ effects: setHints.of(hints) });
}

/** Marks the lines of these ranges. */
export function markLines(view: EditorView, ranges: readonly Range[]): void {
  view.dispatch({ effects: setMarked.of(ranges) });
}
