// Which edits are made by keys, and which by pasting, by a fix, by undoing or by formatting.

import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-protocol/node';

/** Characters besides white space that a key writes: one, and the bracket that closes it. */
const MOST = 2;

/** Whether all changes are as a key makes them: few characters are written, at most one is taken away. */
export function isTyped(changes: readonly TextDocumentContentChangeEvent[]): boolean {
  return changes.every((change) => {
    if (!('range' in change)) return false;
    const { start, end } = change.range;
    return start.line === end.line && end.character - start.character <= 1 && change.text.trim().length <= MOST;
  });
}
