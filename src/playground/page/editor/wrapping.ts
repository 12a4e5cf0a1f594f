// Lines that are too long for the editor go on below, further in than they begin, so that the shapes behind them stay in view.

import { RangeSetBuilder } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin } from '@codemirror/view';
import type { DecorationSet, ViewUpdate } from '@codemirror/view';

/** Columns that a line may begin at and still go on further in: deeper ones would leave no room. */
const maxIndent = 16;

/** The style of a line that begins at this column; `style.css` takes it from there. */
const styles = Array.from({ length: maxIndent + 1 }, (_, column) =>
  Decoration.line({ attributes: { style: `--indent: ${column}ch` } }),
);

/** Wraps lines. */
export const wrapping: Extension = [
  EditorView.lineWrapping,
  ViewPlugin.define(
    (view) => ({
      decorations: indents(view),
      update(update: ViewUpdate) {
        if (update.docChanged || update.viewportChanged) this.decorations = indents(update.view);
      },
    }),
    { decorations: (plugin) => plugin.decorations },
  ),
];

/** Of the lines in view. */
function indents({ state: { doc }, viewport }: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (let at = viewport.from; at <= viewport.to;) {
    const line = doc.lineAt(at);
    const column = /^ */.exec(line.text.slice(0, maxIndent))![0].length;
    builder.add(line.from, line.from, styles[column]!);
    at = line.to + 1;
  }
  return builder.finish();
}
