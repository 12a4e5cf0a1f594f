// Files as they were when a thread began to read them, so that what changes while it is loading is seen afterwards.

import { statSync } from 'node:fs';
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
export function watchStamped(files: FileStamps, signal: AbortSignal): Promise<boolean> {
  const end = new AbortController();
  const changed = watchFiles([...files.keys()], AbortSignal.any([signal, end.signal]));
  // From now on changes are seen: what changed before is seen here.
  if (signal.aborted || [...files].every(([path, stamp]) => stampOf(path) === stamp)) return changed;
  end.abort();
  return changed.then(() => !signal.aborted);
}
