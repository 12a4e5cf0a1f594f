// One version of a model: its queue, the threads that take from it, and what happens when its files change.

import type { ModelStart } from '../../serve/options.ts';
import type { ServedNetwork, Work } from '../../serve/protocol.ts';
import { openQueue } from '../../serve/queue.ts';
import type { QueueOptions, Ticket } from '../../serve/queue.ts';
import type { FileStamps } from './file-stamps.ts';
import { NotOpened } from './engine.ts';
import { retry } from './patience.ts';
import { openStaff } from './staff.ts';
import type { StaffEvents } from './staff.ts';

export interface ModelOptions extends QueueOptions {
  readonly start: ModelStart;
  /** Threads that answer requests side by side. */
  readonly workers: number;
  /** Resolves to true when one of the files is not as it was read, to false when `signal` ends the watching. */
  readonly watch: (files: FileStamps, signal: AbortSignal) => Promise<boolean>;
}

export interface ModelEvents extends StaffEvents {
  /** The files changed: the model is served as they are now, or what is wrong with them, which is said once however often it is tried. */
  reloaded(error?: Error): void;
}

export interface Model {
  readonly network: ServedNetwork;
  /** Whether a thread is there to answer. */
  readonly isReady: boolean;
  /** Requests that wait for a thread. */
  readonly waiting: number;
  /** Undefined where no more may wait. */
  submit(work: Work): Ticket | undefined;
  /** Lets the threads finish and end. */
  close(): Promise<void>;
}

/** Resolves when all threads are ready. Rejects with what `openRunnable` throws. */
export async function openModel(options: ModelOptions, events: ModelEvents): Promise<Model> {
  const { start, workers, watch } = options;
  const queue = openQueue(options, () => performance.now());
  const staff = openStaff(start, workers, queue, events);
  const end = new AbortController();
  let { network, files } = await staff.renew().catch((error: unknown) => {
    throw error instanceof NotOpened ? error.cause : error;
  });

  /** Of the last reload, where it failed. */
  let failure: string | undefined;
  const reload = async (): Promise<void> => {
    try {
      ({ network, files } = await staff.renew());
      failure = undefined;
      events.reloaded();
    } catch (error) {
      if (!(error instanceof NotOpened)) throw error;
      // What could be read is watched, so that it is tried again when that is mended.
      files = new Map([...files, ...error.files]);
      if (error.message !== failure) events.reloaded(error.cause);
      failure = error.message;
    }
  };
  /** Also files that stay as they are may be served later: descriptors or memory may have been short. */
  const watching = (async () => {
    for (let wait: number = retry.first; ;) {
      const due = failure === undefined ? undefined : AbortSignal.timeout(wait);
      const isChanged = await watch(files, due ? AbortSignal.any([end.signal, due]) : end.signal);
      if (end.signal.aborted || !(isChanged || due?.aborted)) return;
      wait = isChanged ? retry.first : Math.min(retry.most, 2 * wait);
      if (isChanged) failure = undefined;
      await reload();
    }
  })();

  return {
    get network() {
      return network;
    },
    get isReady() {
      return staff.size > 0;
    },
    get waiting() {
      return queue.waiting;
    },
    submit: queue.submit,
    async close() {
      end.abort();
      await watching;
      await staff.close();
    },
  };
}
