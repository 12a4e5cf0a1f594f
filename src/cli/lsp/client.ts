// What the client can show, from its capabilities. Answers are shaped by it, so that older editors get what they understand.

import type { InitializeParams } from 'vscode-languageserver-protocol/node';

export interface Client {
  /** Completions may have placeholders. */
  readonly snippets: boolean;
  /** Hovers and other texts may be Markdown. */
  readonly markdown: boolean;
  /** Symbols may hold others. */
  readonly nestedSymbols: boolean;
  /** Edits may name the version of the text that they change. */
  readonly versionedEdits: boolean;
  /** Edits of code actions are understood; without it, commands would be needed. */
  readonly actionLiterals: boolean;
  readonly refreshesHints: boolean;
  readonly refreshesLenses: boolean;
  readonly refreshesTokens: boolean;
  /** Watches files when it is asked to. */
  readonly watchesFiles: boolean;
  /** Tells when folders are added and removed. */
  readonly tellsFolders: boolean;
  /** Opens `cnnc:blocks/…` by the request `cnnc/library`. */
  readonly opensLibrary: boolean;
}

/** Capabilities that are left out are taken as absent. */
export function clientOf({ capabilities, initializationOptions }: InitializeParams): Client {
  const { textDocument = {}, workspace = {} } = capabilities;
  const options: unknown = initializationOptions;
  return {
    snippets: textDocument.completion?.completionItem?.snippetSupport ?? false,
    markdown: textDocument.hover?.contentFormat?.includes('markdown') ?? false,
    nestedSymbols: textDocument.documentSymbol?.hierarchicalDocumentSymbolSupport ?? false,
    versionedEdits: workspace.workspaceEdit?.documentChanges ?? false,
    actionLiterals: textDocument.codeAction?.codeActionLiteralSupport !== undefined,
    refreshesHints: workspace.inlayHint?.refreshSupport ?? false,
    refreshesLenses: workspace.codeLens?.refreshSupport ?? false,
    refreshesTokens: workspace.semanticTokens?.refreshSupport ?? false,
    watchesFiles: workspace.didChangeWatchedFiles?.dynamicRegistration ?? false,
    tellsFolders: workspace.workspaceFolders ?? false,
    opensLibrary: typeof options === 'object' && options !== null && 'library' in options && options.library === true,
  };
}
