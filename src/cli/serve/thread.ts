// A thread that serves one version of a model: it opens the network as `cnnc run` does, and answers batches until it is ended.

import { parentPort, workerData } from 'node:worker_threads';
import { answerAll } from '../../serve/answer.ts';
import type { Classifier, Served } from '../../serve/answer.ts';
import type { Share } from '../../serve/memory.ts';
import type { ModelStart } from '../../serve/options.ts';
import type { Answer, ServedNetwork, Work } from '../../serve/protocol.ts';
import { putAnswers, takeBatch } from '../../serve/shared-memory.ts';
import { givesClasses } from '../../network/classes.ts';
import { InputError } from '../../data/input-error.ts';
import { DiagnosticsError, UsageError } from '../errors.ts';
import { isStdin } from '../guard.ts';
import type { Files, Io } from '../io.ts';
import { nodeIo } from '../node-io.ts';
import { modelPictures, pictureSettings } from '../picture-options.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { stampOf } from './file-stamps.ts';
import type { FileStamps } from './file-stamps.ts';
import { openRunnable } from '../runnable.ts';
import type { Runnable, RunnableOptions } from '../runnable.ts';

/** What a thread begins with. */
export interface ThreadStart {
  readonly start: ModelStart;
  readonly memory: Share;
  /** For batches and answers that fit; others are messages. */
  readonly exchange: SharedArrayBuffer;
}

/** What a thread says. */
export type ThreadMessage =
  | { readonly kind: 'ready'; readonly network: ServedNetwork; readonly files: FileStamps }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly files: FileStamps }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'answers'; readonly answers?: readonly Answer[]; readonly seconds: number };

/** An error of the command line, as one thread tells another. */
export type Failure =
  | { readonly kind: 'diagnostics'; readonly diagnostics: readonly Diagnostic[]; readonly appendix: string }
  | { readonly kind: 'input' | 'usage' | 'bug'; readonly message: string; readonly limit: boolean };

const port = parentPort!;
const { start, memory, exchange } = workerData as ThreadStart;
const options = start.options as RunnableOptions;
const files = new Map<string, string>();
const say = (message: ThreadMessage): void => port.postMessage(message);

try {
  const served = await open();
  port.on('message', (given: readonly Work[] | undefined) => {
    const before = performance.now();
    const answers = answerAll(served, given ?? takeBatch(exchange));
    const isPut = putAnswers(exchange, answers);
    const message: ThreadMessage = {
      kind: 'answers',
      ...(!isPut && { answers }),
      seconds: (performance.now() - before) / 1000,
    };
    port.postMessage(message, isPut ? [] : answers.map(({ body }) => body.buffer));
  });
  say({ kind: 'ready', network: served.network, files });
} catch (error) {
  say({ kind: 'failed', failure: failureOf(error), files });
}

async function open(): Promise<Served> {
  const io = threadIo();
  const runnable = await openRunnable(start.path, options, io);
  const { inputs, outputs } = runnable;
  const shapes = (all: Runnable['inputs'] | Runnable['outputs']) => all.map(({ name, shape }) => ({ name, shape }));
  const classifier = classifierOf(runnable, io);
  return {
    network: { name: start.name, version: start.version, inputs: shapes(inputs), outputs: shapes(outputs) },
    net: await runnable.load(start.maxBatch),
    maxAnswer: start.maxAnswer,
    memory,
    ...(classifier && { classifier }),
  };
}

/** Of a network from one picture to scores of at least two classes. */
function classifierOf({ inputs, outputs, isModel }: Runnable, { stderr }: Io): Classifier | undefined {
  const [[input, ...others], [output, ...more]] = [inputs, outputs];
  const takesPictures = input?.shape.length === 3 && [1, 3].includes(input.shape[0]!) && others.length === 0;
  if (!takesPictures || !output || more.length > 0 || !givesClasses(output)) return undefined;
  return {
    settings: pictureSettings(input.settings, isModel ? modelPictures(options) : options, input.shape, stderr),
    ...(output.scores && { scores: output.scores }),
    ...(output.labels && { labels: output.labels }),
  };
}

/** Notes go to the server; what is read is remembered, so that its changes can be seen. */
function threadIo(): Io {
  const read: Files['read'] = (path, ...limits) => {
    if (isStdin(path)) throw new UsageError('a server needs files; the standard input is read once');
    const file = nodeIo.files.resolve(path);
    files.set(file, files.get(file) ?? stampOf(file));
    return nodeIo.files.read(path, ...limits);
  };
  const write = (text: string): void => say({ kind: 'note', text });
  return {
    ...nodeIo,
    stderr: { write, writeData: write, writeControl: () => {}, isTerminal: false, columns: 100 },
    files: { ...nodeIo.files, read },
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof DiagnosticsError) {
    const { diagnostics, appendix } = error;
    return { kind: 'diagnostics', diagnostics, appendix };
  }
  if (error instanceof InputError) return { kind: 'input', message: error.message, limit: error.limit };
  if (error instanceof UsageError) return { kind: 'usage', message: error.message, limit: false };
  return {
    kind: 'bug',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    limit: false,
  };
}
