// Files of a project that are not open, where a question is about all of it: who uses a name, and what a new name changes.

import type { OpenText } from './workspace.ts';

/** Most files that are looked into while a person waits. */
const FILE_LIMIT = 100;

/** Asks while those files are open in the service that say the word at the offset and import something. */
export function withClosed<T>(text: OpenText, offset: number, ask: () => T): T {
  const { project } = text;
  const { service } = project;
  const word = wordAt(text.document.getText(), offset);
  if (word === '') return ask();
  const opened: string[] = [];
  try {
    for (const path of project.list()) {
      if (opened.length === FILE_LIMIT) break;
      if (project.texts.has(path)) continue;
      const closed = project.read(path);
      if (closed === undefined || !closed.includes(word) || !closed.includes('import')) continue;
      service.open(path, closed);
      opened.push(path);
    }
    return ask();
  } finally {
    for (const path of opened) service.close(path);
  }
}

function wordAt(text: string, offset: number): string {
  const isWord = (at: number): boolean => /\w/.test(text.charAt(at));
  let [start, end] = [offset, offset];
  while (isWord(start - 1)) start -= 1;
  while (isWord(end)) end += 1;
  return text.slice(start, end);
}
