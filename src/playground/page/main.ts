// The playground's page. The language worker starts first, so that the drawing appears while the editor is still loading.

import type { CompilerCalls, LanguageCalls } from '../protocol.ts';
import type { Program } from '../program.ts';
import { createCalm } from './calm.ts';
import { client } from './client.ts';
import { byId } from './dom.ts';
import type { Editor } from './editor/editor.ts';
import { ownDraft } from './drafts.ts';
import { startHeader } from './header.ts';
import { openingProgram } from './opening.ts';
import { layersAt, placeOf, placesOf } from './places.ts';
import { coveredHeight, showProblems } from './problems.ts';
import { createStore } from './store.ts';
import { startDivider } from './divider.ts';
import { createTabBar } from './tab-bar.ts';
import type { Host, ProgramState } from './tab.ts';
import { tabs } from './tabs.ts';

const worker = (name: string) => () => new Worker(new URL(`${name}.js`, document.baseURI), { type: 'module', name });
/** Milliseconds that one question may take. */
const [languageLimit, compilerLimit] = [5000, 60_000];
const language = client<LanguageCalls>(worker('language'), languageLimit);
const compiler = client<CompilerCalls>(worker('compiler'), compilerLimit);

const say = (sentence: string): void => {
  byId('status').textContent = sentence;
  clearTimeout(silence);
  silence = setTimeout(() => byId('status').replaceChildren(), 6000);
};
let silence: ReturnType<typeof setTimeout> | undefined;
let editor: Editor | undefined;
/** Why the text is not kept in the browser, if it is not. */
let notKept: string | undefined;

const editorCode = import('./editor/editor.ts');
// What cannot be loaded is said where it is waited for.
editorCode.catch(() => {});
const draft = await ownDraft();
const { program: first, note } = await openingProgram(location.hash, draft.before);
const store = createStore(language, first, changed);
const calm = createCalm((state) => {
  editor?.show(state.diagnostics, state.text);
  showProblems(state, { go: host.select, fix: (edits) => editor?.fix(edits, state.text) });
  editor?.uncover();
});

const host: Host = {
  compiler,
  program: store.state,
  select: (place) => {
    editor?.select(place);
    editor?.focus();
  },
  choose: (layers) => {
    const shown = store.state()?.shown;
    const place = shown && placeOf(shown, layers);
    if (place) editor?.select(place);
    mark(layers);
  },
  say,
};
const bar = createTabBar(tabs, host);
void bar.open(tabs[0]!.name);
store.edit(first, 'now');

const header = startHeader({ store, say, load, format: () => editor?.format() });
startDivider();

try {
  const { createEditor } = await editorCode;
  byId('unstarted').remove();
  editor = createEditor(byId('editor'), first.text, {
    ask: store.ask,
    say,
    covered: coveredHeight,
    changed: (text, typed) => {
      calm.edited(typed);
      const { files } = store.program();
      keep({ text, ...(files && { files }) }, 'soon');
    },
    caret: (offset) => {
      const state = store.state();
      if (state?.shown && state.isCurrent) mark(layersAt(state.shown, state.text, offset));
    },
  });
  const state = store.state();
  if (state) editor.show(state.diagnostics, state.text);
} catch {
  byId('editor').textContent = 'The editor could not be loaded. Reload the page to try again.';
}
if (note !== undefined) say(note);

addEventListener('hashchange', () => {
  void openingProgram(location.hash, undefined).then(({ program, note: sentence, isLink }) => {
    if (isLink) load(program);
    if (sentence !== undefined) say(sentence);
  });
});

/** Another program takes the place of this one, in one step of undo. */
function load(program: Program): void {
  // The editor tells of its new text, with the files of the store.
  store.edit(program, 'now');
  editor?.replace(program.text);
  keep(program, 'now');
}

function keep(program: Program, when: 'soon' | 'now'): void {
  store.edit(program, when);
  const sentence = draft.save(program);
  // Said once, not at each stroke of a key.
  if (sentence !== undefined && sentence !== notKept) say(sentence);
  notKept = sentence;
  // The address would otherwise still hold another program.
  if (location.hash !== '') history.replaceState(null, '', location.pathname + location.search);
}

function changed(state: ProgramState): void {
  calm.show(state);
  header.update(state);
  bar.update(state);
}

/** Marks the layers in every view and in the text. */
function mark(layers: readonly string[]): void {
  const shown = store.state()?.shown;
  if (shown) editor?.mark(placesOf(shown, layers));
  bar.mark(layers);
}
