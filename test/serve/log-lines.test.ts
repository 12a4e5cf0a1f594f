// The log's lines: all of them, in their order, however many wait; and none of those that a full disk does not take.

import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logLines } from '../../src/cli/serve/log-lines.ts';

test('all lines, in their order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-log-'));
  const file = join(folder, 'log');
  const fd = openSync(file, 'w');
  const log = logLines(fd);
  const lines = Array.from({ length: 1000 }, (_, at) => `ligne n° ${at}\n`);
  for (const line of lines) log.write(line);
  await expect.poll(() => readFileSync(file, 'utf8')).toBe(lines.join(''));
  log.write('another\n');
  await expect.poll(() => readFileSync(file, 'utf8')).toBe(`${lines.join('')}another\n`);
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

test.skipIf(!existsSync('/dev/full'))('what a full disk does not take is lost', async () => {
  const fd = openSync('/dev/full', 'w');
  const log = logLines(fd);
  for (let at = 0; at < 100; at += 1) log.write('x'.repeat(1 << 20));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(() => log.write('another\n')).not.toThrow();
  closeSync(fd);
});
