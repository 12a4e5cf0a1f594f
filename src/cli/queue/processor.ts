// What BullMQ runs in a process of its own for each job, because computing keeps an event loop from renewing the job's lock. The last
// network stays open: most jobs are of the same one.

import type { Job } from 'bullmq';
import type { OpenPrediction } from '../predict/work.ts';
import type { ShardJob } from './shard-job.ts';

let last: { readonly key: string; readonly open: OpenPrediction } | undefined;

/** The environment says below which folder jobs may read and write. */
export const ROOT = 'CNNC_WORKER_ROOT';

/** Computes a shard unless its files are there: a job whose worker was taken for dead may run twice. */
export default async function processShard({ data }: Job<ShardJob>): Promise<void> {
  const { prediction, index } = data;
  const [{ nodeIo }, { openPrediction }, { checkPaths }] = await Promise.all([
    import('../node-io.ts'),
    import('../predict/work.ts'),
    import('./shard-job.ts'),
  ]);
  checkPaths(data, process.env[ROOT] ?? '/', nodeIo.files);
  const key = JSON.stringify(prediction);
  if (last?.key !== key) {
    last?.open.close();
    last = undefined;
    last = { key, open: await openPrediction(prediction, nodeIo) };
  }
  const shard = { index, count: prediction.shards };
  if (!last.open.isFinished(shard)) await last.open.finish(shard);
}
