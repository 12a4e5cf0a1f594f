// Tries one target in a process of its own: TARGET SEED SECONDS FILE. FILE holds the input that is being tried, so that the
// parent knows it when this process hangs or dies. With `--once` in place of the seed, tries what stands in FILE.

import * as fs from 'node:fs';
import { createRandom } from './random.ts';
import { minimise } from './minimise.ts';
import { bytesOf, MEMORY_LIMIT_BYTES, TIME_LIMIT_MS, type FindKind, type Input } from './target.ts';
import { targets } from './targets.ts';

/** What the parent is told. Inputs travel as base64. */
export type Message =
  | { readonly executions: number }
  | {
      readonly kind: FindKind;
      readonly seed: number;
      readonly message: string;
      readonly input: string;
      readonly isText: boolean;
    };

const MINIMISE_MS = 10_000;

const [name = '', start = '1', seconds = '10', path = ''] = process.argv.slice(2);
const target = targets.find((one) => one.name === name)!;
const current = start === '--once' ? 0 : fs.openSync(path, 'w');
const tell = (message: Message): void => void process.send?.(message);

interface Failure {
  readonly kind: FindKind;
  readonly message: string;
}

async function attempt(input: Input): Promise<Failure | undefined> {
  const usedBefore = process.cpuUsage();
  const residentBefore = process.memoryUsage.rss();
  const peakBefore = process.resourceUsage().maxRSS * 1024;
  try {
    await target.run(input);
  } catch (error) {
    return { kind: 'crash', message: error instanceof Error ? String(error.stack) : String(error) };
  }
  const { user, system } = process.cpuUsage(usedBefore);
  const ms = (user + system) / 1000;
  if (ms > TIME_LIMIT_MS) return { kind: 'hang', message: `${Math.round(ms)} ms of CPU time` };
  const peak = process.resourceUsage().maxRSS * 1024;
  const grown = peak > peakBefore ? peak - residentBefore : 0;
  if (grown > MEMORY_LIMIT_BYTES) return { kind: 'memory', message: `${Math.round(grown / 2 ** 20)} MiB more` };
  return undefined;
}

/** The same fault: message and place of the error, without the numbers in it. */
const signatureOf = ({ kind, message }: Failure): string =>
  `${kind} ${message.split('\n').slice(0, 2).join(' ').replaceAll(/\d+/g, '#').slice(0, 300)}`;

function note(input: Input): void {
  const bytes = bytesOf(input);
  fs.ftruncateSync(current);
  fs.writeSync(current, bytes, 0, bytes.length, 0);
}

async function tryAll(): Promise<void> {
  const end = performance.now() + Number(seconds) * 1000;
  const known = new Set<string>();
  let told = performance.now();
  let executions = 0;
  for (let seed = Number(start); performance.now() < end; seed++) {
    const input = target.generate(createRandom(seed));
    note(input);
    const failure = await attempt(input);
    executions++;
    if (performance.now() - told > 500) {
      tell({ executions });
      told = performance.now();
      executions = 0;
    }
    if (!failure || known.has(signatureOf(failure))) continue;
    known.add(signatureOf(failure));
    const isSame = async (smaller: Input): Promise<boolean> => {
      note(smaller);
      const other = await attempt(smaller);
      return other !== undefined && signatureOf(other) === signatureOf(failure);
    };
    // A growth of memory is seen once only: the peak stays.
    const small = failure.kind === 'memory' ? input : await minimise(input, isSame, performance.now() + MINIMISE_MS);
    const encoded = Buffer.from(bytesOf(small)).toString('base64');
    tell({ ...failure, seed, input: encoded, isText: typeof small === 'string' });
  }
  tell({ executions });
}

if (start === '--once') {
  const bytes = fs.readFileSync(path);
  const failure = await attempt(
    target.generate(createRandom(1)) instanceof Uint8Array ? bytes : bytes.toString('utf8'),
  );
  if (failure) process.stdout.write(`${failure.kind}: ${failure.message}\n`);
  process.exitCode = failure ? 1 : 0;
} else {
  await tryAll();
  process.disconnect?.();
}
