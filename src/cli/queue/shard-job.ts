// A shard as a job of a queue: everything that a worker needs to compute it, with paths that hold for all workers.

import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { InputError, printable } from '../../data/input-error.ts';
import { UsageError } from '../errors.ts';
import { isStdin } from '../guard.ts';
import type { Files } from '../io.ts';
import { isInside } from '../paths.ts';
import type { Prediction } from '../predict/work.ts';
import { namedNetwork } from '../source.ts';

/** The queue's name in Redis. */
export const QUEUE = 'cnnc-predict';

/** What the environment of a worker's processes calls the folder in which jobs may read and write. */
export const ROOT = 'CNNC_WORKER_ROOT';

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

/** With the paths that hold for all workers. Throws `UsageError` for the standard input. */
export const absolute = (prediction: Prediction, { resolve }: Pick<Files, 'resolve'>): Prediction =>
  withPaths(prediction, (path) => {
    if (isStdin(path)) throw new UsageError('workers cannot read the standard input of predict; --queue needs files');
    return resolve(path);
  });

/**
 * What was in Redis. Whoever can write there can send jobs: what they name must be as `predict` says it, and lie in `root`. Throws
 * `InputError`, `UsageError`.
 */
export function checkedJob(job: unknown, root: string, { resolve }: Pick<Files, 'resolve'>): ShardJob {
  if (!isShardJob(job)) throw new InputError('this job is none that `cnnc predict` has sent');
  withPaths(job.prediction, (path) => {
    const place = resolve(path);
    if (isAbsolute(path) && (place === root || isInside(place, root))) return path;
    throw new UsageError(`a job names ${printable(path)}, which is outside of the worker's --root ${root}`);
  });
  return job;
}

/** What names files; the rest is checked where it is used. */
function isShardJob(job: unknown): job is ShardJob {
  const { prediction, index } = (job ?? {}) as Partial<ShardJob>;
  const { path, data, out, options, shards, format } = (prediction ?? {}) as Partial<Prediction>;
  return (
    [path, data, out].every((text) => typeof text === 'string') &&
    typeof options === 'object' &&
    options !== null &&
    (format === 'jsonl' || format === 'npy') &&
    Number.isSafeInteger(shards) &&
    Number.isSafeInteger(index) &&
    index! >= 0 &&
    index! < shards!
  );
}
