// Kills a training at random moments (`kill -9`), half of them while a checkpoint is being written, and goes on with it each time: no
// checkpoint may be lost, and every training must end with the bytes of one that nobody interrupted.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkpointPaths } from '../../src/cli/checkpoints.ts';
import { InputError } from '../../src/data/input-error.ts';
import { streamFor } from '../../src/data/random.ts';
import { decodeCheckpoint } from '../../src/train/checkpoint.ts';
import { tool, whole } from '../support/tool.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface KillOptions {
  /** Of the command, without the file and `--out`. */
  readonly argv: readonly string[];
  readonly network: string;
  readonly kills: number;
  readonly seed: number;
  /** Where the files go. */
  readonly folder: string;
  readonly tell?: (line: string) => void;
}

export interface KillResult {
  /** Kills that met a training which was under way. */
  readonly kills: number;
  /** Of these, how many met a checkpoint that was being written: its temporary file was left. */
  readonly whileWriting: number;
  /** Trainings that came to their end. */
  readonly completed: number;
}

/** Throws where a checkpoint is lost, or where a training ends with other bytes. */
export async function killAtRandom(options: KillOptions): Promise<KillResult> {
  const { folder, kills: wanted, seed, tell } = options;
  const random = streamFor('order', seed, 0, 0);
  const start = performance.now();
  const whole = join(folder, 'whole.safetensors');
  const { status, stderr } = spawnSync(process.execPath, commandOf(options, whole), { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const expected = shaOf(whole);
  const wholeTime = performance.now() - start;
  tell?.(`uninterrupted: ${expected}, ${Math.round(wholeTime)} ms`);
  const out = join(folder, 'killed.safetensors');
  let [kills, whileWriting, completed, before] = [0, 0, 0, -1];
  for (;;) {
    const isOver = kills >= wanted;
    const when = isOver ? undefined : random.chance(0.5) ? 'time' : 'write';
    // A write that is waited for may come after any number of others.
    const delay = when === 'time' ? wholeTime * random.uniform() : 3 * random.uniform();
    const skipped = when === 'write' ? random.below(12) : 0;
    const code = await runUntil(options, out, when, delay, skipped);
    if (code === 0) {
      completed += 1;
      if (shaOf(out) !== expected) throw new Error(`${out} has other bytes than ${whole}`);
      if (isOver) return { kills, whileWriting, completed };
      for (const path of [out, ...checkpointPaths(out)]) rmSync(path, { force: true });
      before = -1;
      continue;
    }
    kills += 1;
    const left = readdirSync(folder).filter((name) => !/\.(safetensors|cnn)$/.test(name));
    if (left.length > 0) whileWriting += 1;
    const now = newest(out);
    if (now < before) throw new Error(`the newest checkpoint was of step ${before}, and after a kill it is of ${now}`);
    before = now;
    tell?.(`kill ${kills}: checkpoint of step ${now}${left.length > 0 ? ', while the next was being written' : ''}`);
  }
}

function commandOf({ argv, network }: KillOptions, out: string): readonly string[] {
  return [join(root, 'bin/cnnc.js'), 'train', network, ...argv, '--out', out];
}

/** The exit code, or null of a process that was killed: `delay` milliseconds after its start, or after a write into the folder. */
function runUntil(
  options: KillOptions,
  out: string,
  when: 'time' | 'write' | undefined,
  delay: number,
  skipped: number,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...commandOf(options, out), '--resume'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let [text, left] = ['', skipped];
    child.stderr.on('data', (part) => (text += String(part)));
    const kill = (): void => void child.kill('SIGKILL');
    const timer = when === 'time' ? setTimeout(kill, delay) : undefined;
    // Each checkpoint is two events or more: its temporary file appears, and takes its place.
    const watcher =
      when === 'write'
        ? watch(options.folder, (event) => {
            if (event !== 'rename') return;
            left -= 1;
            if (left === -1) setTimeout(kill, delay);
          })
        : undefined;
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      watcher?.close();
      if (code === 0 || signal === 'SIGKILL') resolve(code);
      else reject(new Error(text));
    });
  });
}

/** Steps that the newest checkpoint which is whole knows of; −1 where there is none. */
function newest(out: string): number {
  const steps = checkpointPaths(out).map((path) => {
    if (!existsSync(path)) return -1;
    try {
      const { position, history } = decodeCheckpoint(readFileSync(path)).snapshot;
      return history.reduce((sum, epoch) => sum + epoch.steps, 0) + position.step;
    } catch (error) {
      if (error instanceof InputError) return -1;
      throw error;
    }
  });
  return Math.max(...steps);
}

function shaOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

interface Options {
  readonly kills: number;
  readonly epochs: number;
  readonly every: number;
  readonly workers: number;
  readonly seed: number;
  readonly folder?: string;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const values = tool('node test/train/kills.ts', 'Kills a training at random, again and again, until it has ended.')
    .option('--kills <count>', 'how often at most', whole, 200)
    .option('--epochs <count>', 'of the training', whole, 8)
    .option('--every <steps>', 'between two checkpoints', whole, 3)
    .option('--workers <count>', 'of the training', whole, 1)
    .option('--seed <number>', 'of the moments', whole, 1)
    .option('--folder <path>', 'where checkpoints are kept')
    .parse()
    .opts<Options>();
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'cnnc-kills-'));
  const settings = ['--epochs', `${values.epochs}`, '--batch', '50', '--checkpoint-every', `${values.every}`];
  const result = await killAtRandom({
    network: join(root, 'examples/lenet-bn/lenet-bn.cnn'),
    argv: ['--data', 'digits:2000', ...settings, '--workers', `${values.workers}`],
    kills: values.kills,
    seed: values.seed,
    folder,
    tell: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
