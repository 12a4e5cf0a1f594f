// Text of the user in a message: long names, lists and lines are cut here, so that no sentence grows with what was read.

import type { Diagnostic } from './diagnostic.ts';

/** Longest word, and longest line of a message, in UTF-16 units. */
const WORD = 60;
const LINE = 300;
/** Fixes that are shown of one mistake. */
const MOST = 8;

/** The diagnostic with every sentence cut to a length that a person reads; places and edits stay as they are. */
export function shortenDiagnostic(diagnostic: Diagnostic): Diagnostic {
  const { message, found, expected, notes, fixes, trace, related } = diagnostic;
  return {
    ...diagnostic,
    message: shortenMessage(message),
    ...(found !== undefined && { found: shortenMessage(found) }),
    ...(expected !== undefined && { expected: shortenMessage(expected) }),
    ...(notes && { notes: notes.map(shortenMessage) }),
    ...(fixes && { fixes: fixes.slice(0, MOST).map((fix) => ({ ...fix, message: shortenMessage(fix.message) })) }),
    ...(trace && { trace: trace.map((line) => ({ ...line, label: shortenMessage(line.label) })) }),
    ...(related && { related: related.map((one) => ({ ...one, message: shortenMessage(one.message) })) }),
  };
}

export function shortenMessage(text: string): string {
  const words = text.replace(/[^\s,()[\]{}]{61,}/g, (word) => `${cut(word, WORD - 20)}…`);
  return words.length > LINE ? `${cut(words, LINE - 1)}…` : words;
}

/** Never between the halves of a surrogate pair. */
function cut(text: string, length: number): string {
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? length - 1 : length);
}
