// Edits of one text and of several, and code actions, which carry them.

import { CodeActionKind } from 'vscode-languageserver-protocol/node';
import type {
  CodeAction as ShownAction,
  CodeActionContext,
  Diagnostic as Shown,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver-protocol/node';
import { isOfLibrary } from '../../../../compiler/blocks/library.ts';
import type { Diagnostic, Edit } from '../../../../grammar/diagnostic.ts';
import type { CodeAction } from '../../../ide/types.ts';
import type { Client } from '../client.ts';
import type { OpenText } from '../workspace.ts';
import { uriIn } from '../workspace.ts';
import { spanRange } from './places.ts';

/** `span` → `range`. */
export const toTextEdit = ({ span, text }: Edit): TextEdit => ({ range: spanRange(span), newText: text });

/** Edits by file. Undefined where one of them is in a file that cannot be changed. */
export function toWorkspaceEdit(edits: readonly Edit[], text: OpenText, client: Client): WorkspaceEdit | undefined {
  const byPath = Map.groupBy(edits, ({ span }) => span.source.path);
  const files = [...byPath].map(([path, own]) => ({
    uri: isOfLibrary(path) ? undefined : uriIn(text.project, path),
    version: text.project.texts.get(path)?.document.version ?? null,
    edits: own.map(toTextEdit),
  }));
  const named = files.flatMap(({ uri, ...file }) => (uri === undefined ? [] : [{ uri, ...file }]));
  if (named.length < files.length) return undefined;
  return client.versionedEdits
    ? { documentChanges: named.map(({ uri, version, edits }) => ({ textDocument: { uri, version }, edits })) }
    : { changes: Object.fromEntries(named.map((file) => [file.uri, file.edits])) };
}

const kinds = { quickfix: CodeActionKind.QuickFix, refactor: CodeActionKind.Refactor } as const;

/** `context` says which kinds are asked for, and which diagnostics the client shows there. */
export function toCodeActions(
  actions: readonly CodeAction[],
  { only, diagnostics }: CodeActionContext,
  text: OpenText,
  client: Client,
): ShownAction[] {
  return actions.flatMap((action) => {
    const kind = kinds[action.kind];
    const edit = toWorkspaceEdit(action.edits, text, client);
    if (!edit || (only && !only.some((one) => one === '' || kind === one || kind.startsWith(`${one}.`)))) return [];
    const { title, diagnostic, preferred } = action;
    const mended = diagnostics.filter((one) => diagnostic && shows(one, diagnostic));
    return [
      {
        title,
        kind,
        edit,
        ...(mended.length > 0 && { diagnostics: mended }),
        ...(preferred && { isPreferred: true }),
      },
    ];
  });
}

/** Some clients send back a part of a diagnostic only. */
function shows({ code, range }: Partial<Shown>, diagnostic: Diagnostic): boolean {
  const place = diagnostic.span && spanRange(diagnostic.span).start;
  return code === diagnostic.code && range?.start.line === place?.line && range?.start.character === place?.character;
}
