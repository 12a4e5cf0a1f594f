// `cnnc predict`: what a network says of many images, shard by shard.

import { Command, Option } from 'commander';
import { grouped } from '../../text/format.ts';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { withPassOptions } from '../pass-options.ts';
import { withPictureOptions } from '../picture-options.ts';
import type { Format } from '../predict/predict-shard.ts';
import { absolute } from '../queue/shard-job.ts';
import { allShards, shard } from '../predict/shards.ts';
import type { Shard } from '../predict/shards.ts';
import { openPrediction } from '../predict/work.ts';
import { withQuantizeOptions } from '../quantized.ts';
import { MOST, wholeNumber } from '../quantities.ts';
import type { RunnableOptions } from '../runnable.ts';
import { RUNNABLE_ARGUMENT, withOpenOptions } from '../source.ts';
import { forMany, manyTargets, withTargetOptions, withThreadOption } from '../target-options.ts';
import { withWeightsOptions } from '../weights.ts';

interface PredictOptions extends RunnableOptions {
  readonly data: string;
  readonly out: string;
  readonly split: 'train' | 'test';
  readonly shard?: Shard;
  readonly shards?: number;
  readonly queue?: string;
  readonly format: Format;
  readonly top?: number;
  readonly json?: boolean;
}

export function predictCommand(io: Io): Command {
  const command = withOpenOptions(new Command('predict'))
    .description(
      'write the outputs of a network for many images, in shards that can be computed separately and resumed',
    )
    .argument('<file>', RUNNABLE_ARGUMENT);
  withThreadOption(withTargetOptions(withPassOptions(withQuantizeOptions(withWeightsOptions(command))), manyTargets))
    .requiredOption('--data <path>', 'IDX files or pictures in a folder, a .txt list of pictures, or a file of arrays')
    .requiredOption('--out <folder>', 'where the files of the shards are written')
    .addOption(new Option('--split <split>', 'which part of IDX files').choices(['train', 'test']).default('test'))
    .option('--shard <index/count>', 'compute only this shard, from 0/COUNT to COUNT-1/COUNT', shard)
    .option(
      '--shards <count>',
      'compute all shards, one after the other; finished ones are skipped',
      wholeNumber('--shards', 1, 100_000),
    )
    .option(
      '--queue <address>',
      'let `cnnc worker` processes compute them: the address of a Redis, such as redis://127.0.0.1:6379',
    )
    .addOption(new Option('--format <form>', 'lines of JSON, or arrays').choices(['jsonl', 'npy']).default('jsonl'))
    .option(
      '--top <count>',
      'how many classes of each image, in lines of JSON (default: 5)',
      wholeNumber('--top', 1, MOST),
    )
    .option('--json', 'print what was done as JSON');
  return withPictureOptions(command)
    .addHelpText(
      'after',
      `
The files of a shard appear complete or not at all, and a shard whose files exist is not computed again. After a command was killed, run it
again. \`cnnc merge\` joins the shards. Images that cannot be read get a line with an error, or a row of NaN.

Examples:
  cnnc predict lenet.cnn --weights random:1 --data fashion-mnist --out predictions
  cnnc predict lenet.cnn --weights random:1 --data fashion-mnist --out predictions-40 --shards 40
  cnnc predict lenet.cnn --weights random:1 --data fashion-mnist --out predictions-40 --shard 3/40
  cnnc predict lenet.cnn --weights random:1 --data fashion-mnist --out arrays --format npy

With --queue the shards are jobs in Redis. Any number of \`cnnc worker\` processes that see the same folders compute them. The command waits for them;
if it is interrupted and run again, it goes on waiting. It needs the libraries bullmq and ioredis: npm install bullmq@6 ioredis

JSON: { schemaVersion: 1, network, out, images, shards, finished: [index], skipped: [index], unread }; unread counts images of
the shards that were computed, and is not there with --queue, where the workers say it.`,
    )
    .action((path: string, options: PredictOptions) => predict(path, options, io));
}

async function predict(path: string, given: PredictOptions, io: Io): Promise<void> {
  const { data, out, split, shard: only, shards: count, queue, format, top, json, ...rest } = given;
  const options = forMany(path, rest);
  if (only && count !== undefined) throw new UsageError('--shard is one of so many already; leave out --shards');
  const shards = only?.count ?? count ?? 1;
  const own = { path, options, data, givenData: data, split, out, shards, format, top };
  const asked = queue === undefined ? own : absolute(own, io.files);
  const prediction = await openPrediction(asked, io);
  try {
    const wanted = only ? [only] : allShards(shards);
    const finished = prediction.unfinished(wanted);
    const missing = new Set(finished);
    const there = wanted.filter((one) => !missing.has(one));
    let unread = 0;
    if (queue === undefined) for (const one of finished) unread += await prediction.finish(one);
    else {
      const { enqueueShards } = await import('../queue/enqueue.ts');
      await enqueueShards(queue, asked, prediction, finished, io);
    }
    if (unread > 0) io.stderr.write(`note: ${grouped(unread)} images could not be read; their lines say why\n`);
    const result = {
      schemaVersion: 1,
      network: prediction.network,
      out,
      images: prediction.images,
      shards,
      finished: finished.map(({ index }) => index),
      skipped: there.map(({ index }) => index),
      ...(queue === undefined && { unread }),
    };
    const skipped = there.length > 0 ? `, ${there.length} were there` : '';
    const text = `${out}: ${finished.length} of ${shards} shards written${skipped}; ${grouped(prediction.images)} images in all`;
    io.stdout.write(`${json ? JSON.stringify(result, null, 2) : text}\n`);
  } finally {
    prediction.close();
  }
}
