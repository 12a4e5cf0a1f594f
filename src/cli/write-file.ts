// Writes one file where the user asked for it, whole or not at all, and says so.

import type { Io } from './io.ts';

/** Throws `InputError`. */
export function writeFile(path: string, data: string, { files, stderr }: Io): void {
  const slash = path.lastIndexOf('/');
  const folder = slash < 0 ? '.' : path.slice(0, Math.max(slash, 1));
  files.write(folder, [{ path: path.slice(slash + 1), data }]);
  stderr.write(`${path} is written\n`);
}
