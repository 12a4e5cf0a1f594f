// A person's folder, and the command line in it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from '../../support/command-line.ts';

export interface Desk {
  readonly folder: string;
  /** What `cnnc` prints; throws unless it ends well. */
  cnnc(...argv: readonly string[]): string;
  /** What `cnnc` says on stderr; throws unless the input is wrong (exit code 1). */
  refused(...argv: readonly string[]): string;
  write(name: string, text: string): void;
  read(name: string): string;
  bytes(name: string): Uint8Array;
  leave(): void;
}

export function desk(): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-walk-'));
  const run = (argv: readonly string[], expected: number) => {
    const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' };
    const command = [program, ...argv];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, env, encoding: 'utf8' });
    if (status !== expected) throw new Error(`cnnc ${argv.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
    return { stdout, stderr };
  };
  return {
    folder,
    cnnc: (...argv) => run(argv, 0).stdout,
    refused: (...argv) => run(argv, 1).stderr,
    write: (name, text) => writeFileSync(join(folder, name), text),
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    bytes: (name) => new Uint8Array(readFileSync(join(folder, name))),
    leave: () => rmSync(folder, { recursive: true }),
  };
}
