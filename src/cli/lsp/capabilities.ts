// What the server offers to a client.

import { CodeActionKind, TextDocumentSyncKind } from 'vscode-languageserver-protocol/node';
import type { ServerCapabilities } from 'vscode-languageserver-protocol/node';
import type { Client } from './client.ts';
import { APPLY_EDIT } from './commands.ts';
import { legend } from './convert/tokens.ts';

/** To a client that knows the whole protocol. Places count UTF-16 units, which every client understands. */
export const offered = {
  positionEncoding: 'utf-16',
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  hoverProvider: true,
  completionProvider: { triggerCharacters: ['.', '>', '(', ',', ':', '"', '/', '{', '['] },
  signatureHelpProvider: { triggerCharacters: ['(', ','], retriggerCharacters: [':'] },
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  documentFormattingProvider: true,
  documentRangeFormattingProvider: true,
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.Refactor] },
  renameProvider: { prepareProvider: true },
  inlayHintProvider: true,
  codeLensProvider: {},
  semanticTokensProvider: { legend, full: true, range: true },
  workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
} as const satisfies ServerCapabilities;

/** What this client understands of it. */
export function capabilitiesFor(client: Client): ServerCapabilities {
  const { codeActionProvider, renameProvider, workspace, ...others } = offered;
  return {
    ...others,
    renameProvider: client.preparesRename ? renameProvider : true,
    ...(client.actionLiterals
      ? { codeActionProvider }
      : client.appliesEdits && { codeActionProvider: true, executeCommandProvider: { commands: [APPLY_EDIT] } }),
    ...(client.tellsFolders && { workspace }),
  } as ServerCapabilities;
}
