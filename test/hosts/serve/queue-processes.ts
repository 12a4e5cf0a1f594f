// Redis, workers, and `cnnc predict --queue` as processes of one test, on a port that is free.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { program } from '../../support/command-line.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const images = join(root, '../shared/data/fashion-mnist');

/** Why there is nothing to test with; false where all is there. */
export const missing: string | false =
  (spawnSync('redis-server', ['--version']).status !== 0 && 'redis-server is not installed') ||
  (!existsSync(images) && 'needs ../shared/data');

/** LeNet on the 10,000 images of Fashion-MNIST's tests. */
export const lenet: readonly string[] = [
  join(root, 'examples/lenet/lenet.cnn'),
  ...['--weights', join(root, 'examples/lenet/lenet-fashion-mnist.safetensors')],
  ...['--target', 'wasm', '--data', images],
];

/** Of a program that a test has started. */
export interface Started {
  /** What it has printed so far, on both streams. */
  text(): string;
  hasEnded(): boolean;
  /** Sends a signal to it alone. */
  signal(name: NodeJS.Signals): void;
  /** Ends it and what it has started, at once. */
  kill(): void;
  /** Whether it has ended with everything that it has started. */
  isGone(): boolean;
  /** The exit code. Rejects with what was printed where it runs longer than so many seconds. */
  end(seconds: number): Promise<number | null>;
}

/** The processes of a test, which work in `folder`. */
export class Processes {
  readonly folder: string;
  readonly #all: Started[] = [];
  #port = 0;
  #redis: Started | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  get address(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Keeps everything that it acknowledges in a file, and reads it again where it was started before. */
  async startRedis(...argv: readonly string[]): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    this.#redis = this.#start('redis-server', [
      ...['--port', `${this.#port}`, '--bind', '127.0.0.1', '--dir', this.folder, '--save', ''],
      ...['--appendonly', 'yes', '--appendfsync', 'always', ...argv],
    ]);
    await within(10, 'Redis listens', () => /PONG|NOAUTH/.test(this.ask('ping')));
  }

  killRedis(): void {
    this.#redis!.kill();
  }

  /** What Redis answers. */
  ask(...command: readonly string[]): string {
    return spawnSync('redis-cli', ['-p', `${this.#port}`, ...command], { encoding: 'utf8', timeout: 5000 }).stdout;
  }

  /** Shards that workers have at hand, also those of dead workers. */
  active(): number {
    return Number(this.ask('llen', 'bull:cnnc-predict:active'));
  }

  start(...argv: readonly string[]): Started {
    return this.#start(process.execPath, [program, ...argv]);
  }

  worker(...argv: readonly string[]): Started {
    return this.start(
      'worker',
      '--queue',
      this.address,
      ...(argv.includes('--root') ? argv : [...argv, '--root', '/']),
    );
  }

  predict(out: string, ...argv: readonly string[]): Started {
    return this.start('predict', ...lenet, '--out', out, '--queue', this.address, ...argv);
  }

  /** Runs to its end. */
  cnnc(...argv: readonly string[]): string {
    return execFileSync(process.execPath, [program, ...argv], { cwd: this.folder, encoding: 'utf8', timeout: 60_000 });
  }

  /** Files of shards that are there. */
  parts(out: string): number {
    const folder = join(this.folder, out);
    return existsSync(folder) ? readdirSync(folder).filter((name) => /^predictions-.*\.jsonl$/.test(name)).length : 0;
  }

  /** SHA-256 of the shards, merged. */
  hash(out: string): string {
    this.cnnc('merge', out);
    return createHash('sha256')
      .update(readFileSync(join(this.folder, out, 'predictions.jsonl')))
      .digest('hex');
  }

  killAll(): void {
    for (const started of this.#all.splice(0)) started.kill();
  }

  #start(command: string, argv: readonly string[]): Started {
    const child = spawn(command, argv, { cwd: this.folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const started = startedOf(child, `${command} ${argv.join(' ')}`);
    this.#all.push(started);
    return started;
  }
}

function startedOf(child: ChildProcess, name: string): Started {
  let printed = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => void (printed += text));
  let code: number | null | undefined;
  child.once('exit', (given) => (code = given));
  return {
    text: () => printed,
    hasEnded: () => code !== undefined,
    signal: (signal) => void child.kill(signal),
    kill: () => void signalGroup(child, 'SIGKILL'),
    isGone: () => !signalGroup(child, 0),
    async end(seconds) {
      await within(
        seconds,
        `the end of ${name}`,
        () => code !== undefined,
        () => printed,
      );
      return code!;
    },
  };
}

/** False where nothing is left of it. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid!, signal);
  } catch {
    return false;
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Waits for something, not for ever. */
export async function within(seconds: number, what: string, isThere: () => boolean, more = () => ''): Promise<void> {
  for (const start = performance.now(); !isThere(); await pause(100))
    if (performance.now() - start > 1000 * seconds) throw new Error(`${what}: not within ${seconds} s ${more()}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
