// Files as they were when a thread began to read them, so that what changes while it is loading is seen afterwards.

import { statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { watchFiles } from '../watch.ts';

/** From absolute paths to what changes when a file does; empty where none can be seen. */
export type FileStamps = ReadonlyMap<string, string>;

/** Of a file as it is now. */
export function stampOf(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return '';
  }
}

/** Resolves to true when a file changes, or is not as its stamp says; to false when `signal` ends the watching. */
export function watchStamped(files: FileStamps, signal: AbortSignal, watch = watchFiles): Promise<boolean> {
  const end = new AbortController();
  const changed = watch([...files.keys()], AbortSignal.any([signal, end.signal]));
  // From now on changes are seen: what changed before is seen here.
  const seen = signal.aborted || !isChanged(files);
  if (!seen) end.abort();
  return changed.then(
    (is) => (seen ? is : !signal.aborted),
    () => lookAgain(files, signal),
  );
}

const isChanged = (files: FileStamps): boolean => [...files].some(([path, stamp]) => stampOf(path) !== stamp);

/** Milliseconds between two looks at files that the system cannot watch, as where it has no watchers left. */
const interval = 1000;

async function lookAgain(files: FileStamps, signal: AbortSignal): Promise<boolean> {
  for (; !signal.aborted; await pause(interval, undefined, { signal }).catch(() => {}))
    if (isChanged(files)) return true;
  return false;
}
