// `--watch`: a mistake is printed and awaited, a change draws again, an interrupt ends it quietly.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { watchFiles } from '../../src/cli/watch.ts';

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

test('cnnc report --watch', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-watch-'));
  const path = join(folder, 'a.cnn');
  writeFileSync(path, source(2));
  const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, 'report', 'a.cnn', '--watch'], { cwd: folder });
  let said = '';
  const until = async (text: string): Promise<void> => {
    while (!said.includes(text)) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said += part.toString()));
  const ended = new Promise<readonly [number | null, string | null]>((resolve) =>
    child.on('exit', (code, signal) => resolve([code, signal])),
  );
  try {
    await until('2×6×6');
    await pause();
    writeFileSync(path, source(3).replace('relu', 'rellu'));
    await until('rellu');
    await pause();
    writeFileSync(path, source(5));
    await until('5×6×6');
    await pause();
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(said).not.toContain('bug');
  } finally {
    child.kill();
    rmSync(folder, { recursive: true });
  }
});

/** Until the watching has begun again after a drawing. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));
