// Code actions of clients that know commands only: the command carries the edit, and running it asks the client to make the edit.

import { ApplyWorkspaceEditRequest, ExecuteCommandRequest } from 'vscode-languageserver-protocol/node';
import type { CodeAction, Command, ProtocolConnection, WorkspaceEdit } from 'vscode-languageserver-protocol/node';
import { refusal } from './session.ts';
import type { Session } from './session.ts';

/** Its arguments are the title and the edit of a code action. */
export const APPLY_EDIT = 'cnnc.applyEdit';

/** The same action for a client without code action literals. */
export function toCommand({ title, edit }: CodeAction): Command {
  return { title, command: APPLY_EDIT, arguments: [title, edit] };
}

/** `current` throws where there is no session. */
export function answerCommands(connection: ProtocolConnection, current: () => Session): void {
  connection.onRequest(ExecuteCommandRequest.type, ({ command, arguments: given }) => {
    if (command !== APPLY_EDIT || !current().client.appliesEdits) throw refusal(`there is no command ${command}`);
    const [label, edit] = (given ?? []) as readonly unknown[];
    if (typeof label !== 'string' || typeof edit !== 'object' || edit === null)
      throw refusal(`${APPLY_EDIT} takes the title and the edit of a code action`);
    // The client tells people what became of it; the command itself is done.
    connection.sendRequest(ApplyWorkspaceEditRequest.type, { label, edit: edit as WorkspaceEdit }).catch(() => {});
    return null;
  });
}
