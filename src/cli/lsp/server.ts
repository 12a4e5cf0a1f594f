// The language server: the life of a session, the texts that are open in it, and its diagnostics. What it is asked about a text
// stands in features.ts. Language Server Protocol 3.17; messages are taken in their order, so every answer is about the newest text.

import {
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ErrorCodes,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  RegistrationRequest,
  ResponseError,
  ShutdownRequest,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import type {
  InitializeParams,
  ProtocolConnection,
  PublishDiagnosticsParams,
} from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { shownBefore } from '../../ide/calm.ts';
import type { Shown } from '../../ide/calm.ts';
import type { Io, Streams } from '../io.ts';
import { capabilitiesFor } from './capabilities.ts';
import { clientOf } from './client.ts';
import { toDiagnostic } from './convert/diagnostics.ts';
import { answerFeatures } from './features.ts';
import { answerPreview } from './preview.ts';
import { createPublisher } from './publisher.ts';
import type { Publisher } from './publisher.ts';
import { boundedReader } from './reader.ts';
import { refreshShown } from './refresh.ts';
import type { Session } from './session.ts';
import { isTyped } from './typed.ts';
import { uriOfPath } from './uri.ts';
import { createWorkspace } from './workspace.ts';
import type { OpenText } from './workspace.ts';

export interface ServerOptions {
  readonly version: string;
  /** Ends the server when the process of this number has ended. A client may give another by `initialize`. */
  readonly clientProcessId?: number;
}

/**
 * Serves one client until it says `exit` or its end of the stream closes. The exit code: 0 after `shutdown`, else 1. Only the
 * protocol goes to `output`; what went wrong is told to `io.stderr`.
 */
export function serve(
  { input, output }: Streams,
  io: Pick<Io, 'files' | 'stderr'>,
  options: ServerOptions,
): Promise<number> {
  // What a client sends may be quoted, whatever its length.
  const log = (sentence: string): void => io.stderr.write(`cnnc lsp: ${shorten(sentence)}\n`);
  const writer = new StreamMessageWriter(output);
  const refuse = (message: string): void => {
    log(message);
    const answer = { jsonrpc: '2.0', id: null, error: { code: ErrorCodes.ParseError, message } };
    writer.write(answer).catch(() => {});
  };
  const reader = boundedReader(input, { report: log, refuse });
  const connection = createProtocolConnection(reader, writer, { error: log, warn: log, info: log, log });
  return new Promise((end) => {
    let shutDown = false;
    const finish = (): void => {
      publisher.stop();
      connection.dispose();
      input.destroy();
      end(shutDown ? 0 : 1);
    };
    const watch = endsWith(finish);
    if (options.clientProcessId !== undefined) watch(options.clientProcessId);
    let session: Session | undefined;
    const current = (): Session => {
      if (shutDown) throw new ResponseError(ErrorCodes.InvalidRequest, 'the server was shut down');
      if (session) return session;
      throw new ResponseError(ErrorCodes.ServerNotInitialized, 'the first request must be `initialize`');
    };
    const publisher = followTexts(connection, current, log);
    connection.onRequest(InitializeRequest.type, (params) => {
      if (session) throw new ResponseError(ErrorCodes.InvalidRequest, '`initialize` came twice');
      session = startSession(connection, params, io);
      // Clients that are a few lines long leave it out.
      if (typeof params.processId === 'number') watch(params.processId);
      return {
        capabilities: capabilitiesFor(session.client),
        serverInfo: { name: 'cnnc', version: options.version },
      };
    });
    connection.onNotification(InitializedNotification.type, () => askForNews(current()));
    connection.onRequest(ShutdownRequest.type, () => {
      current();
      shutDown = true;
      publisher.stop();
    });
    connection.onNotification(ExitNotification.type, finish);
    connection.onClose(finish);
    answerFeatures(connection, current);
    answerPreview(connection, current);
    connection.listen();
  });
}

const LONGEST_LOG = 600;
const shorten = (text: string): string => (text.length > LONGEST_LOG ? `${text.slice(0, LONGEST_LOG)}…` : text);

/** Calls `finish` when a process has ended; looks every few seconds. */
function endsWith(finish: () => void): (processId: number) => void {
  let timer: NodeJS.Timeout | undefined;
  return (processId) => {
    clearInterval(timer);
    timer = setInterval(() => {
      try {
        process.kill(processId, 0);
      } catch (error) {
        // A process of another user cannot be asked, but it is there.
        if ((error as NodeJS.ErrnoException).code !== 'EPERM') finish();
      }
    }, 3000);
    timer.unref();
  };
}

function startSession(connection: ProtocolConnection, params: InitializeParams, io: Pick<Io, 'files'>): Session {
  const workspace = createWorkspace(io.files);
  // Clients of before 2018 name one folder only, the oldest by its path.
  // oxlint-disable-next-line no-deprecated
  const { rootPath, rootUri = rootPath ? uriOfPath(rootPath) : null } = params;
  workspace.setFolders(params.workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []));
  return { connection, workspace, client: clientOf(params) };
}

