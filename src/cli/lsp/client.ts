// What the client can show, from its capabilities. Answers are shaped by it, so that older editors get what they understand.

import type { InitializeParams } from 'vscode-languageserver-protocol/node';

export interface Client {
  /** Completions may have placeholders. */
  readonly snippets: boolean;
  /** Where texts may be Markdown. */
  readonly markdown: { readonly hover: boolean; readonly completion: boolean; readonly signature: boolean };
  /** Completions may be of kinds that came after the protocol's first version. */
  readonly newerKinds: boolean;
  /** A parameter may be given as a part of its signature's label, by two offsets; without it, by its text. */
  readonly labelOffsets: boolean;
  /** Symbols may hold others. */
  readonly nestedSymbols: boolean;
  /** Diagnostics may lead to other places. */
  readonly relatedPlaces: boolean;
  /** Edits may name the version of the text that they change. */
  readonly versionedEdits: boolean;
  /** Asks whether a name can be changed before it asks for another. */
  readonly preparesRename: boolean;
  /** Edits of code actions are understood; without it, they are commands. */
  readonly actionLiterals: boolean;
  /** Makes edits that the server sends. */
  readonly appliesEdits: boolean;
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

/** Capabilities that are left out or null are taken as absent. */
export function clientOf({ capabilities, initializationOptions }: Partial<InitializeParams>): Client {
  const { textDocument, workspace } = capabilities ?? {};
  const { completionItem, completionItemKind } = textDocument?.completion ?? {};
  const signature = textDocument?.signatureHelp?.signatureInformation;
  const options: unknown = initializationOptions;
  return {
    snippets: completionItem?.snippetSupport ?? false,
    markdown: {
      hover: prefersMarkdown(textDocument?.hover?.contentFormat),
      completion: prefersMarkdown(completionItem?.documentationFormat),
      signature: prefersMarkdown(signature?.documentationFormat),
    },
    newerKinds: Array.isArray(completionItemKind?.valueSet),
    labelOffsets: signature?.parameterInformation?.labelOffsetSupport ?? false,
    nestedSymbols: textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport ?? false,
    relatedPlaces: textDocument?.publishDiagnostics?.relatedInformation ?? false,
    versionedEdits: workspace?.workspaceEdit?.documentChanges ?? false,
    preparesRename: textDocument?.rename?.prepareSupport ?? false,
    actionLiterals: Boolean(textDocument?.codeAction?.codeActionLiteralSupport),
    appliesEdits: workspace?.applyEdit ?? false,
    refreshesHints: workspace?.inlayHint?.refreshSupport ?? false,
    refreshesLenses: workspace?.codeLens?.refreshSupport ?? false,
    refreshesTokens: workspace?.semanticTokens?.refreshSupport ?? false,
    watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false,
    tellsFolders: workspace?.workspaceFolders ?? false,
    opensLibrary: typeof options === 'object' && options !== null && 'library' in options && options.library === true,
  };
}

/** Formats stand in the order in which the client likes them. */
function prefersMarkdown(formats: readonly string[] | null | undefined): boolean {
  return formats?.find((format) => format === 'markdown' || format === 'plaintext') === 'markdown';
}
