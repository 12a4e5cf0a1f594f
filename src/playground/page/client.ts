// The page's side of the protocol, with a watchdog: a worker that does not answer in time is ended and replaced, and what was asked
// of it is answered with a sentence.

import type { Answer, Calls, Question, Ready } from '../protocol.ts';

export interface Client<T extends Calls<T>> {
  /** Rejects with `WorkerError`, whose message is one sentence, where the worker refuses, takes too long or cannot start. */
  ask<K extends keyof T & string>(name: K, ...args: Parameters<T[K]>): Promise<ReturnType<T[K]>>;
  /** False before the first question, and after the worker was ended: the next question goes to one that knows nothing. */
  isRunning(): boolean;
  /** Ends the worker; the next question starts another. */
  end(): void;
}

export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  /** True where the worker was ended, so that what it had been told is forgotten. */
  readonly isEnded: boolean;
  /** True where it was ended because it took too long. */
  readonly late: boolean;

  constructor(message: string, end?: 'late' | 'failed') {
    super(message);
    this.isEnded = end !== undefined;
    this.late = end === 'late';
  }
}

interface Open {
  readonly resolve: (value: never) => void;
  readonly reject: (error: WorkerError) => void;
}

/** What is used of a browser's worker. */
export interface PageWorker {
  postMessage(message: Question, transfer: never[]): void;
  terminate(): void;
  addEventListener(type: 'message', listener: (event: { readonly data: Answer | Ready }) => void): void;
  addEventListener(
    type: 'error',
    listener: (event: { readonly message: string; preventDefault(): void }) => void,
  ): void;
}

/** A worker that `start` makes when something is first asked; a single question may take `limit` milliseconds. */
export function client<T extends Calls<T>>(start: () => PageWorker, limit: number): Client<T> {
  /** In the order in which the worker answers. */
  const open = new Map<number, Open>();
  let worker: PageWorker | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let next = 0;

  const end = (reason = new WorkerError('interrupted', 'failed')): void => {
    clearTimeout(timer);
    worker?.terminate();
    worker = undefined;
    const waiting = [...open.values()];
    open.clear();
    for (const { reject } of waiting) reject(reason);
  };
  const watch = (): void => {
    clearTimeout(timer);
    if (open.size === 0) return;
    const seconds = limit / 1000;
    timer = setTimeout(() => end(new WorkerError(`stopped: it took more than ${seconds} seconds`, 'late')), limit);
  };
  const started = (): PageWorker => {
    const made = start();
    made.addEventListener('message', ({ data }) => {
      if (made !== worker || 'ready' in data) return;
      const waiting = open.get(data.id);
      open.delete(data.id);
      watch();
      if ('failed' in data) waiting?.reject(new WorkerError(data.failed));
      else waiting?.resolve(data.value as never);
    });
    made.addEventListener('error', (event) => {
      event.preventDefault();
      if (made === worker) end(new WorkerError(event.message || 'the worker could not be loaded', 'failed'));
    });
    return made;
  };

  return {
    ask: (name, ...args) =>
      new Promise((resolve, reject) => {
        worker ??= started();
        next += 1;
        open.set(next, { resolve, reject });
        if (open.size === 1) watch();
        worker.postMessage({ id: next, name, args } satisfies Question, []);
      }),
    isRunning: () => worker !== undefined,
    end: () => end(),
  };
}