/** Asks to be told when a file changes that is not open. */
function askForNews({ connection, client }: Session): void {
  if (!client.watchesFiles) return;
  const { method } = DidChangeWatchedFilesNotification.type;
  const registration = { id: 'files', method, registerOptions: { watchers: [{ globPattern: '**/*.cnn' }] } };
  connection.sendRequest(RegistrationRequest.type, { registrations: [registration] }).catch(() => {});
}

/** Keeps the texts, and publishes what is wrong with them. */
function followTexts(
  connection: ProtocolConnection,
  current: () => Session,
  log: (sentence: string) => void,
): Publisher {
  const sent = new Map<string, Sent>();
  const publisher = createPublisher((uris, isTyping) => {
    const session = current();
    for (const uri of uris) {
      try {
        publishOne(session, uri, sent, isTyping);
      } catch (error) {
        // The next edit may put it right, and the other texts have their own answers.
        log(`no diagnostics of ${uri}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
    }
    refreshShown(session);
  });
  /** A text may be imported by every other one of its project. */
  const touchProject = (text: OpenText, typed = false): void => {
    publisher.touch(text.uri, typed);
    for (const { uri } of text.project.texts.values()) publisher.touch(uri, typed);
  };
  const touchAll = (): void => {
    for (const { uri } of current().workspace.texts) publisher.touch(uri);
  };
  connection.onNotification(DidOpenTextDocumentNotification.type, ({ textDocument }) => {
    const { uri, languageId, version, text } = textDocument;
    if (typeof uri !== 'string' || typeof text !== 'string') throw new TypeError('a text to open has a uri and a text');
    touchProject(current().workspace.open(TextDocument.create(uri, languageId, version, text)));
  });
  connection.onNotification(DidChangeTextDocumentNotification.type, ({ textDocument, contentChanges }) => {
    const { uri, version } = textDocument;
    const { workspace } = current();
    const before = workspace.get(uri)?.document.getText() ?? '';
    const text = workspace.change(uri, contentChanges, version);
    if (text) touchProject(text, isTyped(contentChanges, before));
    else log(`an edit of ${uri}, which is not open, was left out`);
  });
  connection.onNotification(DidCloseTextDocumentNotification.type, ({ textDocument: { uri } }) => {
    const closed = current().workspace.close(uri);
    publisher.forget(uri);
    sent.delete(uri);
    if (!closed) return;
    for (const other of closed.project.texts.values()) publisher.touch(other.uri);
    publish(connection, { uri, diagnostics: [] });
  });
  connection.onNotification(DidChangeWatchedFilesNotification.type, touchAll);
  connection.onNotification(DidChangeWorkspaceFoldersNotification.type, ({ event: { added, removed } }) => {
    const { workspace } = current();
    const gone = new Set(removed.map(({ uri }) => uri));
    workspace.setFolders([...workspace.folders.filter((uri) => !gone.has(uri)), ...added.map(({ uri }) => uri)]);
    touchAll();
  });
  return publisher;
}

/** The last diagnostics of a text that were sent: as they were, and what of it the next ones are compared with. */
interface Sent extends Shown {
  readonly news: string;
}

/** What was sent for the same version is not sent again. `isTyping`: only what is gone since the last time is taken away. */
function publishOne(
  { connection, workspace, client }: Session,
  uri: string,
  sent: Map<string, Sent>,
  isTyping: boolean,
): void {
  const open = workspace.get(uri);
  if (!open) return;
  const { project, path, document } = open;
  const text = document.getText();
  const last = sent.get(uri) ?? { text, starts: [], news: '' };
  const isKnown = shownBefore(last, text);
  const shown = project.service.diagnostics(path).filter(({ span }) => !isTyping || isKnown(span.start));
  // The client itself moves what it shows with the text.
  if (isTyping && shown.length === last.starts.length) return;
  const diagnostics = shown.map((one) => toDiagnostic(one, open, client));
  const message = { uri, version: document.version, diagnostics };
  const news = JSON.stringify(message);
  if (last.news === news) return;
  sent.set(uri, { news, text, starts: shown.map(({ span }) => span.start) });
  publish(connection, message);
}

function publish(connection: ProtocolConnection, message: PublishDiagnosticsParams): void {
  // Where it cannot be sent, the client is gone, and so will be the server.
  connection.sendNotification(PublishDiagnosticsNotification.type, message).catch(() => {});
}
