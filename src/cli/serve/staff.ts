// The threads of one version of a model: as many as are wanted, each replaced where it dies, all replaced where the files are new.

import type { ModelStart } from '../../serve/options.ts';
import type { Queue } from '../../serve/queue.ts';
import { startEngine } from './engine.ts';
import type { EngineEvents, ThreadEngine } from './engine.ts';
import { retry } from './patience.ts';

export interface StaffEvents extends EngineEvents {
  /** A thread died; another takes its place. */
  lost(): void;
}

export interface Staff {
  /** Threads that can answer. */
  readonly size: number;
  /** Starts new threads, and then lets those before them finish and end. Rejects with `NotOpened`; nothing has changed then. */
  renew(): Promise<ThreadEngine>;
  /** Lets all finish and end. */
  close(): Promise<void>;
}

/** Nobody yet; `renew` hires them. They take from `queue`. */
export function openStaff(start: ModelStart, workers: number, queue: Queue, events: StaffEvents): Staff {
  const engines = new Set<ThreadEngine>();
  let isClosed = false;

  const take = (engine: ThreadEngine): void => {
    engines.add(engine);
    queue.add(engine);
    void engine.ended.then(() => replace(engine));
  };
  const putAway = async (engine: ThreadEngine): Promise<void> => {
    engines.delete(engine);
    await queue.remove(engine);
    await engine.close();
  };
  /** Of one that died, unless it was put away. */
  const replace = async (dead: ThreadEngine): Promise<void> => {
    if (!engines.delete(dead)) return;
    void queue.remove(dead);
    events.lost();
    for (let wait: number = retry.first; !isClosed; wait = Math.min(retry.most, wait * 2)) {
      const engine = await startEngine(start, events).catch((error: Error) => {
        events.note(`a thread could not be started again: ${error.message}`);
      });
      if (engine) return isClosed ? engine.close() : take(engine);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };

  return {
    get size() {
      return engines.size;
    },
    async renew() {
      const started = await Promise.allSettled(Array.from({ length: workers }, () => startEngine(start, events)));
      const ready = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const failed = started.find((one) => one.status === 'rejected');
      if (failed) {
        await Promise.all(ready.map((engine) => engine.close()));
        throw failed.reason as Error;
      }
      const before = [...engines];
      for (const engine of ready) take(engine);
      await Promise.all(before.map(putAway));
      return ready[0]!;
    },
    async close() {
      isClosed = true;
      await Promise.all([...engines].map(putAway));
    },
  };
}
