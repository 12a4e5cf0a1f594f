// `cnnc serve`: models over HTTP, in the words of the Open Inference Protocol.

import { Command, Option } from 'commander';
import { printable } from '../../data/input-error.ts';
import { UsageError } from '../errors.ts';
import { openCount } from '../../serve/memory.ts';
import type { ServeOptions } from '../../serve/options.ts';
import type { Io } from '../io.ts';
import { withPassOptions } from '../pass-options.ts';
import type { PassOptions } from '../pass-options.ts';
import { withPictureOptions } from '../picture-options.ts';
import type { PictureOptions } from '../picture-options.ts';
import { byteSize, wholeNumber } from '../quantities.ts';
import { namedModels } from '../serve/named-models.ts';
import { manyTargets, withTargetOptions, withThreadOption } from '../target-options.ts';
import type { TargetOptions, ThreadOptions } from '../target-options.ts';
import { readText } from '../text.ts';

interface ServeFlags extends PassOptions, TargetOptions, ThreadOptions, PictureOptions {
  readonly weights?: readonly string[];
  readonly labels?: readonly string[];
  readonly match?: 'name' | 'order';
  readonly quantize?: boolean;
  readonly host: string;
  readonly port: number;
  readonly workers: number;
  readonly maxBatch: number;
  readonly maxDelay: number;
  readonly maxQueue: number;
  readonly maxBody: number;
  readonly maxMemory?: number;
  readonly maxConnections: number;
  readonly deadline: number;
  readonly grace: number;
  readonly tokenFile?: string;
  readonly log: ServeOptions['logLevel'];
  readonly json?: boolean;
}

const MAX_TOKENS_BYTES = 1 << 20;
/** Bodies that are read or wait, of the largest ones that there may be. */
const BODIES_TOGETHER = 4;
/** Bytes of an answer, of those that a body may have: as JSON, a number takes up to five times as many as in f32. */
const ANSWER_OF_BODY = 8;

/** Bytes of all tensors and answers, of those that a body may have: one answer, twice as long while it is written, and its tensors. */
const MEMORY_OF_BODY = 24;

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export function serveCommand(io: Io): Command {
  const command = new Command('serve')
    .description('serve models over HTTP: the Open Inference Protocol v2, and classes of pictures')
    .argument(
      '<model...>',
      'FILE, NAME=FILE or NAME@VERSION=FILE: a .cnn file, FILE:NETWORK, an .onnx file, or a compiled module',
    )
    .option('--weights <file>', 'as in `cnnc run`; with several models, NAME=FILE or NAME@VERSION=FILE', collect)
    .addOption(new Option('--match <how>', 'how tensors find their layers (default: name)').choices(['name', 'order']))
    .option('--labels <file>', 'names of the classes, one per line: FILE, or NAME=FILE', collect)
    .option('--quantize', 'compute in whole numbers (int8), with --weights that were quantised')
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--port <number>', 'the port to listen on; 0 takes a free one', wholeNumber('--port', 0, 65_535), 8080)
    .option('--workers <count>', 'threads of each model that answer in parallel', wholeNumber('--workers', 1, 64), 1)
    .option('--max-batch <count>', 'requests computed at once', wholeNumber('--max-batch', 1, 1024), 16)
    .option(
      '--max-delay <ms>',
      'how long the first request of a batch waits for others while a thread is free',
      wholeNumber('--max-delay', 0, 10_000),
      0,
    )
    .option('--max-queue <count>', 'requests that may wait; others get 429', wholeNumber('--max-queue', 1, 1e6), 256)
    .addOption(
      new Option('--max-body <size>', 'largest body of a request; all that wait: four times that')
        .argParser(byteSize('--max-body'))
        .default(1 << 24, '16MiB'),
    )
    .option(
      '--max-memory <size>',
      'limit for the tensors and answers of all requests; others get 429 (default: 24 times --max-body)',
      byteSize('--max-memory'),
    )
    .option(
      '--max-connections <count>',
      'connections that may be open; others are closed',
      wholeNumber('--max-connections', 1, 1e6),
      1024,
    )
    .option('--deadline <ms>', 'time after which a request gets 504', wholeNumber('--deadline', 1, 3_600_000), 30_000)
    .option('--grace <ms>', 'from being asked to end to no longer listening', wholeNumber('--grace', 0, 600_000), 0)
    .option('--token-file <file>', 'file with bearer tokens, one per line; requests without one of them get 401')
    .addOption(
      new Option('--log <what>', 'lines of JSON on stderr').choices(['info', 'warn', 'silent']).default('info'),
    )
    .option('--json', 'print the address as JSON');
  withThreadOption(withTargetOptions(withPassOptions(command), manyTargets));
  return withPictureOptions(command)
    .addHelpText(
      'after',
      `
GET  /v2, /v2/health/live, /v2/health/ready, /metrics (Prometheus)
GET  /v2/models/NAME[/versions/VERSION][/ready]
POST /v2/models/NAME[/versions/VERSION]/infer          tensors, in JSON or binary
POST /v2/models/NAME[/versions/VERSION]/classify?top=5 a PNG or JPEG file: the likeliest classes
       curl --data-binary @sneaker.png http://127.0.0.1:8080/v2/models/lenet/classify

A model has its file's name as NAME, and version 1. Files that change are loaded again. It needs the libraries fastify, prom-client
and pino, which do not come with cnnc: npm install fastify prom-client pino

Examples:
  cnnc serve lenet.cnn --weights lenet.safetensors --match order
  cnnc serve lenet.cnn --weights random:1 --max-batch 32 --max-delay 2
  cnnc serve a=lenet.cnn b=out/net.js --weights a=random:1 --weights b=out/weights.safetensors --port 9000

JSON, one line as soon as it listens: { schemaVersion: 1, address, models: [{ name, version, file }] }.`,
    )
    .action((models: readonly string[], options: ServeFlags, self: Command) =>
      serve(models, options, self.parent?.version() ?? '', io),
    );
}

