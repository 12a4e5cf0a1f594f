// The command line for tests that start it as a process: bundled from this checkout's sources as it is published, it starts in half the
// time that loading them one by one takes.

import { execFileSync } from 'node:child_process';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtOnce } from './built-once.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const folder = builtOnce('command-line', (folder) => {
  for (const name of ['package.json', 'bin']) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  // By a process of its own: Linux counts what this one takes as taken by those that it starts.
  execFileSync(process.execPath, [join(root, 'scripts/build-command-line.ts'), join(folder, 'dist/src/cli')]);
});

/** The path of `bin/cnnc.js`. */
export const program: string = join(folder, 'bin/cnnc.js');
