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
  /** Batches that it may have at once, 1 if absent: it goes on with the next without waiting for it. */
  readonly depth?: number;
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

/** Part of a batch that must wait before a busy engine gets it: fewer are computed in less time together with those that come meanwhile. */
const AHEAD = 0.5;

/** An empty queue without engines. `now`: milliseconds since some moment. */
export function openQueue(options: QueueOptions, now: () => number): Queue {
  const { maxBatch, maxDelay, maxWaiting, deadline } = options;
  let waiting: Waiting[] = [];
  /** Each engine's batches that are not answered yet. */
  const engines = new Map<Engine, Set<Promise<void>>>();
  let timer: NodeJS.Timeout | undefined;

  const pump = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (let engine = next(); engine; engine = next()) {
      const left = waiting[0]!.since + maxDelay - now();
      if (waiting.length < maxBatch && left > 0) {
        timer = setTimeout(pump, left);
        return;
      }
      run(engine, waiting.splice(0, maxBatch));
    }
  };

  /** Who takes those that wait now: an engine that has nothing to do, or else one that will go on with them. */
  const next = (): Engine | undefined => {
    if (waiting.length === 0) return undefined;
    let busy: Engine | undefined;
    for (const [engine, batches] of engines) {
      if (batches.size === 0) return engine;
      if (batches.size < (engine.depth ?? 1)) busy ??= engine;
    }
    return waiting.length < AHEAD * maxBatch ? undefined : busy;
  };

  const run = (engine: Engine, batch: readonly Waiting[]): void => {
    const batches = engines.get(engine)!;
    const answered = answer(engine, batch).then((isLost) => {
      batches.delete(answered);
      if (isLost) engines.delete(engine);
      pump();
    });
    batches.add(answered);
  };

  const answer = async (engine: Engine, batch: readonly Waiting[]): Promise<boolean> => {
    try {
      const answers = await engine.answer(batch.map(({ work }) => work));
      for (const [at, one] of batch.entries()) one.settle(answers[at]!);
      return false;
    } catch {
      for (const one of batch) one.settle(lost);
      return true;
    }
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
      engines.set(engine, new Set());
      pump();
    },
    async remove(engine) {
      const batches = engines.get(engine) ?? [];
      engines.delete(engine);
      await Promise.all(batches);
    },
  };
}
