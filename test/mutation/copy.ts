// A copy of the project's files in a temporary folder, to break things in.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Copy {
  readonly root: string;
  remove(): void;
}

/** What git tracks or would track. Packages, and the folder `shared` beside the project, are links. */
export function copyProject(): Copy {
  const source = fileURLToPath(new URL('../../', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-mutants-'));
  const root = join(folder, 'project');
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: source,
    encoding: 'utf8',
  });
  for (const file of listed.split('\0')) {
    if (file === '' || !existsSync(join(source, file))) continue;
    mkdirSync(dirname(join(root, file)), { recursive: true });
    copyFileSync(join(source, file), join(root, file));
  }
  symlinkSync(join(source, 'node_modules'), join(root, 'node_modules'));
  const shared = join(source, '../shared');
  if (existsSync(shared)) symlinkSync(shared, join(folder, 'shared'));
  return { root, remove: () => rmSync(folder, { recursive: true }) };
}
