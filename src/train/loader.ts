// Batches ahead of the steps that take them. Threads of Node prepare them in a bounded queue, in the order of the steps; where there
// are none (yet), a batch is made when it is asked for. A batch follows from seed, epoch and images alone, so that its bits depend on
// neither.

import { nodeThreads } from '../../runtime/thread.ts';
import { InputError } from '../data/input-error.ts';
import type { LabelledImages } from '../data/labelled-images.ts';
import type { Batch, BatchMaker, BatchSettings } from './batch-maker.ts';
import type { LoaderMessage, LoaderSetup, LoaderTask } from './loader-thread.ts';
import type { Position } from './order.ts';
import { positionAfter } from './order.ts';

export interface LoaderOptions {
  readonly images: LabelledImages;
  readonly settings: BatchSettings;
  /** Makes a batch in this thread. */
  readonly make: BatchMaker;
  /** 0 makes every batch when it is asked for. */
  readonly workers: number;
  indicesAt(position: Position): Uint32Array;
  readonly stepsPerEpoch: number;
  /** Steps of the whole training. */
  readonly steps: number;
}

export interface Loader {
  /** The batch of a step, valid until the next call; those of the steps that follow are prepared meanwhile. */
  batchAt(indices: Uint32Array, position: Position): Promise<Batch>;
  /** Threads that prepare batches. */
  readonly workers: number;
  /** Why there are fewer threads than were asked for. */
  readonly reason: string | undefined;
  close(): void;
}

/** Batches that a thread has to prepare, or that wait for their step: one of each. */
const AHEAD = 2;

/** Starts the threads; the first batches need not wait for them. A batch that a thread cannot make throws, as its `make` does. */
export function openLoader(options: LoaderOptions, start: StartWorker = startWorker): Loader {
  const { make, indicesAt, stepsPerEpoch, steps } = options;
  const waiting = new Map<number, Waiting>();
  // Memory of batches that are no longer needed, and the batch that the step has.
  const used: ArrayBuffer[] = [];
  let lent: Batch | undefined;
  let next = 0;
  const pool = startPool(options, start, {
    done: (number, batch) => waiting.get(number)?.resolve(batch),
    failed: (number, error) => waiting.get(number)?.reject(error),
  });
  const prepareAhead = (): void => {
    while (next < steps && waiting.size < AHEAD * pool.workers) {
      const position = positionAfter(next, stepsPerEpoch);
      waiting.set(next, promised());
      pool.post({ number: next, indices: indicesAt(position), epoch: position.epoch }, used.pop());
      next += 1;
    }
  };
  return {
    get workers() {
      return pool.workers;
    },
    get reason() {
      return pool.reason;
    },
    async batchAt(indices, position) {
      if (lent) used.push(lent.images.buffer as ArrayBuffer);
      lent = undefined;
      const number = position.epoch * stepsPerEpoch + position.step;
      const found = waiting.get(number);
      if (found) {
        lent = await found.promise;
        waiting.delete(number);
        prepareAhead();
        return lent;
      }
      next = Math.max(next, number + 1);
      // Steps need not let events have their turn, by which threads tell that they are ready.
      if (pool.isStarting()) await new Promise((resolve) => void setImmediate(resolve));
      prepareAhead();
      lent = make(indices, position.epoch, used.pop());
      return lent;
    },
    close: () => pool.close(),
  };
}

interface Waiting {
  readonly promise: Promise<Batch>;
  resolve(batch: Batch): void;
  reject(error: Error): void;
}

function promised(): Waiting {
  const { promise, resolve, reject } = Promise.withResolvers<Batch>();
  // Whoever asks for it hears of it.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

interface Hear {
  done(number: number, batch: Batch): void;
  failed(number: number, error: Error): void;
}

interface Pool {
  /** Those that are ready. */
  readonly workers: number;
  readonly reason: string | undefined;
  /** Whether some are not ready yet. */
  isStarting(): boolean;
  /** To the thread that has least to do, with memory that it may use. */
  post(task: LoaderTask, used: ArrayBuffer | undefined): void;
  close(): void;
}

interface WorkerThread {
  readonly worker: LoaderWorker;
  /** Numbers of its tasks. */
  readonly tasks: Set<number>;
  state: 'starting' | 'ready' | 'ended';
}

function startPool({ images, settings, workers }: LoaderOptions, start: StartWorker, hear: Hear): Pool {
  const threads: WorkerThread[] = [];
  const those = (state: WorkerThread['state']) => threads.filter((thread) => thread.state === state);
  let reason: string | undefined;
  const ended = (thread: WorkerThread, why: string): void => {
    if (thread.state === 'ended') return;
    if (thread.state === 'starting') reason ??= why;
    thread.state = 'ended';
    for (const number of thread.tasks)
      hear.failed(number, new InputError(`a thread that prepares batches ended: ${why}`));
    thread.tasks.clear();
  };
  try {
    const setup = workers > 0 ? setupOf(images, settings) : undefined;
    for (let at = 0; setup && at < workers; at += 1) {
      const worker = start(setup);
      const thread: WorkerThread = { worker, tasks: new Set(), state: 'starting' };
      threads.push(thread);
      worker.on('message', (message) => listen(thread, message as LoaderMessage, hear));
      worker.on('error', (error) => ended(thread, error instanceof Error ? error.message : String(error)));
      worker.on('exit', (code) => ended(thread, `it left with code ${String(code)}`));
    }
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  return {
    get workers() {
      return those('ready').length;
    },
    get reason() {
      return reason;
    },
    isStarting: () => those('starting').length > 0,
    post(task, used) {
      const thread = those('ready').reduce((best, one) => (one.tasks.size < best.tasks.size ? one : best));
      thread.tasks.add(task.number);
      thread.worker.postMessage(used ? { ...task, used } : task, used ? [used] : []);
    },
    close() {
      for (const thread of threads) {
        thread.state = 'ended';
        void thread.worker.terminate();
      }
    },
  };
}

function listen(thread: WorkerThread, message: LoaderMessage, hear: Hear): void {
  if (thread.state === 'ended') return;
  if (message === 'ready') {
    thread.state = 'ready';
    return;
  }
  const { number } = message;
  thread.tasks.delete(number);
  if ('images' in message) hear.done(number, message);
  else hear.failed(number, message.isInput ? new InputError(message.error) : new Error(message.error));
}

/** What the loader needs of a worker of Node. */
export interface LoaderWorker {
  postMessage(task: LoaderTask, transfer: readonly ArrayBuffer[]): void;
  on(event: 'message' | 'error' | 'exit', listener: (value: unknown) => void): void;
  terminate(): Promise<number>;
}

type StartWorker = (setup: LoaderSetup) => LoaderWorker;

/** Throws where the data set cannot be shared with a thread. */
function setupOf(images: LabelledImages, settings: BatchSettings): LoaderSetup {
  if (!nodeThreads()) throw new Error('this host has no threads that can prepare them');
  if (images.numbers) throw new Error('numbers are taken as they are, which leaves threads nothing to do');
  const shared = images.share?.();
  if (!shared) throw new Error('these pictures are made by a function, which threads do not have');
  return { images: shared, settings };
}

/** The thread's file lies beside this one, as source or built. */
function startWorker(workerData: LoaderSetup): LoaderWorker {
  const { Worker } = nodeThreads() as unknown as {
    readonly Worker: new (file: URL, options: object) => LoaderWorker;
  };
  const file = import.meta.url.endsWith('.ts') ? './loader-thread.ts' : './loader-thread.js';
  return new Worker(new URL(file, import.meta.url), { workerData, execArgv: [] });
}
