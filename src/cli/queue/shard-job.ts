// A shard as a job of a queue: everything that a worker needs to compute it, with paths that hold for all workers.

import { createHash } from 'node:crypto';
import { printable } from '../../data/input-error.ts';
import { UsageError } from '../errors.ts';
import type { Files } from '../io.ts';
import { isInside } from '../paths.ts';
import type { Prediction } from '../predict/work.ts';
import { namedNetwork } from '../source.ts';

/** The queue's name in Redis. */
export const QUEUE = 'cnnc-predict';

/** What lies in Redis. */
export interface ShardJob {
  /** Its paths are absolute. */
  readonly prediction: Prediction;
  readonly index: number;
}

/** The same for the same shard of the same work, so that it waits once however often it is asked for. */
export const idOf = (job: ShardJob): string => createHash('sha256').update(JSON.stringify(job)).digest('hex');

const ofFiles = ['weights', 'labels', 'map', 'calibrate', 'tuning'] as const;

/** Calls `each` for the files and folders that a prediction names, and puts what it returns in their place. */
function withPaths(prediction: Prediction, each: (path: string) => string): Prediction {
  const { options } = prediction;
  const { path, network } = namedNetwork(prediction.path);
  const given = ofFiles.flatMap((name) => {
    const file = options[name];
    return file === undefined || /^random:\d+$/.test(file) ? [] : [[name, each(file)] as const];
  });
  return {
    ...prediction,
    path: `${each(path)}${network === undefined ? '' : `:${network}`}`,
    data: each(prediction.data),
    out: each(prediction.out),
    options: { ...options, ...Object.fromEntries(given) },
  };
}

/** With the paths that hold for all workers. */
export const absolute = (prediction: Prediction, { resolve }: Pick<Files, 'resolve'>): Prediction =>
  withPaths(prediction, resolve);

/** Whoever can write to Redis can send jobs: they may only read and write below `root`. Throws `UsageError`. */
export function checkPaths({ prediction }: ShardJob, root: string, { resolve }: Pick<Files, 'resolve'>): void {
  withPaths(prediction, (path) => {
    if (isInside(resolve(path), root)) return path;
    throw new UsageError(`a job names ${printable(path)}, which is outside of the worker's --root ${root}`);
  });
}
