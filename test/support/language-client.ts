// A client of `cnnc lsp`, with the package that editors' clients are made of.

import { spawn } from 'node:child_process';
import {
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import type {
  ClientCapabilities,
  CompletionItemKind,
  InitializeResult,
  ProtocolConnection,
  PublishDiagnosticsParams,
} from 'vscode-languageserver-protocol/node';
import { program } from './command-line.ts';

export interface LanguageClient {
  readonly connection: ProtocolConnection;
  readonly initialized: InitializeResult;
  readonly stderr: () => string;
  readonly processId: number;
  open(uri: string, text: string, version?: number): void;
  /** The whole text anew. */
  change(uri: string, text: string, version: number): void;
  /** Diagnostics of this version or a newer one, as soon as they are there. */
  diagnostics(uri: string, version: number): Promise<PublishDiagnosticsParams>;
  /** Every message of diagnostics that came. */
  readonly published: readonly PublishDiagnosticsParams[];
  /** Shuts it down; its exit code. */
  end(): Promise<number | null>;
}

/** What VS Code says that it can, as far as it matters here. */
export const fullCapabilities: ClientCapabilities = {
  textDocument: {
    hover: { contentFormat: ['markdown', 'plaintext'] },
    completion: {
      completionItem: { snippetSupport: true, documentationFormat: ['markdown', 'plaintext'] },
      completionItemKind: { valueSet: [...Array(25).keys()].map((at) => (at + 1) as CompletionItemKind) },
    },
    signatureHelp: {
      signatureInformation: {
        documentationFormat: ['markdown', 'plaintext'],
        parameterInformation: { labelOffsetSupport: true },
      },
    },
    publishDiagnostics: { relatedInformation: true },
    rename: { prepareSupport: true },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix', 'refactor'] } } },
  },
  workspace: { workspaceFolders: true, applyEdit: true, workspaceEdit: { documentChanges: true } },
};

export interface ClientOptions {
  readonly folders?: readonly string[];
  readonly capabilities?: ClientCapabilities;
  readonly initializationOptions?: unknown;
  /** Takes the place of what `initialize` says otherwise; undefined leaves it out. */
  readonly initialize?: Readonly<Record<string, unknown>>;
  /** False for a client that never says `initialized`. */
  readonly saysInitialized?: boolean;
  /** What to start with Node in place of the command line of this checkout. */
  readonly command?: readonly string[];
}

/** Starts a server and initialises it. */
export async function startClient(options: ClientOptions = {}): Promise<LanguageClient> {
  const { folders = [], capabilities = fullCapabilities, command = [program, 'lsp', '--stdio'] } = options;
  const server = spawn(process.execPath, command, { stdio: 'pipe' });
  let stderr = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => server.on('exit', resolve));
  const reader = new StreamMessageReader(server.stdout);
  const connection = createProtocolConnection(reader, new StreamMessageWriter(server.stdin));
  const published: PublishDiagnosticsParams[] = [];
  const waiting = new Set<() => void>();
  connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
    published.push(params);
    for (const look of waiting) look();
  });
  connection.listen();
  const initialized = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: folders.map((uri) => ({ uri, name: 'folder' })),
    capabilities,
    initializationOptions: options.initializationOptions,
    ...options.initialize,
  });
  if (options.saysInitialized !== false) await connection.sendNotification(InitializedNotification.type, {});
  return {
    connection,
    initialized,
    published,
    stderr: () => stderr,
    processId: server.pid!,
    open(uri, text, version = 1) {
      const textDocument = { uri, languageId: 'cnn', version, text };
      void connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
    },
    change(uri, text, version) {
      const change = { textDocument: { uri, version }, contentChanges: [{ text }] };
      void connection.sendNotification(DidChangeTextDocumentNotification.type, change);
    },
    diagnostics: (uri, version) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = published.findLast((one) => one.uri === uri && (one.version ?? 0) >= version);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    async end() {
      await connection.sendRequest(ShutdownRequest.type);
      await connection.sendNotification(ExitNotification.type);
      return ended;
    },
  };
}
