// A thread of a model as its queue sees it.

import type { ModelStart } from '../../serve/options.ts';
import { Worker } from 'node:worker_threads';
import { giveBack, openShare } from '../../serve/memory.ts';
import type { Engine } from '../../serve/queue.ts';
import { putBatch, sharedMemory, takeAnswers } from '../../serve/shared-memory.ts';
import type { Answer, ServedNetwork, Work } from '../../serve/protocol.ts';
import { InputError } from '../../data/input-error.ts';
import { DiagnosticsError, UsageError } from '../errors.ts';
import type { FileStamps } from './file-stamps.ts';
import type { Failure, ThreadMessage, ThreadStart } from './thread.ts';

/** A thread that is ready. */
export interface ThreadEngine extends Engine {
  readonly network: ServedNetwork;
  /** What it has read. */
  readonly files: FileStamps;
  /** Resolves when the thread has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Ends it at once. */
  close(): Promise<void>;
}

export interface EngineEvents {
  /** One line or several, for people. */
  note(text: string): void;
  /** After each batch: how many images it had and how long it took. */
  computed(images: number, seconds: number): void;
}

/** What could not be opened: the error, and what had been read of it. */
export class NotOpened extends Error {
  override readonly name = 'NotOpened';
  override readonly cause: Error;
  readonly files: FileStamps;

  constructor(cause: Error, files: FileStamps) {
    super(cause.message);
    this.cause = cause;
    this.files = files;
  }
}

/** Resolves when it can answer. Rejects with `NotOpened`. */
export function startEngine(start: ModelStart, events: EngineEvents): Promise<ThreadEngine> {
  const file = import.meta.url.endsWith('.ts') ? './thread.ts' : './serve-thread.js';
  const memory = openShare(start.memory);
  const exchange = sharedMemory();
  const workerData: ThreadStart = { start, memory, exchange };
  const worker = new Worker(new URL(file, import.meta.url), { workerData, execArgv: [] });
  let answer: { resolve(answers: readonly Answer[]): void; reject(error: Error): void } | undefined;
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  void ended.then(() => giveBack(memory));
  return new Promise((resolve, reject) => {
    const fail = (error: Error, files: FileStamps = new Map()): void => {
      reject(new NotOpened(error, files));
      answer?.reject(error);
    };
    worker.on('error', fail);
    worker.once('exit', () => fail(new Error('the thread has ended')));
    worker.on('message', (message: ThreadMessage) => {
      switch (message.kind) {
        case 'note':
          return events.note(message.text);
        case 'failed':
          fail(errorOf(message.failure), message.files);
          return void worker.terminate();
        case 'answers': {
          giveBack(memory);
          const answers = message.answers ?? takeAnswers(exchange);
          events.computed(
            answers.reduce((sum, { images }) => sum + images, 0),
            message.seconds,
          );
          return answer?.resolve(answers);
        }
        case 'ready':
          return resolve({
            network: message.network,
            files: message.files,
            ended,
            answer: (batch) => {
              const answers = new Promise<readonly Answer[]>(
                (done, lost) => (answer = { resolve: done, reject: lost }),
              );
              const handed = putBatch(exchange, batch) ? undefined : batch.map(withOwnBody);
              worker.postMessage(
                handed,
                (handed ?? []).map(({ body }) => body.buffer),
              );
              return answers;
            },
            close: async () => void (await worker.terminate()),
          });
        default:
          return message satisfies never;
      }
    });
  });
}

/** Copied where it is part of something larger, so that it can be handed over. */
const withOwnBody = (work: Work): Work =>
  work.body.length === work.body.buffer.byteLength ? work : { ...work, body: work.body.slice() };

function errorOf(failure: Failure): Error {
  switch (failure.kind) {
    case 'diagnostics':
      return new DiagnosticsError(failure.diagnostics, failure.appendix);
    case 'input':
      return new InputError(failure.message, { limit: failure.limit });
    case 'usage':
      return new UsageError(failure.message);
    case 'bug':
      return new Error(failure.message);
    default:
      return failure satisfies never;
  }
}
