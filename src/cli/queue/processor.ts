// What BullMQ runs in a process of its own for each job, because computing keeps an event loop from renewing the job's lock. The last
// network stays open: most jobs are of the same one.

import type { Job } from 'bullmq';
import type { OpenPrediction } from '../predict/work.ts';

let last: { readonly key: string; readonly open: OpenPrediction } | undefined;

// Its worker is dead, perhaps since before this file was read, and the shard is computed anew.
const end = (): never => process.exit();
if (!process.connected) end();
process.on('disconnect', end);
// BullMQ tells its worker of an error that nobody has caught. Where the worker is dead that fails, which nobody catches either, and so on
// without end, and 'disconnect' is never heard. This is there before BullMQ since the worker has Node import this file first.
process.on('uncaughtException', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' || code === 'ERR_IPC_CHANNEL_CLOSED') end();
});

/**
 * Computes a shard unless its files are there: a job whose worker was taken for dead may run twice. Resolves to the number of
 * images that could not be read.
 */
export default async function processShard({ data }: Job<unknown>): Promise<number> {
  const [{ nodeIo }, { openPrediction }, { ROOT, checkedJob }, { explained }] = await Promise.all([
    import('../node-io.ts'),
    import('../predict/work.ts'),
    import('./shard-job.ts'),
    import('../errors.ts'),
  ]);
  try {
    const { prediction, index } = checkedJob(data, process.env[ROOT]!, nodeIo.files);
    const key = JSON.stringify(prediction);
    if (last?.key !== key) {
      last?.open.close();
      last = undefined;
      last = { key, open: await openPrediction(prediction, nodeIo) };
    }
    const shard = { index, count: prediction.shards };
    return last.open.unfinished([shard]).length === 0 ? 0 : await last.open.finish(shard);
  } catch (error) {
    throw new Error(explained(error as Error), { cause: error });
  }
}
