// A worker: takes shards from a queue until it is told to end.

import { fileURLToPath } from 'node:url';
import { escapeControls } from '../../../grammar/terminal.ts';
import type { Io, WorkerOptions } from '../io.ts';
import { connectionTo, importBullmq, reached } from './libraries.ts';
import { ROOT } from './processor.ts';
import { QUEUE } from './shard-job.ts';
import type { ShardJob } from './shard-job.ts';

/** How long a worker may be silent before its shard is given to another, in milliseconds. */
const LOCK = 15_000;
/** How often a shard's worker may die. Results appear whole or not at all, so that a shard may be begun any number of times. */
const DEATHS = 1000;

/** Resolves when it was told to end and has finished what it had. Rejects with `InputError`, `UsageError`. */
export async function runWorker({ queue, concurrency, root, json }: WorkerOptions, io: Io): Promise<void> {
  const connection = connectionTo(queue);
  const { Worker } = await importBullmq();
  process.env[ROOT] = root;
  const file = import.meta.url.endsWith('.ts') ? './processor.ts' : './predict-processor.js';
  const worker = new Worker<ShardJob>(QUEUE, fileURLToPath(new URL(file, import.meta.url)), {
    connection,
    concurrency,
    lockDuration: LOCK,
    stalledInterval: LOCK / 3,
    maxStalledCount: DEATHS,
  });
  const say = (text: string): void => io.stderr.write(`${escapeControls(text)}\n`);
  // It tries again by itself; said once for each silence.
  let isAway = false;
  worker.on('error', (error) => {
    if (!isAway) say(`note: ${error.message}; trying again`);
    isAway = true;
  });
  worker.on('ready', () => void (isAway = false));
  const report = ({ index, prediction: { out } }: ShardJob, error?: string): void => {
    if (json) io.stdout.write(`${JSON.stringify({ schemaVersion: 1, shard: index, out, error })}\n`);
    else say(`shard ${index} of ${out} ${error === undefined ? 'is finished' : `failed: ${error}`}`);
  };
  worker.on('completed', ({ data }) => report(data));
  worker.on('failed', (job, { message }) => {
    if (job) report(job.data, message);
    else say(`note: a shard was given to another worker: ${message}`);
  });
  try {
    await reached(worker.waitUntilReady(), connection);
    await new Promise<void>((resolve) => {
      if (io.process.onInterrupt) io.process.onInterrupt(resolve);
      else resolve();
    });
  } finally {
    await worker.close();
  }
}
