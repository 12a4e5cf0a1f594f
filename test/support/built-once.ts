// What is built once for all tests of a run, by the first that needs it.

import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';

/** The folder of this name that `build` has filled. Two workers that need it at once both build, and one of them is in vain. */
export function builtOnce(name: string, build: (folder: string) => void): string {
  const runFolder = inject('runFolder');
  const place = join(runFolder, name);
  if (existsSync(place)) return place;
  mkdirSync(runFolder, { recursive: true });
  const own = mkdtempSync(`${place}-`);
  build(own);
  try {
    renameSync(own, place);
  } catch (error) {
    // A folder with something in it is not replaced: another worker was first.
    if (!existsSync(place)) throw error;
    rmSync(own, { recursive: true });
  }
  return place;
}
