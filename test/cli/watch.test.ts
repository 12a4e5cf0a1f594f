// `--watch`: a mistake is printed and awaited, a change draws again, an interrupt ends it quietly.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { watchFiles } from '../../src/cli/watch.ts';
import { program } from '../support/command-line.ts';
import { cnnc } from './harness.ts';

const source = (channels: number): string => `network A { input x: [1, 8, 8]\n conv(${channels}, kernel: 3)\n relu }`;

test('watches files that are written and replaced, and only those', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-watch-'));
  try {
    const path = join(folder, 'a.cnn');
    writeFileSync(path, '1');
    let changed = watchFiles([path]);
    writeFileSync(join(folder, 'other.txt'), 'x');
    writeFileSync(path, '2');
    expect(await changed).toBe(true);
    changed = watchFiles([path]);
    writeFileSync(join(folder, 'new'), '3');
    renameSync(join(folder, 'new'), path);
    expect(await changed).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Runs a command on `a.cnn` with two channels, then with a mistake, then with five; each time until it has said `expected`. */
async function watched(argv: readonly string[], expected: readonly [string, string, string]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-watch-'));
  const path = join(folder, 'a.cnn');
  writeFileSync(path, source(2));
  const child = spawn(process.execPath, [program, ...argv], { cwd: folder });
  let said = '';
  const until = async (text: string): Promise<void> => {
    while (!said.includes(text)) await new Promise((resolve) => setTimeout(resolve, 20));
    said = said.slice(said.indexOf(text));
  };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said += part.toString()));
  const ended = new Promise<readonly [number | null, string | null]>((resolve) =>
    child.on('exit', (code, signal) => resolve([code, signal])),
  );
  try {
    await until(expected[0]);
    await pause();
    writeFileSync(path, source(3).replace('relu', 'rellu'));
    await until(expected[1]);
    await pause();
    writeFileSync(path, source(5));
    await until(expected[2]);
    await pause();
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    return said;
  } finally {
    child.kill();
    rmSync(folder, { recursive: true });
  }
}

test('cnnc report --watch', { timeout: 60_000 }, async () => {
  expect(await watched(['report', 'a.cnn', '--watch'], ['2×6×6', 'rellu', '5×6×6'])).not.toContain('bug');
});

// A convolution 3×3 of C channels has 10 C parameters.
test('cnnc check --watch', { timeout: 60_000 }, async () => {
  const said = await watched(['check', 'a.cnn', '--watch'], ['20 parameters', 'rellu', '50 parameters']);
  expect(said).not.toContain('bug');
});

test('cnnc compile --watch', { timeout: 60_000 }, async () => {
  const argv = ['compile', 'a.cnn', '-o', 'out', '--target', 'js', '--watch'];
  expect(await watched(argv, ['out/net.d.ts', 'rellu', 'out/net.d.ts'])).not.toContain('bug');
});

test('the standard input is not watched', async () => {
  const watch = () => Promise.resolve(false);
  expect(await cnnc(['check', '-', '--watch'], { stdin: source(2), watch })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--watch needs files'),
  });
});

/** A shell for whose processes the system watches no files. */
const unwatched = (command: string) =>
  spawnSync('unshare', ['--map-root-user', 'sh', '-c', `echo 0 > /proc/sys/user/max_inotify_watches && ${command}`], {
    encoding: 'utf8',
  });
const missing = unwatched('true').status !== 0 && 'unshare may not limit what is watched here';

test.skipIf(missing)(`a system that watches no more files says so${missing ? ` (${missing})` : ''}`, () => {
  const { status, stdout, stderr } = unwatched(`${process.execPath} ${program} check --watch examples/lenet/lenet.cnn`);
  expect(status).toBe(1);
  expect(stdout).toContain('61,706 parameters');
  expect(stderr).toContain('it cannot be watched, because the system watches as many files as it may');
});

/** Until the watching has begun again after a drawing. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));
