// Work in shards that is killed, in every state in which its files can be then: given again, it has the bytes of work that nobody
// disturbed, nothing that is there was half done, and nothing stays of it.

import { fork } from 'node:child_process';
import type { ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Io, Output } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';
import { nodeFiles } from '../../src/cli/node-files.ts';
import { ROOT } from '../../src/cli/queue/shard-job.ts';
import { program } from '../support/command-line.ts';

const dying = new URL('fixtures/dying.mjs', import.meta.url).href;
const processor = new URL('../../src/cli/queue/processor.ts', import.meta.url);
/** Whether a signal brings about every state, not only the one in the middle, as it does with `CNNC_RUNS=20`. */
const all = Number(process.env['CNNC_RUNS'] ?? 1) > 1;

const NETWORK = `network Net { input x: [1, 2, 2]  a = x -> flatten -> dense(2, weight: [[1, 1, 1, 1], [-1, -1, -1, -1]], bias: false)
  b = a -> relu  output a, b }`;
/** Five pictures. */
const images = [0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 2, ...Array.from({ length: 20 }, (_, at) => 7 * at)];
const labels = [0, 0, 8, 1, 0, 0, 0, 5, 0, 0, 1, 0, 1];

let folder = '';
beforeAll(() => {
  folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'cnnc-killed-')));
  fs.writeFileSync(at('net.cnn'), NETWORK);
  fs.mkdirSync(at('data'));
  fs.writeFileSync(at('data/t10k-images-idx3-ubyte'), Uint8Array.from(images));
  fs.writeFileSync(at('data/t10k-labels-idx1-ubyte'), Uint8Array.from(labels));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const at = (path: string): string => join(folder, path);
const silent: Output = { write() {}, writeData() {}, writeControl() {}, isTerminal: false, columns: 100 };

/** Runs in this process, on real files. */
async function cnnc(argv: readonly string[]): Promise<void> {
  const ofProcess = { now: () => performance.now(), residentBytes: () => 0 };
  let said = '';
  const stderr = { ...silent, write: (text: string) => void (said += text) };
  const io: Io = { stdout: silent, stderr, readStdin: () => new Uint8Array(), files: nodeFiles, env: {}, process: ofProcess }; // prettier-ignore
  if ((await main(argv, io)) !== 0) throw new Error(said);
}

/** All files in a folder and those inside, by their names, and the folders. */
function filesIn(path: string): Readonly<Record<string, string>> {
  const names = fs.existsSync(path) ? fs.readdirSync(path, { recursive: true, encoding: 'utf8' }).toSorted() : [];
  const read = (file: string): string => (fs.statSync(file).isFile() ? fs.readFileSync(file, 'base64') : 'a folder');
  return Object.fromEntries(names.map((name) => [name, read(join(path, name))]));
}

/** Without the names of whoever writes, which temporary files and locks have. */
const anonymous = (files: Readonly<Record<string, string>>): unknown =>
  Object.entries(files)
    .map(([name, bytes]) => (ofRun.test(name) ? name.replaceAll(/\.cnnc-[^/]*/g, '') : `${name}: ${bytes}`))
    .toSorted();
const ofRun = /(?:^|\/)\.cnnc[^/]*(?:\/[^/]*)?$/;

function replace(path: string, before: string): void {
  fs.rmSync(path, { recursive: true, force: true });
  fs.cpSync(before, path, { recursive: true });
}

interface Work {
  /** What is done before, undisturbed. */
  readonly first?: readonly string[];
  readonly argv: readonly string[];
  /** Is killed in place of `argv`. */
  readonly jobs?: readonly unknown[];
}

/** How it ended. */
async function killed({ argv, jobs }: Work, env: Readonly<Record<string, string>>): Promise<unknown> {
  const given = { ...process.env, ...env, DYING_FOLDER: at('work'), [ROOT]: folder };
  const options: ForkOptions = { execArgv: ['--import', dying], env: given, stdio: 'ignore' };
  const child = jobs ? fork(processor, options) : fork(program, argv, options);
  const ended = once(child, 'exit');
  for (const job of jobs ?? []) {
    child.send({ job });
    await Promise.race([once(child, 'message'), ended]);
  }
  if (jobs && child.connected) child.disconnect();
  return ended;
}

const common = (): readonly string[] => [at('net.cnn'), '--data', at('data')];
const predict = (...more: readonly string[]): readonly string[] => ['predict', ...common(), '--out', at('work/out'), ...more]; // prettier-ignore

function job(index: number): unknown {
  const { path, data, out } = { path: at('net.cnn'), data: at('data'), out: at('work/out') };
  return {
    prediction: {
      path,
      options: { target: 'wasm' },
      data,
      givenData: data,
      split: 'test',
      out,
      shards: 2,
      format: 'jsonl',
    },
    index,
  };
}

describe.skipIf(process.platform === 'win32')('killed', () => {
  test.each<[string, () => Work]>([
    ['predict, lines of two shards', () => ({ argv: predict('--shards', '2') })],
    ['predict, a shard of two arrays', () => ({ argv: predict('--shard', '1/2', '--format', 'npy') })],
    ['the shards of a queue', () => ({ argv: predict('--shards', '2'), jobs: [job(0), job(1)] })],
    ['eval', () => ({ argv: ['eval', ...common(), '--shard', '1/2', '--out', at('work/out')] })],
    ['merge of lines', () => ({ first: predict('--shards', '2'), argv: ['merge', at('work/out'), '--out', at('work/a/b')] })], // prettier-ignore
    ['merge of arrays', () => ({ first: predict('--shards', '2', '--format', 'npy'), argv: ['merge', at('work/out')] })], // prettier-ignore
  ])('%s', async (_, workOf) => {
    const work = workOf();
    const [states, before] = [fs.mkdtempSync(at('states-')), fs.mkdtempSync(at('before-'))];
    replace(at('work'), before);
    if (work.first) await cnnc(work.first);
    replace(before, at('work'));
    await cnnc(work.argv);
    const whole = filesIn(at('work'));
    replace(at('work'), before);
    expect(await killed(work, { DYING_STATES: states })).toEqual([0, null]);
    expect(filesIn(at('work'))).toEqual(whole);
    const count = fs.readdirSync(states).length;
    expect(count).toBeGreaterThan(6);
    for (let state = 0; state < count; state += 1) {
      const left = filesIn(join(states, `${state}`));
      for (const [name, bytes] of Object.entries(left))
        if (!ofRun.test(name)) expect([state, name, bytes]).toEqual([state, name, whole[name]]);
      if (all || state === count >> 1) {
        replace(at('work'), before);
        expect(await killed(work, { DYING_AT: `${state}` })).toEqual([null, 'SIGKILL']);
        expect(anonymous(filesIn(at('work')))).toEqual(anonymous(left));
      } else replace(at('work'), join(states, `${state}`));
      await cnnc(work.argv);
      expect([state, filesIn(at('work'))]).toEqual([state, whole]);
    }
  });
});
