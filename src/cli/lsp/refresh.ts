// After an edit, editors ask anew about the text that was edited; about the others that import it they must be told.

import {
  CodeLensRefreshRequest,
  InlayHintRefreshRequest,
  SemanticTokensRefreshRequest,
} from 'vscode-languageserver-protocol/node';
import type { Session } from './session.ts';

/** Asks the client to show hints, lenses and colours anew, where another text could have changed them. */
export function refreshShown({ connection, workspace, client }: Session): void {
  if ([...workspace.texts].length < 2) return;
  const requests = [
    ...(client.refreshesHints ? [InlayHintRefreshRequest.type] : []),
    ...(client.refreshesLenses ? [CodeLensRefreshRequest.type] : []),
    ...(client.refreshesTokens ? [SemanticTokensRefreshRequest.type] : []),
  ];
  for (const request of requests) connection.sendRequest(request).catch(() => {});
}
