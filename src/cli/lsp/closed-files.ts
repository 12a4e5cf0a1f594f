// Files of a project that are not open, where a question is about all of it: who uses a name, and what a new name changes.

import { isSeenElsewhere, nameAt, originalOf } from '../../ide/names.ts';
import type { OpenText } from './workspace.ts';

/** Most files that are looked into while a person waits. */
const FILE_LIMIT = 100;

/**
 * Asks while those files are open in the service that say what the name at the offset stands for and import something. `isAll`: none was
 * left out because there are too many.
 */
export function withClosed<T>(text: OpenText, offset: number, ask: (isAll: boolean) => T): T {
  const { project } = text;
  const { service } = project;
  const analysis = service.analysis(text.path);
  const use = analysis && nameAt(analysis, offset);
  if (!use || !isSeenElsewhere(originalOf(use.definition))) return ask(true);
  const word = originalOf(use.definition).name;
  const opened: string[] = [];
  const all = project.list();
  try {
    for (const path of all ?? []) {
      if (project.texts.has(path)) continue;
      const closed = project.read(path);
      if (closed === undefined || !closed.includes(word) || !closed.includes('import')) continue;
      if (opened.length === FILE_LIMIT) return ask(false);
      service.open(path, closed);
      opened.push(path);
    }
    return ask(all !== undefined);
  } finally {
    for (const path of opened) service.close(path);
  }
}
