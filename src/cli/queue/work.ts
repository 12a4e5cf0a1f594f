// A worker: takes shards from a queue until it is told to end.

import { setTimeout as pause } from 'node:timers/promises';
import { escapeControls } from '../../../grammar/terminal.ts';
import { grouped } from '../../text/format.ts';
import type { Io, WorkerOptions } from '../io.ts';
import { openComputers } from './computers.ts';
import { checkRedis, connectionTo, importBullmq, watchRedis } from './libraries.ts';
import { QUEUE, ROOT } from './shard-job.ts';
import type { ShardJob } from './shard-job.ts';

/** How long a worker may be silent before its shard is given to another, in milliseconds. What computes has a process of its own. */
const LOCK = 6000;
/** How often it says that it lives, in milliseconds: on a machine that is overloaded it may get no processor for seconds. */
const RENEWAL = 1000;
/** How often a shard's worker may die. Results appear whole or not at all, so that a shard may be begun any number of times. */
const DEATHS = 1000;

/** Resolves when it was told to end and has finished what it had. Rejects with `InputError`, `UsageError`. */
export async function runWorker({ queue, concurrency, root, json }: WorkerOptions, io: Io): Promise<void> {
  const connection = connectionTo(queue);
  const { Worker } = await importBullmq();
  await checkRedis(connection);
  process.env[ROOT] = root;
  const file = import.meta.url.endsWith('.ts') ? './processor.ts' : './predict-processor.js';
  const computers = openComputers(new URL(file, import.meta.url), (text) => io.stderr.write(text));
  const worker = new Worker<Partial<ShardJob> | null, number>(QUEUE, ({ data }) => computers.compute(data), {
    connection,
    concurrency,
    lockDuration: LOCK,
    lockRenewTime: RENEWAL,
    stalledInterval: LOCK / 3,
    maxStalledCount: DEATHS,
  });
  const isAway = watchRedis(worker, io.stderr);
  const report = (data: Partial<ShardJob> | null, about: Outcome): void => {
    const { index: shard, prediction } = data ?? {};
    const out = prediction?.out;
    if (json) io.stdout.write(`${JSON.stringify({ schemaVersion: 1, shard, out, ...about })}\n`);
    else io.stderr.write(`${escapeControls(`shard ${shard} of ${out} ${textOf(about)}`)}\n`);
  };
  worker.on('completed', ({ data }, unread) => report(data, { unread }));
  worker.on('failed', (job, { message }) => {
    if (job) report(job.data, { error: message });
  });
  await new Promise<void>((resolve) => {
    if (io.process.onInterrupt) io.process.onInterrupt(resolve);
    else resolve();
  });
  // BullMQ waits for a Redis that is away; what such a worker has at hand is given to another.
  const ended = worker.close().then(() => true);
  while (!(await Promise.race([ended, pause(PAUSE, false)]))) if (isAway()) process.exit();
  computers.close();
}

/** Milliseconds between two looks at Redis. */
const PAUSE = 100;

interface Outcome {
  /** Images that could not be read. */
  readonly unread?: number;
  /** Why it failed. */
  readonly error?: string;
}

function textOf({ unread = 0, error }: Outcome): string {
  if (error !== undefined) return `failed: ${error}`;
  return `is finished${unread > 0 ? `; ${grouped(unread)} images could not be read` : ''}`;
}
