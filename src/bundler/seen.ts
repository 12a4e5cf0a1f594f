// The files that an import was compiled from, each as it was before it was read: one that is saved meanwhile has changed, too.

import { statSync } from 'node:fs';

export interface SeenFiles {
  /** Must come before the file is read, or is found missing. `path` is absolute. */
  note(path: string): void;
  /** Without devices and pipes, which a bundler that watches them would read without end. */
  paths(): readonly string[];
  /** Whether all are as they were. */
  areUnchanged(): boolean;
}

/** None yet. */
export function seenFiles(): SeenFiles {
  const versions = new Map<string, string>();
  return {
    note(path) {
      const isKnown = versions.has(path) || statSync(path, { throwIfNoEntry: false })?.isFile() === false;
      if (!isKnown) versions.set(path, versionOf(path));
    },
    paths: () => [...versions.keys()],
    areUnchanged: () => [...versions].every(([path, version]) => versionOf(path) === version),
  };
}

/** Empty where there is no such file. */
function versionOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.mtimeNs} ${stats.size} ${stats.ino}` : '';
}
