// A text file of class names, one a line.

import { fileKind } from '../../runtime/magic.ts';
import { InputError } from './input-error.ts';

/** Longest name, in UTF-16 units: a longer one is a text in the place of names. */
const LONGEST = 10_000;

/** UTF-8, with or without a byte order mark. Throws `InputError`, also where the file has no names, or one that is none. */
export function readLabels(bytes: Uint8Array): readonly string[] {
  const labels = labelLines(textOf(bytes));
  if (labels.length === 0) throw new InputError('class names must be UTF-8 text, one a line; found no names');
  const long = labels.findIndex(({ length }) => length > LONGEST);
  if (long >= 0) {
    const found = `${labels[long]!.length} characters in line ${long + 1}`;
    throw new InputError(`a class name has at most ${LONGEST} characters, and a line of its own; found ${found}`);
  }
  return labels;
}

/** Lines end in LF or CRLF; empty ones at the end are no names. */
export function labelLines(text: string): readonly string[] {
  const lines = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  let count = lines.length;
  while (count > 0 && lines[count - 1] === '') count -= 1;
  return lines.slice(0, count);
}

function textOf(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch (cause) {
    throw notText(bytes, cause);
  }
  throw notText(bytes);
}

function notText(bytes: Uint8Array, cause?: unknown): InputError {
  const kind = fileKind(bytes);
  const found = kind === undefined || kind === 'a text file' ? 'text in another encoding, or no text' : kind;
  return new InputError(`class names must be UTF-8 text, one a line; found ${found}`, { cause });
}
