// What one client and its server share once they have met.

import { LSPErrorCodes, ResponseError } from 'vscode-languageserver-protocol/node';
import type { ProtocolConnection } from 'vscode-languageserver-protocol/node';
import type { Client } from './client.ts';
import type { OpenText, Workspace } from './workspace.ts';

export interface Session {
  readonly connection: ProtocolConnection;
  readonly workspace: Workspace;
  readonly client: Client;
}

/** The open text of a request. Throws a `ResponseError` where there is none. */
export function textOf({ workspace }: Session, uri: string): OpenText {
  const text = workspace.get(uri);
  if (text) return text;
  throw refusal(`${uri} is not open`);
}

/** An answer that says in one sentence why there is none. */
export const refusal = (sentence: string): ResponseError<void> =>
  new ResponseError(LSPErrorCodes.RequestFailed, sentence);