async function serve(models: readonly string[], flags: ServeFlags, version: string, io: Io): Promise<void> {
  // Node would listen on all addresses.
  if (flags.host === '') throw new UsageError('--host is an address, such as 127.0.0.1; found nothing');
  if (!io.serve) throw new UsageError('serve needs a system on which it can listen');
  const {
    workers,
    maxBatch,
    maxDelay,
    maxQueue,
    maxBody,
    maxMemory,
    maxConnections,
    deadline,
    grace,
    host,
    port,
    log,
    ...rest
  } = flags;
  const { tokenFile, json, ...ofModels } = rest;
  const memory = openCount(maxMemory ?? MEMORY_OF_BODY * maxBody);
  const starts = namedModels(models, ofModels, {
    maxBatch,
    maxAnswer: ANSWER_OF_BODY * maxBody,
    memory,
  });
  const served = await io.serve({
    models: starts,
    workers,
    queue: { maxBatch, maxDelay, maxWaiting: maxQueue, deadline },
    bodies: { each: maxBody, together: BODIES_TOGETHER * maxBody },
    memory,
    maxConnections,
    host,
    port,
    tokens: tokensIn(tokenFile, io),
    logLevel: log,
    grace,
    version,
  });
  try {
    const about = starts.map((start) => ({ name: start.name, version: start.version, file: start.path }));
    const data = { schemaVersion: 1, address: served.address, models: about };
    io.stdout.write(`${json ? JSON.stringify(data) : served.address}\n`);
    if (io.stderr.isTerminal) io.stderr.write('Ctrl-C ends it\n');
    await new Promise<void>((resolve) => {
      if (io.process.onInterrupt) io.process.onInterrupt(resolve);
      else resolve();
    });
  } finally {
    await served.close();
  }
}

/** One a line; empty lines are left out. Throws `InputError`, `UsageError`. */
function tokensIn(path: string | undefined, io: Io): readonly string[] {
  if (path === undefined) return [];
  const tokens = readText(path, MAX_TOKENS_BYTES, io.files)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (tokens.length === 0) throw new UsageError(`--token-file: ${printable(path)} has no token`);
  if (!tokens.every((token) => /^[\x21-\x7e]+$/.test(token)))
    throw new UsageError(
      `--token-file: ${printable(path)} has a line that is no token, which is one word of ASCII characters`,
    );
  return tokens;
}
