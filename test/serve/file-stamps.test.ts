// Files that change while they are watched, and those that changed before.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stampOf, watchStamped } from '../../src/cli/serve/file-stamps.ts';

let folder = '';
let file = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-stamps-'));
  file = join(folder, 'net.cnn');
});
afterAll(() => rmSync(folder, { recursive: true }));

const replaced = (): void => {
  writeFileSync(`${file}.new`, 'two');
  renameSync(`${file}.new`, file);
};

test.each([
  ['written', 'one', () => writeFileSync(file, 'two')],
  ['replaced', 'one', replaced],
  ['removed', 'one', () => rmSync(file)],
  ['made', undefined, () => writeFileSync(file, 'one')],
])('%s, before or while it is watched', async (_, before, change) => {
  for (const isEarly of [true, false]) {
    rmSync(file, { force: true });
    if (before !== undefined) writeFileSync(file, before);
    const files = new Map([[file, stampOf(file)]]);
    if (isEarly) change();
    const watching = watchStamped(files, new AbortController().signal);
    if (!isEarly) change();
    expect(await watching).toBe(true);
  }
});

test('what does not change is watched to the end', async () => {
  writeFileSync(file, 'one');
  // Changes of just now are told by some systems to those who begin to watch.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const files = new Map([file, join(folder, 'nowhere')].map((path) => [path, stampOf(path)]));
  const end = new AbortController();
  const watching = watchStamped(files, end.signal);
  expect(await Promise.race([watching, new Promise((resolve) => setTimeout(resolve, 300, 'watching'))])).toBe(
    'watching',
  );
  end.abort();
  expect(await watching).toBe(false);
  expect(await watchStamped(files, end.signal)).toBe(false);
});

test('where the system has no watchers left, files are looked at again and again', async () => {
  const noWatchers = (): Promise<boolean> => Promise.reject(new Error('ENOSPC'));
  writeFileSync(file, 'one');
  const files = new Map([[file, stampOf(file)]]);
  const changed = watchStamped(files, new AbortController().signal, noWatchers);
  writeFileSync(file, 'three');
  expect(await changed).toBe(true);
  const end = new AbortController();
  const ended = watchStamped(new Map([[file, stampOf(file)]]), end.signal, noWatchers);
  end.abort();
  expect(await ended).toBe(false);
});
