// What runs in each of a worker's processes (see `computers.ts`). The last network stays open: most jobs are of the same one.

import * as module from 'node:module';
import { endingSignals } from '../held-signals.ts';
import type { OpenPrediction } from '../predict/work.ts';
import type { Answer } from './computers.ts';

// As in `bin/cnnc.js`, for what a job needs.
module.enableCompileCache?.();

let last: { readonly key: string; readonly open: OpenPrediction } | undefined;

// Ctrl-C and the end of a terminal reach it, too, and its worker waits for it.
for (const signal of endingSignals) process.on(signal, () => {});
// Its worker is dead, perhaps since before this file was read, and the shard is computed anew; or there is nothing left to do.
const end = (): never => process.exit();
if (!process.connected) end();
process.on('disconnect', end);
process.on('message', ({ job }: { readonly job: unknown }) => void answer(job));

async function answer(job: unknown): Promise<void> {
  const said: Answer = await computed(job).then(
    (unread) => ({ unread }),
    async (error: unknown) => ({ error: (await import('../errors.ts')).explained(error as Error) }),
  );
  // Where the worker has died meanwhile, 'disconnect' comes.
  process.send!(said, () => {});
}

/**
 * Computes a shard unless its files are there: a job whose worker was taken for dead may run twice. Resolves to the number of
 * images that could not be read.
 */
async function computed(job: unknown): Promise<number> {
  const [{ nodeIo }, { openPrediction }, { ROOT, checkedJob }] = await Promise.all([
    import('../node-io.ts'),
    import('../predict/work.ts'),
    import('./shard-job.ts'),
  ]);
  const { prediction, index } = checkedJob(job, process.env[ROOT]!, nodeIo.files);
  const key = JSON.stringify(prediction);
  if (last?.key !== key) {
    last?.open.close();
    last = undefined;
    last = { key, open: await openPrediction(prediction, nodeIo) };
  }
  const shard = { index, count: prediction.shards };
  return last.open.unfinished([shard]).length === 0 ? 0 : last.open.finish(shard);
}
