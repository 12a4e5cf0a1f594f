// The extension for VS Code: starts the language server, and shows its drawings and reports.

import { existsSync, readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { createPreview } from './preview.ts';

let client: LanguageClient | undefined;

/** VS Code calls it when the first `.cnn` file is opened. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const script = readFileSync(context.asAbsolutePath('dist/preview.js'), 'utf8');
  const preview = createPreview(() => client, script);
  // One start after the other: a second server must not be left behind.
  let starting = Promise.resolve();
  const restart = (): Promise<void> => {
    starting = starting.then(
      () => replaceServer(context),
      () => replaceServer(context),
    );
    return starting.then(preview.refresh);
  };
  context.subscriptions.push(
    preview,
    vscode.commands.registerCommand('cnnc.showDrawing', () => preview.show('drawing')),
    vscode.commands.registerCommand('cnnc.showReport', () => preview.show('report')),
    vscode.commands.registerCommand('cnnc.showExplanation', () => preview.show('explain')),
    vscode.commands.registerCommand('cnnc.restartServer', restart),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('cnnc.server') && restart()),
    // Texts of the library of blocks, `cnnc:blocks/…`, are no files.
    vscode.workspace.registerTextDocumentContentProvider('cnnc', {
      provideTextDocumentContent: async (uri) =>
        client?.sendRequest<string>('cnnc/library', { uri: uri.toString(true) }),
    }),
  );
  await restart();
}

/** VS Code calls it before it ends. */
export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function replaceServer(context: vscode.ExtensionContext): Promise<void> {
  // One that has crashed, and has not started again, cannot be stopped.
  await client?.stop().catch(() => {});
  client = undefined;
  client = await startServer(context);
}

/** The first server that starts. Throws what the last one said. */
async function startServer(context: vscode.ExtensionContext): Promise<LanguageClient> {
  const bundled = { module: context.asAbsolutePath('dist/server.mjs'), args: [] };
  for (const server of workspaceServers()) {
    const started = languageClient(server);
    try {
      await started.start();
      return started;
    } catch (error) {
      // An older release has no server, or needs a newer Node than this one.
      started.outputChannel.appendLine(`${server.module} did not start (${String(error)}); the bundled server is used`);
      await started.dispose().catch(() => {});
    }
  }
  const started = languageClient(bundled);
  await started.start();
  return started;
}

interface Server {
  readonly module: string;
  readonly args: readonly string[];
}

/** Programs of a workspace run only where the user trusts it. */
function workspaceServers(): readonly Server[] {
  const wanted = vscode.workspace.getConfiguration('cnnc').get<string>('server') === 'workspace';
  if (!wanted || !vscode.workspace.isTrusted) return [];
  return (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => vscode.Uri.joinPath(uri, 'node_modules/cnnc/bin/cnnc.js').fsPath)
    .filter((path) => existsSync(path))
    .map((module) => ({ module, args: ['lsp'] }));
}

function languageClient({ module, args }: Server): LanguageClient {
  const server = { module, args: [...args], transport: TransportKind.stdio };
  return new LanguageClient(
    'cnnc',
    'cnnc',
    { run: server, debug: server },
    {
      documentSelector: [
        { scheme: 'file', language: 'cnn' },
        { scheme: 'untitled', language: 'cnn' },
      ],
      initializationOptions: { library: true },
    },
  );
}
