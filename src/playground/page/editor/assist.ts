// What the language worker says while one types: completion, hovers and signatures.

import { autocompletion, snippet } from '@codemirror/autocomplete';
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { StateEffect, StateField } from '@codemirror/state';
import type { EditorState, Extension } from '@codemirror/state';
import { EditorView, ViewPlugin, hoverTooltip, showTooltip } from '@codemirror/view';
import type { Tooltip, TooltipView } from '@codemirror/view';
import type { CompletionItem, SignatureHelp } from '../../../ide/types.ts';
import { element } from '../dom.ts';
import type { Store } from '../store.ts';
import { markdown } from './markdown.ts';
import { templateOf } from './snippet.ts';

type Ask = Store['ask'];

/** All three. */
export function assistance(ask: Ask): Extension {
  return [
    autocompletion({ override: [(context) => complete(ask, context)], icons: false, maxRenderedOptions: 60 }),
    hoverTooltip(async (view, at) => hover(ask, view, at), { hoverTime: 250 }),
    signatures(ask),
  ];
}

async function complete(ask: Ask, { explicit, pos, state }: CompletionContext): Promise<CompletionResult | null> {
  const before = state.sliceDoc(Math.max(0, pos - 40), pos);
  // After a space nothing is offered unless it is asked for.
  if (!explicit && !/[\w.(:,"]$|->\s?$|[(,:]\s$/.test(before)) return null;
  const items = await ask('completion', pos);
  if (!items || items.length === 0) return null;
  const from = Math.min(...items.map(({ range }) => range.start));
  return { from, filter: false, options: items.map((item) => option(item)) };
}

function option(item: CompletionItem): Completion {
  const { label, kind, detail, markdown: text } = item;
  return {
    label,
    type: kind,
    ...(detail !== undefined && detail !== label && { detail }),
    ...(text !== undefined && { info: () => markdown(text) }),
    apply: (view) => apply(view, item),
  };
}

function apply(view: EditorView, { insert, snippet: isSnippet, range, also = [] }: CompletionItem): void {
  const others = also.map(({ span, text }) => ({ from: span.start, to: span.end, insert: text }));
  const to = Math.max(range.end, view.state.selection.main.head);
  if (!isSnippet) {
    const changes = view.state.changes([{ from: range.start, to, insert }, ...others]);
    const anchor = changes.mapPos(range.start, -1) + insert.length;
    view.dispatch({ changes, selection: { anchor }, userEvent: 'input.complete' });
    return;
  }
  const moved = view.state.changes(others);
  if (others.length > 0) view.dispatch({ changes: moved });
  snippet(templateOf(insert))(view, null, moved.mapPos(range.start), moved.mapPos(to));
}

async function hover(ask: Ask, view: EditorView, at: number): Promise<Tooltip | null> {
  const found = await ask('hover', at);
  if (!found || found.range.end > view.state.doc.length) return null;
  return {
    pos: found.range.start,
    end: found.range.end,
    above: true,
    create: () => ({ dom: element('div', { class: 'cm-about' }, markdown(found.markdown)) }),
  };
}

/** What a call takes, and where that is shown. */
interface Shown {
  readonly help: SignatureHelp;
  readonly tooltip: Tooltip;
}

const setSignature = StateEffect.define<Shown | null>();

const signatureField = StateField.define<Shown | null>({
  create: () => null,
  update: (value, transaction) => {
    for (const effect of transaction.effects) if (effect.is(setSignature)) return effect.value;
    if (!value || !transaction.docChanged) return value;
    // Before what is typed at the place.
    const pos = transaction.changes.mapPos(value.tooltip.pos, -1);
    return { ...value, tooltip: { ...value.tooltip, pos } };
  },
  provide: (field) => showTooltip.from(field, (shown) => shown && shown.tooltip),
});

/** Always this function, by which the editor knows that the tooltip is the one before and only updates it. */
function createSignature({ state }: EditorView): TooltipView {
  const dom = element('div', { class: 'cm-about signature' });
  let shown: SignatureHelp | undefined;
  const show = (help: SignatureHelp | undefined): void => {
    if (!help || JSON.stringify(help) === JSON.stringify(shown)) return;
    shown = help;
    dom.replaceChildren(...signature(help));
  };
  show(state.field(signatureField)?.help);
  return { dom, update: (update) => show(update.state.field(signatureField)?.help) };
}

/** At the caret, or where the same call has its tooltip already if that is in the same line. */
function placed(help: SignatureHelp, before: Shown | null, { doc, selection }: EditorState): Shown {
  const { head } = selection.main;
  const isSame = before?.help.label === help.label && doc.lineAt(before.tooltip.pos).number === doc.lineAt(head).number;
  return { help, tooltip: { pos: isSame ? before.tooltip.pos : head, above: true, create: createSignature } };
}

/** Between the parentheses of a call, what it takes. */
function signatures(ask: Ask): Extension {
  const plugin = ViewPlugin.define((view) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      const { head, empty } = view.state.selection.main;
      const help = empty && view.hasFocus ? await ask('signature', head) : undefined;
      if (view.state.selection.main.head !== head) return;
      const before = view.state.field(signatureField);
      if (!help && !before) return;
      view.dispatch({ effects: setSignature.of(help ? placed(help, before, view.state) : null) });
    };
    return {
      update(update) {
        if (!update.docChanged && !update.selectionSet && !update.focusChanged) return;
        clearTimeout(timer);
        timer = setTimeout(() => void look(), 90);
      },
      destroy: () => clearTimeout(timer),
    };
  });
  return [signatureField, plugin];
}

function signature({ label, parameters, active, markdown: text }: SignatureHelp): readonly HTMLElement[] {
  const current = active === undefined ? undefined : parameters[active];
  const line = element('div', { class: 'call' });
  const { start, end } = current?.range ?? { start: label.length, end: label.length };
  line.append(label.slice(0, start), element('b', {}, label.slice(start, end)), label.slice(end));
  const about = current?.markdown ?? text;
  return [line, ...(about === undefined ? [] : [markdown(about)])];
}
