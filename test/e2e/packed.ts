// The package as a user gets it: built, packed, and installed from the tarball in an empty folder, scripts disabled.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtOnce } from '../support/built-once.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a program with this process's Node first on the PATH, and returns what it prints. Throws where it fails. */
export function spawn(cwd: string, program: string, ...args: readonly string[]): string {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
    NO_COLOR: '1',
    NODE_OPTIONS: '',
  };
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What would be published, as a folder and as a tarball, built once per run. */
export function pack(): { readonly staged: string; readonly tarball: string } {
  const folder = builtOnce('packed', (folder) => {
    const staged = join(folder, 'package');
    mkdirSync(staged);
    for (const name of ['package.json', 'README.md', 'LICENSE', 'bin', 'examples'])
      cpSync(join(root, name), join(staged, name), { recursive: true });
    spawn(root, process.execPath, 'scripts/build.ts', join(staged, 'dist'));
    spawn(staged, 'npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder);
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  return { staged: join(folder, 'package'), tarball: join(folder, tarball) };
}

export function install(tarball: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  spawn(folder, 'npm', 'install', ...quiet, tarball);
}

/** A Node 20 on the PATH that is not this one. */
export function findNode20(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .find((path) => {
      try {
        return execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).startsWith(
          'v20.',
        );
      } catch {
        return false;
      }
    });
}
