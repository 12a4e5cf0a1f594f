// Run by vscode.test.ts: loads the built extension in the folder given, with a stand-in for VS Code, does what a person does, and
// prints as JSON what the extension did. What the stand-in does not know is a function that does nothing, or a class.

import Module, { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = resolve(process.argv[2]);
/** A folder that is open and whose own server is wanted. */
const workspace = process.argv[3];

/** Whatever is asked of it; `own` is what it really has. */
function standIn(own = {}) {
  return new Proxy(
    Object.assign(function () {}, own),
    {
      get(target, key) {
        if (typeof key === 'symbol' || key === 'then') return undefined;
        if (key !== 'name' && key !== 'length' && Object.hasOwn(target, key)) return target[key];
        return (target[key] = /^on(Did|Will)/.test(key) ? () => new Disposable() : standIn());
      },
      apply: () => standIn(),
    },
  );
}

class Disposable {
  dispose() {}
}
class EventEmitter {
  listeners = [];
  event = (listener) => {
    this.listeners.push(listener);
    return new Disposable();
  };
  fire(value) {
    for (const listener of this.listeners) listener(value);
  }
  dispose() {}
}
class Uri {
  constructor(text) {
    this.text = text;
    this.scheme = text.slice(0, text.indexOf(':'));
  }
  toString() {
    return this.text;
  }
  get fsPath() {
    return fileURLToPath(this.text);
  }
  static parse(text) {
    return new Uri(text);
  }
  static file(path) {
    return new Uri(pathToFileURL(path).href);
  }
  static joinPath(uri, path) {
    return new Uri(`${uri}/${path}`);
  }
}
class Position {
  line;
  character;
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}
class Range {
  start;
  end;
  constructor(startLine, startCharacter, endLine, endCharacter) {
    this.start = new Position(startLine, startCharacter);
    this.end = new Position(endLine, endCharacter);
  }
}
class CancellationTokenSource {
  token = { isCancellationRequested: false, onCancellationRequested: () => new Disposable() };
  dispose() {}
}
class Diagnostic {
  range;
  message;
  constructor(range, message) {
    Object.assign(this, { range, message });
  }
}

const text = `network N {
  input image: [1, 28, 28]
  conv(8, kernel: 3) -> relu
  flatten -> dense(10)
}
`;
const document = { uri: new Uri('file:///tmp/net.cnn'), languageId: 'cnn', version: 1, getText: () => text };
const editor = { document, selection: { active: new Position(2, 4) }, viewColumn: 1 };
const [seen, commands, selected] = [{ toPage: [], shown: [] }, new Map(), new EventEmitter()];
let tell;
const panel = {
  webview: {
    html: '',
    postMessage: (message) => Promise.resolve(seen.toPage.push(message)),
    onDidReceiveMessage: (listener) => (tell = listener),
  },
  onDidDispose: () => new Disposable(),
  reveal() {},
  dispose() {},
};
const matches = ({ language, scheme }) => language === 'cnn' && scheme === 'file';
const vscode = standIn({
  version: '1.96.0',
  ViewColumn: { Beside: -2, One: 1 },
  ...{ CancellationTokenSource, Diagnostic, Disposable, EventEmitter, Position, Range, Uri },
  workspace: standIn({
    workspaceFolders: workspace === undefined ? undefined : [{ uri: Uri.file(workspace), name: 'folder', index: 0 }],
    textDocuments: [document],
    notebookDocuments: [],
    isTrusted: true,
    asRelativePath: String,
    getConfiguration: () => ({ get: (key, otherwise) => (key === 'server' && workspace ? 'workspace' : otherwise) }),
  }),
  window: standIn({
    activeTextEditor: editor,
    visibleTextEditors: [editor],
    tabGroups: { all: [], onDidChangeTabs: () => new Disposable() },
    createWebviewPanel: () => panel,
    showErrorMessage: () => Promise.resolve(),
    showWarningMessage: () => Promise.resolve(),
    onDidChangeTextEditorSelection: selected.event,
    showTextDocument: (uri, { selection }) => Promise.resolve(seen.shown.push([String(uri), selection])),
  }),
  languages: standIn({
    match: (selectors, { languageId }) => (languageId === 'cnn' && selectors.some(matches) ? 10 : 0),
  }),
  commands: {
    registerCommand: (name, action) => {
      commands.set(name, action);
      return new Disposable();
    },
  },
});

const load = Module._load;
Module._load = (name, ...others) => (name === 'vscode' ? vscode : load(name, ...others));
const extension = createRequire(import.meta.url)(join(folder, 'dist/extension.cjs'));

async function until(condition) {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 500) throw new Error(`waited in vain for ${condition}: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const last = (kind) => seen.toPage.findLast((message) => message.kind === kind);

await extension.activate({ asAbsolutePath: (path) => join(folder, path), subscriptions: [] });
seen.commands = [...commands.keys()];
commands.get('cnnc.showDrawing')();
seen.policy = /content="(default-src [^"]*)"/.exec(panel.webview.html)[1];
tell({ kind: 'ready' });
await until(() => last('mark'));
seen.svg = last('drawing').svg;
seen.marked = [last('mark').ids];
selected.fire({ textEditor: { ...editor, selection: { active: new Position(3, 15) } } });
await until(() => last('mark').ids[0] !== seen.marked[0][0]);
seen.marked.push(last('mark').ids);
tell({ kind: 'reveal', id: 'conv1' });
await until(() => seen.shown.length > 0);
commands.get('cnnc.showReport')();
await until(() => last('text'));
seen.report = last('text').text;
// Two at once, as when a folder is trusted while its settings change.
await Promise.all([commands.get('cnnc.restartServer')(), commands.get('cnnc.restartServer')()]);
await until(() => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length === 1);
seen.toPage.length = 0;
commands.get('cnnc.showReport')();
await until(() => last('text'));
seen.reportAgain = last('text').text;
await extension.deactivate();
delete seen.toPage;
process.stdout.write(JSON.stringify(seen), () => process.exit());
