// Hands the shards of a prediction to a queue, and waits until workers have finished them.

import { setTimeout as pause } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { InputError } from '../../data/input-error.ts';
import { Quit, exitCodes } from '../errors.ts';
import type { Io } from '../io.ts';
import type { OpenPrediction, Prediction } from '../predict/work.ts';
import type { Shard } from '../predict/shards.ts';
import { progress } from '../progress.ts';
import { asRefusal, checkRedis, connectionTo, importBullmq, watchRedis } from './libraries.ts';
import type { Connection } from './libraries.ts';
import { QUEUE, idOf } from './shard-job.ts';
import type { ShardJob } from './shard-job.ts';

/** Tries of a shard; a worker that dies is not one of them. */
const ATTEMPTS = 3;
/** Milliseconds between two looks at the folder. */
const PAUSE = 250;
/** Milliseconds until a worker is missed. */
const LONELY = 3000;
/** Seconds for which Redis remembers why a shard failed. */
const MEMORY = 86_400;

/**
 * Resolves when the files of all these shards are there, whoever wrote them. Rejects with `InputError` for a shard that fails again
 * and again, and with `Quit` at Ctrl-C, which leaves the jobs to the workers.
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
  await checkRedis(connection);
  const queue = new Queue<ShardJob>(QUEUE, { connection });
  watchRedis(queue, io.stderr);
  const jobs = new Map(shards.map(({ index }) => [idOf({ prediction, index }), { prediction, index }]));
  const bar = progress(io.stderr, 'shards', shards.length);
  const over = new AbortController();
  let stop: (() => void) | undefined;
  const interrupted = new Promise<'interrupted'>((resolve) => {
    stop = io.process.onInterrupt?.(() => resolve('interrupted'));
  });
  try {
    const work = async (): Promise<void> => {
      await add(queue, jobs);
      void sayIfNobodyWorks(queue, connection, io.stderr, over.signal);
      await Promise.race([
        untilFinished(open, shards, bar.update, over.signal),
        untilFailed(queue, jobs, open, over.signal),
      ]);
    };
    if ((await Promise.race([work(), interrupted])) !== 'interrupted') return;
    io.stderr.write('interrupted: the shards are left to the workers; the same command waits for them again\n');
    throw new Quit(exitCodes.interrupted);
  } catch (error) {
    throw asRefusal(error, connection);
  } finally {
    over.abort();
    bar.end();
    stop?.();
    // Its own `close` waits for a Redis that is away.
    await queue.getBackend().close(true);
  }
}

/** A note where no worker is there after some seconds. Redis may not be allowed to tell who is connected: then nothing is said. */
async function sayIfNobodyWorks(
  queue: Queue<ShardJob>,
  { host, port }: Connection,
  stderr: Io['stderr'],
  over: AbortSignal,
): Promise<void> {
  await pause(LONELY, undefined, { signal: over, ref: false }).catch(() => {});
  if (over.aborted || (await queue.getWorkersCount().catch(() => 1)) > 0 || over.aborted) return;
  stderr.write(`note: no worker takes shards from ${host}:${port} yet; cnnc worker --queue starts one\n`);
}

type Jobs = ReadonlyMap<string, ShardJob>;

/** Those that wait already, or are being computed, stay as they are. */
async function add(queue: Queue<ShardJob>, jobs: Jobs): Promise<void> {
  for (const id of await queue.getRanges(['failed'])) if (jobs.has(id)) await queue.remove(id);
  const backoff = { type: 'exponential', delay: 500 };
  const opts = { attempts: ATTEMPTS, backoff, removeOnComplete: true, removeOnFail: { age: MEMORY } };
  await queue.addBulk([...jobs].map(([jobId, data]) => ({ name: 'shard', data, opts: { ...opts, jobId } })));
}

async function untilFinished(
  open: OpenPrediction,
  shards: readonly Shard[],
  update: (done: number) => void,
  over: AbortSignal,
): Promise<void> {
  for (let left = shards; !over.aborted; await pause(PAUSE)) {
    left = open.unfinished(left);
    update(shards.length - left.length);
    if (left.length === 0) return;
  }
}

/** Rejects with `InputError` when a shard whose files are not there has failed for good. */
async function untilFailed(queue: Queue<ShardJob>, jobs: Jobs, open: OpenPrediction, over: AbortSignal): Promise<void> {
  for (; !over.aborted; await pause(PAUSE)) {
    for (const id of await queue.getRanges(['failed'])) {
      const job = jobs.get(id);
      if (!job || open.unfinished([{ index: job.index, count: job.prediction.shards }]).length === 0) continue;
      const reason = (await queue.getJob(id))?.failedReason;
      if (reason !== undefined) throw new InputError(`shard ${job.index} failed ${ATTEMPTS} times: ${reason}`);
    }
  }
}
