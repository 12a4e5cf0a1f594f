// Processes in which the shards of a worker are computed, because computing keeps an event loop from renewing the lock of a job. BullMQ
// can start such processes, too, but waits for ever where one ends while it starts.

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { endingSignals } from '../held-signals.ts';

export interface Computers {
  /**
   * Resolves to the number of images that could not be read. Rejects with what was wrong with the job, or how the process has ended. As
   * many run as jobs were computed at once.
   */
  compute(job: unknown): Promise<number>;
  /** Ends those that have nothing to do. */
  close(): void;
}

/** What a process says of its job. */
export type Answer = { readonly unread: number } | { readonly error: string };

/** `file` is what they run; `say` is given what they write to stderr. */
export function openComputers(file: URL, say: (text: string) => void): Computers {
  const idle = new Set<ChildProcess>();
  const start = (): ChildProcess => {
    const child = fork(file, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    child.stderr?.setEncoding('utf8').on('data', say);
    child.on('exit', () => idle.delete(child));
    // Whoever waits for it is told.
    child.on('error', () => {});
    return child;
  };
  return {
    async compute(job) {
      const [child = start()] = idle;
      idle.delete(child);
      const answer = await answerOf(child, job);
      if (answer === undefined) return this.compute(job);
      idle.add(child);
      if ('error' in answer) throw new Error(answer.error);
      return answer.unread;
    },
    close() {
      for (const child of idle) child.disconnect();
    },
  };
}

/** Undefined where Ctrl-C, which its worker waits for, has ended a process that could not wait for it yet. */
async function answerOf(child: ChildProcess, job: unknown): Promise<Answer | undefined> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const said = Promise.race([
      once(child, 'message', { signal }).then(([answer]) => answer as Answer),
      once(child, 'exit', { signal }).then(([code, by]) => {
        if (endingSignals.some((signal) => signal === by)) return undefined;
        throw new Error(`what computed it ended ${by === null ? `with exit code ${code}` : `by ${by}`}`);
      }),
    ]);
    // One that takes no job has ended, and 'exit' says so.
    child.send({ job }, () => {});
    return await said;
  } finally {
    over.abort();
  }
}
