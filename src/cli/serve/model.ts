// One version of a model: its queue, the threads that take from it, and what happens when a thread dies or its files change.

import type { Answer, ServedNetwork, Work } from '../../serve/protocol.ts';
import { openQueue } from '../../serve/queue.ts';
import type { QueueOptions } from '../../serve/queue.ts';
import { NotOpened, startEngine } from './engine.ts';
import type { EngineEvents, ThreadEngine } from './engine.ts';
import type { ThreadStart } from './thread.ts';

export interface ModelOptions extends QueueOptions {
  readonly start: ThreadStart;
  /** Threads that answer requests side by side. */
  readonly workers: number;
  /** Resolves to true when one of the files has changed, to false when `signal` ends the watching. */
  readonly watch: (files: readonly string[], signal: AbortSignal) => Promise<boolean>;
}

export interface ModelEvents extends EngineEvents {
  /** The model is served in a new version of its files, or what is wrong with them. */
  reloaded(error?: Error): void;
  /** A thread died; another takes its place. */
  lost(): void;
}

export interface Model {
  readonly network: ServedNetwork;
  /** Whether a thread is there to answer. */
  readonly isReady: boolean;
  /** Requests that wait for a thread. */
  readonly waiting: number;
  /** Undefined where no more may wait. */
  submit(work: Work, gone?: AbortSignal): Promise<Answer> | undefined;
  close(): Promise<void>;
}

/** Milliseconds before a thread that could not be started is started again; doubled each time. */
const patience = { first: 250, most: 30_000 };

/** Resolves when all threads are ready. Rejects with what `openRunnable` throws. */
export async function openModel(options: ModelOptions, events: ModelEvents): Promise<Model> {
  const { start, workers, watch } = options;
  const queue = openQueue(options);
  const end = new AbortController();
  const engines = new Set<ThreadEngine>();

  const startAll = async (): Promise<readonly ThreadEngine[]> => {
    const started = await Promise.allSettled(Array.from({ length: workers }, () => startEngine(start, events)));
    const failed = started.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    const ready = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (!failed) return ready;
    await Promise.all(ready.map((engine) => engine.close()));
    throw failed.reason as Error;
  };
  const take = (engine: ThreadEngine): void => {
    engines.add(engine);
    queue.add(engine);
    void engine.ended.then(() => replace(engine));
  };
  /** Of an engine that died, unless it was put away. */
  const replace = async (dead: ThreadEngine): Promise<void> => {
    if (!engines.delete(dead)) return;
    void queue.remove(dead);
    events.lost();
    for (let wait = patience.first; !end.signal.aborted; wait = Math.min(patience.most, wait * 2)) {
      try {
        const engine = await startEngine(start, events);
        if (end.signal.aborted) return await engine.close();
        return take(engine);
      } catch (error) {
        events.note(`a thread could not be started again: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  };
  const putAway = async (engine: ThreadEngine): Promise<void> => {
    engines.delete(engine);
    await queue.remove(engine);
    await engine.close();
  };

  const first = await startAll().catch((error: unknown) => {
    throw error instanceof NotOpened ? error.cause : error;
  });
  let { network, files } = first[0]!;
  for (const engine of first) take(engine);

  /** New threads first, so that there is always one that answers. */
  const reload = async (): Promise<void> => {
    try {
      const ready = await startAll();
      const old = [...engines];
      ({ network, files } = ready[0]!);
      for (const engine of ready) take(engine);
      await Promise.all(old.map(putAway));
      events.reloaded();
    } catch (error) {
      // What could be read of it is watched, so that it is tried again when that is mended.
      if (error instanceof NotOpened) files = [...new Set([...files, ...error.files])];
      events.reloaded(error instanceof NotOpened ? error.cause : (error as Error));
    }
  };
  const watching = (async () => {
    while (await watch(files, end.signal)) if (!end.signal.aborted) await reload();
  })();

  return {
    get network() {
      return network;
    },
    get isReady() {
      return engines.size > 0;
    },
    get waiting() {
      return queue.waiting;
    },
    submit: queue.submit,
    async close() {
      end.abort();
      await watching;
      await Promise.all([...engines].map(putAway));
    },
  };
}
