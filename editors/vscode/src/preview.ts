// The panel beside the text: a drawing, the report or what compiling does. The drawing follows the caret, and a click on a box leads
// to its text.

import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { FromPreview, ToPreview } from './messages.ts';
import { previewPage } from './page.ts';
import { boxesAt } from './places.ts';
import type { Boxed } from './places.ts';

export type Kind = 'drawing' | 'report' | 'explain';

const titles: Readonly<Record<Kind, string>> = { drawing: 'Drawing', report: 'Report', explain: 'Compiling' };

interface Drawing {
  readonly svg: string;
  readonly style: { readonly light: string; readonly dark: string; readonly rules: string };
  readonly boxes: readonly Boxed[];
}

export interface Preview extends vscode.Disposable {
  show(kind: Kind): void;
  /** The text, the caret or the server is another one. */
  refresh(): void;
}

/** Milliseconds between the last edit and a new drawing. */
const PAUSE = 150;

/** At most one panel. `client` is undefined while no server runs; `script` is that of the page. */
export function createPreview(client: () => LanguageClient | undefined, script: string): Preview {
  let panel: vscode.WebviewPanel | undefined;
  let kind: Kind = 'drawing';
  let editor: vscode.TextEditor | undefined;
  let boxes: readonly Boxed[] = [];
  let toggled = new Set<string>();
  let asked = 0;
  let timer: NodeJS.Timeout | undefined;

  // A webview is no window, and has no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  const post = (message: ToPreview): void => void panel?.webview.postMessage(message);
  const later = (): void => {
    clearTimeout(timer);
    if (panel) timer = setTimeout(() => void update(), PAUSE);
  };

  async function update(): Promise<void> {
    const [server, about] = [client(), editor];
    if (!panel || !server || !about) return;
    const number = ++asked;
    const { document, selection } = about;
    panel.title = `${titles[kind]}: ${vscode.workspace.asRelativePath(document.uri)}`;
    const params = {
      textDocument: { uri: server.code2ProtocolConverter.asUri(document.uri) },
      position: server.code2ProtocolConverter.asPosition(selection.active),
      ...(kind === 'drawing' && { toggled: [...toggled] }),
    };
    try {
      const answer = await server.sendRequest<Drawing & { readonly text: string }>(`cnnc/${kind}`, params);
      // A newer question is on its way.
      if (number !== asked) return;
      boxes = kind === 'drawing' ? answer.boxes : [];
      post(
        kind === 'drawing'
          ? { kind: 'drawing', svg: answer.svg, style: answer.style }
          : { kind: 'text', text: answer.text },
      );
      markCaret();
    } catch (error) {
      if (number === asked) post({ kind: 'refused', sentence: error instanceof Error ? error.message : String(error) });
    }
  }

  function markCaret(): void {
    const server = client();
    if (!editor || !server) return;
    const uri = server.code2ProtocolConverter.asUri(editor.document.uri);
    post({ kind: 'mark', ids: boxesAt(boxes, uri, editor.selection.active) });
  }

  async function reveal(id: string): Promise<void> {
    const [place] = boxes.find((box) => box.id === id)?.places ?? [];
    const server = client();
    if (!place || !server) return;
    const selection = server.protocol2CodeConverter.asRange(place.range);
    const uri = server.protocol2CodeConverter.asUri(place.uri);
    const viewColumn = editor?.viewColumn ?? vscode.ViewColumn.One;
    await vscode.window.showTextDocument(uri, { viewColumn, selection });
  }

  function open(): void {
    panel = vscode.window.createWebviewPanel(
      'cnnc.preview',
      titles[kind],
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [], retainContextWhenHidden: true },
    );
    panel.onDidDispose(() => (panel = undefined));
    panel.webview.onDidReceiveMessage((message: FromPreview) => {
      if (message.kind === 'ready') void update();
      else if (message.kind === 'reveal') void reveal(message.id);
      else {
        toggled = new Set(
          [...toggled].filter((id) => id !== message.id).concat(toggled.has(message.id) ? [] : message.id),
        );
        void update();
      }
    });
    panel.webview.html = previewPage(randomBytes(16).toString('base64url'), script);
  }

  const follow = (textEditor: vscode.TextEditor | undefined): void => {
    if (textEditor?.document.languageId !== 'cnn') return;
    const other = editor?.document !== textEditor.document;
    if (other) toggled = new Set();
    editor = textEditor;
    markCaret();
    // The caret may stand in another network now.
    later();
  };
  const subscriptions = [
    vscode.window.onDidChangeActiveTextEditor(follow),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => follow(textEditor)),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document === editor?.document) later();
    }),
  ];
  return {
    show(chosen) {
      kind = chosen;
      const active = vscode.window.activeTextEditor;
      if (active?.document.languageId === 'cnn') editor = active;
      if (!panel) return open();
      panel.reveal(undefined, true);
      void update();
    },
    refresh: later,
    dispose() {
      clearTimeout(timer);
      panel?.dispose();
      for (const one of subscriptions) one.dispose();
    },
  };
}
