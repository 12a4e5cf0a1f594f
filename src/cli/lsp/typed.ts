// Which edits are made by keys, and which by pasting, by a fix, by undoing or by formatting.

import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-protocol/node';
import { changedPart } from '../../edit/changed-part.ts';

/** Characters besides white space that a key writes: one, and the bracket that closes it. */
const MOST = 2;

/**
 * Whether all changes are as a key makes them: few characters are written, at most one is taken away. Some clients send the whole text
 * at every key; it is compared with the one `before`.
 */
export function isTyped(changes: readonly TextDocumentContentChangeEvent[], before: string): boolean {
  return changes.every((change) => {
    if ('range' in change) {
      const { start, end } = change.range;
      return start.line === end.line && end.character - start.character <= 1 && isKey(change.text);
    }
    const { start, end, text } = changedPart(before, change.text);
    return end - start <= 1 && before.slice(start, end).trim().length === end - start && isKey(text);
  });
}

const isKey = (text: string): boolean => text.trim().length <= MOST;
