// The command line as a process whose time and memory are measured, by GNU time.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { program } from './command-line.ts';

const time = '/usr/bin/time';

/** Why nothing can be measured; undefined where it can. */
export const missing: string | undefined = existsSync(time) ? undefined : `${time} is not installed`;

export interface Measured {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Of the processor: what other processes do meanwhile does not count. */
  readonly seconds: number;
  /** The most that was resident. */
  readonly mebibytes: number;
}

export function measured(argv: readonly string[], folder: string): Measured {
  const command = ['-f', '\nmeasured %U %S %M', process.execPath, program, ...argv];
  const { status, stdout, stderr } = spawnSync(time, command, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: 60_000,
  });
  const at = stderr.lastIndexOf('\nmeasured ');
  const [user = NaN, system = NaN, kibibytes = NaN] = stderr
    .slice(at + 10)
    .split(' ')
    .map(Number);
  const own = stderr.slice(0, at).replace(/\n?Command exited with non-zero status \d+\s*$/, '');
  return { code: status, stdout, stderr: own, seconds: user + system, mebibytes: kibibytes / 1024 };
}
