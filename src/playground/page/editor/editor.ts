// The editor: CodeMirror with what the language worker knows of the text.

import { acceptCompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { lintKeymap, setDiagnostics } from '@codemirror/lint';
import type { Diagnostic } from '@codemirror/lint';
import { searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import {
  EditorView,
  drawSelection,
  dropCursor,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view';
import type { Range } from '../../../ide/types.ts';
import { maxTextLength, tooLong } from '../../program.ts';
import type { Problem, TextEdit } from '../../protocol.ts';
import type { Store } from '../store.ts';
import { assistance } from './assist.ts';
import { colours } from './colours.ts';
import { folding, setFoldable } from './folding.ts';
import { markLines, marks, showHints } from './marks.ts';
import { apply, format, refactoring } from './rename.ts';
import { wrapping } from './wrapping.ts';

export interface Editor {
  /** Another text, in one step of undo. */
  replace(text: string): void;
  select(place: Range): void;
  /** Marks the lines of the chosen step. */
  mark(places: readonly Range[]): void;
  /** Shows what was found out about `text`. */
  show(diagnostics: readonly Problem[], text: string): void;
  /** Applies a fix of `text`, in one step of undo; where the text is another by now, says so. */
  fix(edits: readonly TextEdit[], text: string): void;
  format(): void;
  /** Scrolls the caret out from below what lies over the end of the text. */
  uncover(): void;
  focus(): void;
}

export interface EditorHost {
  readonly ask: Store['ask'];
  readonly say: (sentence: string) => void;
  /** How many pixels at the bottom something lies over. */
  readonly covered: () => number;
  /** `typed`: by a key that writes or takes away a character. */
  readonly changed: (text: string, typed: boolean) => void;
  /** The user moved the caret there. */
  readonly caret: (offset: number) => void;
}

/** An editor with the text in the element. */
export function createEditor(parent: HTMLElement, text: string, host: EditorHost): Editor {
  const { ask, say } = host;
  const view = new EditorView({ parent, state: EditorState.create({ doc: text, extensions: extensions(host) }) });

  const refresh = async (): Promise<void> => {
    const { doc } = view.state;
    const [hints, foldable] = await Promise.all([ask('hints'), ask('folding')]);
    if (view.state.doc !== doc) return;
    if (hints) showHints(view, hints);
    if (foldable) setFoldable(view, foldable);
  };

  const fix = (edits: readonly TextEdit[], of: string): void => {
    if (view.state.doc.toString() === of) apply(view, edits, 'fix');
    else say('The text has changed since: what would mend it follows in a moment.');
  };

  return {
    replace: (next) =>
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: next },
        selection: { anchor: 0 },
        scrollIntoView: true,
        userEvent: 'input.replace',
      }),
    select: ({ start, end }) => {
      const { length } = view.state.doc;
      const [anchor, head] = [Math.min(start, length), Math.min(end, length)];
      view.dispatch({
        selection: { anchor, head },
        effects: EditorView.scrollIntoView(anchor, { y: 'nearest', yMargin: 48 }),
        userEvent: 'select.link',
      });
    },
    mark: (places) => markLines(view, places),
    show: (diagnostics, text) => {
      const { length } = view.state.doc;
      view.dispatch(
        setDiagnostics(
          view.state,
          diagnostics.map((one) => diagnostic(one, length, (edits) => fix(edits, text))),
        ),
      );
      void refresh();
    },
    fix: (edits, text) => {
      fix(edits, text);
      view.focus();
    },
    format: () => void format(view, ask, say),
    uncover: () => uncover(view, host.covered()),
    focus: () => view.focus(),
  };
}

function uncover(view: EditorView, covered: number): void {
  const { head } = view.state.selection.main;
  const caret = view.hasFocus && covered > 0 ? view.coordsAtPos(head) : null;
  const { bottom } = view.scrollDOM.getBoundingClientRect();
  if (!caret || caret.top > bottom || caret.bottom <= bottom - covered) return;
  view.dispatch({ effects: EditorView.scrollIntoView(head) });
}

function extensions({ ask, say, covered, changed, caret }: EditorHost) {
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    history(),
    folding,
    drawSelection(),
    dropCursor(),
    indentOnInput(),
    indentUnit.of('  '),
    bracketMatching(),
    closeBrackets(),
    rectangularSelection(),
    highlightActiveLine(),
    EditorState.tabSize.of(2),
    EditorView.scrollMargins.of(() => ({ bottom: covered() })),
    EditorState.changeFilter.of(({ changes, docChanged }) => {
      if (!docChanged || changes.newLength <= maxTextLength) return true;
      say(`Not inserted: ${tooLong}.`);
      return false;
    }),
    EditorView.contentAttributes.of({
      'aria-label': 'Program',
      tabindex: '0',
      spellcheck: 'false',
      autocapitalize: 'off',
    }),
    colours,
    marks,
    wrapping,
    assistance(ask),
    refactoring(ask, say),
    keymap.of([
      { key: 'Tab', run: acceptCompletion },
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...completionKeymap,
      ...lintKeymap,
      indentWithTab,
    ]),
    EditorView.updateListener.of((update) => {
      const typed = update.transactions.every(
        (one) => one.isUserEvent('input.type') || one.isUserEvent('delete.backward'),
      );
      if (update.docChanged) changed(update.state.doc.toString(), typed);
      const isLink = update.transactions.some((one) => one.isUserEvent('select.link'));
      if ((update.selectionSet || update.docChanged) && !isLink) caret(update.state.selection.main.head);
    }),
  ];
}

function diagnostic(
  { start, end, severity, message, fixes }: Problem,
  length: number,
  fix: (edits: readonly TextEdit[]) => void,
): Diagnostic {
  const from = Math.min(start, length);
  return {
    from,
    to: Math.max(from, Math.min(end, length)),
    severity: severity === 'note' ? 'info' : severity,
    message,
    actions: fixes.map(({ title, edits }) => ({ name: title, apply: () => fix(edits) })),
  };
}
