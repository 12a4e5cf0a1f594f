// A training as the page drives it: it goes on only while it is asked to, so that a pause is to stop asking.

import type { Client } from '../client.ts';
import type { Advanced, TrainCalls, TrainRequest, TrainStarted } from '../../run/protocol.ts';

/** Milliseconds of training between two looks at it. */
const SLICE = 200;
/** Milliseconds between two looks at its weights. */
const BETWEEN_WEIGHTS = 1000;

export interface Course {
  pause(): void;
  resume(): void;
  /** Ends it; its weights are told once more. */
  stop(): void;
}

export interface Progress {
  readonly started: TrainStarted;
  readonly advanced: Advanced;
  /** Of all steps so far. */
  readonly losses: readonly number[];
  /** Without pauses. */
  readonly imagesPerSecond: number;
}

export interface Listener {
  progress(progress: Progress): void;
  weights(bytes: Uint8Array<ArrayBuffer>): void;
  /** It is complete, or was stopped. */
  ended(isComplete: boolean): void;
  failed(sentence: string): void;
}

/** Starts at once. */
export function startCourse(worker: Client<TrainCalls>, request: TrainRequest, hear: Listener): Course {
  let isStopped = false;
  let wake: (() => void) | undefined;
  let pausing: Promise<void> | undefined;
  const tellWeights = async (): Promise<void> => hear.weights(new Uint8Array(await worker.ask('weights')));

  const go = async (): Promise<void> => {
    const started = await worker.ask('start', request);
    const losses: number[] = [];
    let [busy, told] = [0, performance.now()];
    for (let epochs = 0; !isStopped;) {
      if (pausing) {
        await tellWeights();
        await pausing;
        continue;
      }
      const before = performance.now();
      const advanced = await worker.ask('advance', SLICE);
      const now = performance.now();
      busy += now - before;
      losses.push(...advanced.losses);
      hear.progress({ started, advanced, losses, imagesPerSecond: (1000 * advanced.images) / busy });
      if (advanced.isDone) {
        await tellWeights();
        return hear.ended(true);
      }
      if (now - told < BETWEEN_WEIGHTS && advanced.history.length === epochs) continue;
      [epochs, told] = [advanced.history.length, now];
      await tellWeights();
    }
    await tellWeights();
    hear.ended(false);
  };
  go().catch((error: unknown) => hear.failed(error instanceof Error ? error.message : String(error)));

  return {
    pause() {
      pausing ??= new Promise((resolve) => (wake = resolve));
    },
    resume() {
      wake?.();
      pausing = wake = undefined;
    },
    stop() {
      isStopped = true;
      wake?.();
      pausing = wake = undefined;
    },
  };
}
