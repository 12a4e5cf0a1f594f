// Requests that wait for a thread of their model: bounded, first come first served, as many at once as a batch takes.

import type { Answer, Work } from './protocol.ts';
import { refused } from './protocol.ts';

export interface QueueOptions {
  /** Requests that a thread gets at once, at least 1. */
  readonly maxBatch: number;
  /** Milliseconds that the first of a batch waits for others while a thread is free. */
  readonly maxDelay: number;
  /** Requests that may wait. */
  readonly maxWaiting: number;
  /** Milliseconds from a request's arrival after which it is answered 504, computed or not. */
  readonly deadline: number;
}

/** Something that answers batches, one after the other. */
export interface Engine {
  /** Rejects where the engine is lost. */
  answer(batch: readonly Work[]): Promise<readonly Answer[]>;
}

export interface Queue {
  /** Undefined where no more may wait. */
  submit(work: Work): Ticket | undefined;
  /** Lets an engine take batches from now on, until it fails or is removed. */
  add(engine: Engine): void;
  /** Resolves when the engine has answered what it had. */
  remove(engine: Engine): Promise<void>;
  /** Requests that wait for an engine. */
  readonly waiting: number;
}

/** Of one who waits. */
export interface Ticket {
  readonly answer: Promise<Answer>;
  /** Of one who hangs up: makes room for others. Once there is an answer it does nothing. */
  leave(): void;
}

interface Waiting {
  readonly work: Work;
  readonly since: number;
  settle(answer: Answer): void;
}

const late = (deadline: number): Answer =>
  refused({
    status: 504,
    message: `no answer within ${deadline} ms; the server's --deadline says how long it may take`,
  });

/** What is asked of an engine that is lost gets 503: it may be asked again. */
const lost = refused({ status: 503, message: 'the thread that computed this request was lost; send it again' });

/** An empty queue without engines. `now`: milliseconds since some moment. */
export function openQueue(options: QueueOptions, now: () => number): Queue {
  const { maxBatch, maxDelay, maxWaiting, deadline } = options;
  let waiting: Waiting[] = [];
  const free = new Set<Engine>();
  const busy = new Map<Engine, Promise<void>>();
  let timer: NodeJS.Timeout | undefined;

  const pump = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const engine of free) {
      const [first] = waiting;
      if (!first) return;
      const left = first.since + maxDelay - now();
      if (waiting.length < maxBatch && left > 0) {
        timer = setTimeout(pump, left);
        return;
      }
      free.delete(engine);
      busy.set(engine, run(engine, waiting.splice(0, maxBatch)));
    }
  };

  const run = async (engine: Engine, batch: readonly Waiting[]): Promise<void> => {
    let isLost = false;
    try {
      const answers = await engine.answer(batch.map(({ work }) => work));
      for (const [at, one] of batch.entries()) one.settle(answers[at]!);
    } catch {
      isLost = true;
      for (const one of batch) one.settle(lost);
    }
    // An engine that was removed meanwhile is no longer among the busy ones.
    if (busy.delete(engine) && !isLost) free.add(engine);
    pump();
  };

  return {
    get waiting() {
      return waiting.length;
    },
    submit(work) {
      if (waiting.length >= maxWaiting) return undefined;
      const { promise: answer, resolve } = Promise.withResolvers<Answer>();
      let isOver = false;
      const leave = (): void => {
        if (isOver) return;
        one.settle(late(deadline));
        waiting = waiting.filter((other) => other !== one);
      };
      const limit = setTimeout(leave, deadline);
      const one: Waiting = {
        work,
        since: now(),
        settle(given) {
          isOver = true;
          clearTimeout(limit);
          resolve(given);
        },
      };
      waiting.push(one);
      pump();
      return { answer, leave };
    },
    add(engine) {
      free.add(engine);
      pump();
    },
    async remove(engine) {
      free.delete(engine);
      const running = busy.get(engine);
      busy.delete(engine);
      await running;
    },
  };
}
