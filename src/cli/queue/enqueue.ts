// Hands the shards of a prediction to a queue, and waits until workers have finished them.

import { InputError } from '../../data/input-error.ts';
import type { Io } from '../io.ts';
import type { OpenPrediction, Prediction } from '../predict/work.ts';
import type { Shard } from '../predict/shards.ts';
import { progress } from '../progress.ts';
import { connectionTo, importBullmq, reached } from './libraries.ts';
import { QUEUE, idOf } from './shard-job.ts';
import type { ShardJob } from './shard-job.ts';

/** Tries of a shard; a worker that dies is not one of them. */
const ATTEMPTS = 3;
/** Milliseconds between two looks at the folder. */
const PAUSE = 250;

/**
 * Resolves when the files of all these shards are there, whoever wrote them. Ctrl-C leaves the jobs to the workers. Rejects with
 * `InputError` for a shard that fails again and again.
 */
export async function enqueueShards(
  address: string,
  prediction: Prediction,
  open: OpenPrediction,
  shards: readonly Shard[],
  io: Io,
): Promise<void> {
  const connection = connectionTo(address);
  const { Queue } = await importBullmq();
  const queue = new Queue<ShardJob>(QUEUE, { connection });
  // What is wrong is said by what waits for it.
  queue.on('error', () => {});
  let isInterrupted = false;
  const stop = io.process.onInterrupt?.(() => void (isInterrupted = true));
  const bar = progress(io.stderr, 'shards', shards.length);
  try {
    await reached(queue.waitUntilReady(), connection);
    const jobs = shards.map(({ index }): ShardJob => ({ prediction, index }));
    for (const job of jobs) {
      const jobId = idOf(job);
      const before = await queue.getJob(jobId);
      if (before && ((await before.isFailed()) || (await before.isCompleted()))) await before.remove();
      const backoff = { type: 'exponential', delay: 500 };
      await queue.add('shard', job, { jobId, attempts: ATTEMPTS, backoff, removeOnComplete: true });
    }
    for (let left = shards; left.length > 0 && !isInterrupted;) {
      left = left.filter((shard) => !open.isFinished(shard));
      bar.update(shards.length - left.length);
      failWith(await queue.getFailed(), jobs, left);
      if (left.length > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  } finally {
    bar.end();
    stop?.();
    await queue.close().catch(() => {});
  }
}

/** Throws `InputError` where one of the shards that are left has failed for good. */
function failWith(
  failed: readonly { readonly id?: string | undefined; readonly failedReason: string }[],
  jobs: readonly ShardJob[],
  left: readonly Shard[],
): void {
  for (const { id, failedReason } of failed) {
    const job = jobs.find((one) => idOf(one) === id);
    if (job && left.some(({ index }) => index === job.index))
      throw new InputError(`shard ${job.index} failed ${ATTEMPTS} times: ${failedReason}`);
  }
}
