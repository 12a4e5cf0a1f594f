// The requests about an open text: each asks the language service and turns its answer into the protocol's.

import {
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  DefinitionRequest,
  DocumentFormattingRequest,
  DocumentHighlightRequest,
  DocumentRangeFormattingRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  InlayHintRequest,
  MessageType,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  SemanticTokensRangeRequest,
  SemanticTokensRequest,
  ShowMessageNotification,
  SignatureHelpRequest,
} from 'vscode-languageserver-protocol/node';
import type { Position, ProtocolConnection, TextDocumentIdentifier } from 'vscode-languageserver-protocol/node';
import { toCodeActions, toTextEdit, toWorkspaceEdit } from './convert/edits.ts';
import { toCompletions, toSignatureHelp } from './convert/completion.ts';
import { toCodeLens, toHover, toInlayHint } from './convert/hover.ts';
import { spanRange, toLocation, toOffset, toOffsets, toRange } from './convert/places.ts';
import { toFolding, toSymbol, toSymbolList } from './convert/symbols.ts';
import { toSemanticTokens } from './convert/tokens.ts';
import { withClosed } from './closed-files.ts';
import { answerCommands, toCommand } from './commands.ts';
import { refusal, textOf } from './session.ts';
import type { Session } from './session.ts';

interface About {
  readonly textDocument: TextDocumentIdentifier;
}

interface At extends About {
  readonly position: Position;
}

/** `current` throws where there is no session. */
export function answerFeatures(connection: ProtocolConnection, current: () => Session): void {
  answerPlaces(connection, current);
  answerNames(connection, current);
  answerTexts(connection, current);
  answerCommands(connection, current);
}

/** What a request is about: its text, and the service that knows it. Throws a `ResponseError`. */
function about(session: Session, { textDocument }: About) {
  const text = textOf(session, textDocument.uri);
  return { text, path: text.path, service: text.project.service, client: session.client };
}

/** As `about`, with the offset of the caret. */
function at(session: Session, params: At) {
  const asked = about(session, params);
  return { ...asked, offset: toOffset(asked.text, params.position) };
}

function answerPlaces(connection: ProtocolConnection, current: () => Session): void {
  connection.onRequest(HoverRequest.type, (params) => {
    const { service, path, offset, text, client } = at(current(), params);
    const hover = service.hover(path, offset);
    return hover ? toHover(hover, text, client) : null;
  });
  connection.onRequest(CompletionRequest.type, (params) => {
    const { service, path, offset, text, client } = at(current(), params);
    return toCompletions(service.completion(path, offset), text, client);
  });
  connection.onRequest(SignatureHelpRequest.type, (params) => {
    const { service, path, offset, client } = at(current(), params);
    const help = service.signatureHelp(path, offset);
    return help ? toSignatureHelp(help, client) : null;
  });
  connection.onRequest(CodeActionRequest.type, (params) => {
    const { service, path, text, client } = about(current(), params);
    const actions = service.actions(path, toOffsets(text, params.range));
    const shown = toCodeActions(actions, params.context, text, client);
    return client.actionLiterals ? shown : client.appliesEdits ? shown.map(toCommand) : [];
  });
  connection.onRequest(InlayHintRequest.type, (params) => {
    const { service, path, text } = about(current(), params);
    return service.inlayHints(path, toOffsets(text, params.range)).map((hint) => toInlayHint(hint, text));
  });
}

function answerNames(connection: ProtocolConnection, current: () => Session): void {
  connection.onRequest(DefinitionRequest.type, (params) => {
    const { service, path, offset, text, client } = at(current(), params);
    const place = service.definition(path, offset);
    return (place && toLocation(text.project, place, client)) ?? null;
  });
  connection.onRequest(ReferencesRequest.type, (params) => {
    const { service, path, offset, text, client } = at(current(), params);
    const { includeDeclaration } = params.context;
    const found = withClosed(text, offset, () => service.references(path, offset, { declaration: includeDeclaration }));
    return found.flatMap((place) => toLocation(text.project, place, client) ?? []);
  });
  connection.onRequest(DocumentHighlightRequest.type, (params) => {
    const { service, path, offset } = at(current(), params);
    const own = service.references(path, offset).filter(({ source }) => source.path === path);
    return own.map((place) => ({ range: spanRange(place) }));
  });
  connection.onRequest(PrepareRenameRequest.type, (params) => {
    const { service, path, offset, text } = at(current(), params);
    const found = service.prepareRename(path, offset);
    if (!found) return null;
    if ('refused' in found) throw refusal(found.refused);
    return { range: toRange(text, found.range), placeholder: found.placeholder };
  });
  connection.onRequest(RenameRequest.type, (params) => {
    const { service, path, offset, text, client } = at(current(), params);
    const renamed = withClosed(text, offset, (isAll) =>
      isAll ? service.rename(path, offset, params.newName) : { refused: tooManyFiles },
    );
    if ('refused' in renamed) throw refusal(renamed.refused);
    const edit = toWorkspaceEdit(renamed.edits, text, client);
    if (!edit) throw refusal('the name is used in a file that cannot be changed');
    if (renamed.note !== undefined) tell(connection, renamed.note);
    return edit;
  });
}

const tooManyFiles = 'too many files of the folder may use the name: open a smaller folder, or rename it by hand';

/** Shows a sentence beside the answer. */
function tell(connection: ProtocolConnection, message: string): void {
  connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Info, message }).catch(() => {});
}

function answerTexts(connection: ProtocolConnection, current: () => Session): void {
  connection.onRequest(DocumentSymbolRequest.type, (params) => {
    const { service, path, text, client } = about(current(), params);
    const symbols = service.symbols(path);
    return client.nestedSymbols ? symbols.map((symbol) => toSymbol(symbol, text)) : toSymbolList(symbols, text);
  });
  connection.onRequest(FoldingRangeRequest.type, (params) => {
    const { service, path, text } = about(current(), params);
    return service.folding(path).map((range) => toFolding(range, text));
  });
  connection.onRequest(SemanticTokensRequest.type, (params) => {
    const { service, path, text } = about(current(), params);
    return toSemanticTokens(service.semanticTokens(path), text);
  });
  connection.onRequest(SemanticTokensRangeRequest.type, (params) => {
    const { service, path, text } = about(current(), params);
    return toSemanticTokens(service.semanticTokens(path), text, toOffsets(text, params.range));
  });
  connection.onRequest(DocumentFormattingRequest.type, (params) => {
    const { service, path } = about(current(), params);
    return service.format(path).map(toTextEdit);
  });
  connection.onRequest(DocumentRangeFormattingRequest.type, (params) => {
    const { service, path, text } = about(current(), params);
    return service.formatRange(path, toOffsets(text, params.range)).map(toTextEdit);
  });
  connection.onRequest(CodeLensRequest.type, (params) => {
    const { service, path, text } = about(current(), params);
    return service.codeLens(path).map((lens) => toCodeLens(lens, text));
  });
}
