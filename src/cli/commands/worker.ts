// `cnnc worker`: computes shards that `cnnc predict --queue` hands out.

import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { wholeNumber } from '../quantities.ts';

interface WorkerFlags {
  readonly queue: string;
  readonly concurrency: number;
  readonly root?: string;
  readonly json?: boolean;
}

export function workerCommand(io: Io): Command {
  return new Command('worker')
    .description('take shards from a queue that `cnnc predict --queue` fills, until Ctrl-C')
    .requiredOption('--queue <address>', 'the address of a Redis: redis://127.0.0.1:6379')
    .option('--concurrency <count>', 'how many shards are computed at once', wholeNumber('--concurrency', 1, 64), 1)
    .option('--root <folder>', 'jobs may read and write files below it only (default: the working folder)')
    .option('--json', 'print a line of JSON for each shard')
    .addHelpText(
      'after',
      `
It needs the libraries bullmq and ioredis, which do not come with cnnc: npm install bullmq@6 ioredis

A shard is computed in a process of its own. Ctrl-C waits until the current shards are finished. If a worker is killed, its shards
are given to another after some seconds.

Examples:
  cnnc worker --queue redis://127.0.0.1:6379
  cnnc worker --queue redis://127.0.0.1:6379 --concurrency 4 --root data

JSON, a line for each shard: { schemaVersion: 1, shard: index, out, unread }, with error in place of unread if it failed.`,
    )
    .action((flags: WorkerFlags) => work(flags, io));
}

async function work({ queue, concurrency, root = '.', json = false }: WorkerFlags, io: Io): Promise<void> {
  if (!io.work) throw new UsageError('worker needs a system on which it can start processes');
  await io.work({ queue, concurrency, root: io.files.resolve(root), json });
}
