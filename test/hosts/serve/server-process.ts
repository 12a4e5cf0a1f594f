// `cnnc serve` as a process of its own, on a port that is free.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { program } from '../../support/command-line.ts';

export interface ServerProcess {
  /** Without a slash at the end. */
  readonly address: string;
  readonly process: ChildProcess;
  /** The lines of the log so far. */
  readonly log: readonly string[];
  /** The exit code, after asking it to end. */
  end(): Promise<number | null>;
}

/** Resolves when it listens. Rejects with what it says where it ends before. `stderr`: an open file in place of the log. */
export async function startServer(argv: readonly string[], cwd: string, stderr?: number): Promise<ServerProcess> {
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', '--json', ...argv], {
    cwd,
    stdio: ['ignore', 'pipe', stderr ?? 'pipe'],
  });
  const log: string[] = [];
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    log.push(...lines);
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const address = await Promise.race([
    once(child.stdout!.setEncoding('utf8'), 'data').then(
      // What is wrong is said on the other stream, too.
      ([text]) => (JSON.parse(text as string) as { readonly address?: string }).address ?? ended.then(() => ''),
    ),
    ended.then(([code]) => {
      throw new Error(`it ended with ${code}: ${[...log, rest].join('\n')}`);
    }),
  ]);
  return {
    address: address.replace(/\/$/, ''),
    process: child,
    log,
    async end() {
      child.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}
