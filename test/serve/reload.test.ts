// Files that changed and cannot be served at the moment, as where the system has no descriptors left: they are tried again as they are.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openModel } from '../../src/cli/serve/model.ts';
import { openCount } from '../../src/serve/memory.ts';

let folder = '';
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'cnnc-reload-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A module that cannot be opened while there is a file `short`, and counts how often it is tried. */
const source = `import { appendFileSync, existsSync } from 'node:fs';
const at = (name) => new URL(name, import.meta.url);
appendFileSync(at('tries'), '.');
if (existsSync(at('short'))) throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE', syscall: 'open' });
export const inputs = { x: [1] }, outputs = { y: [1] }, settings = {}, labels = {}, weightTensors = [];
export const load = async () => ({ run: (x) => x });
`;

test('a reload that fails is said once, and tried until it succeeds', async () => {
  const path = join(folder, 'net.mjs');
  writeFileSync(path, source);
  const tries = (): number => readFileSync(join(folder, 'tries'), 'latin1').length;
  const told: string[] = [];
  let change = (): void => {};
  const model = await openModel(
    {
      start: { name: 'net', version: '1', path, options: {}, maxBatch: 1, maxAnswer: 1e6, memory: openCount(1e6) },
      workers: 1,
      ...{ maxBatch: 1, maxDelay: 0, maxWaiting: 1, deadline: 1000 },
      // Changes once, and never again.
      watch: (_, signal) =>
        new Promise((resolve) => {
          change = () => resolve(true);
          signal.addEventListener('abort', () => resolve(false), { once: true });
        }),
    },
    {
      note: () => {},
      computed: () => {},
      lost: () => {},
      reloaded: (error) => void told.push(error?.message ?? 'loaded'),
    },
  );
  writeFileSync(join(folder, 'short'), '');
  change();
  // The first, and two that fail.
  await expect.poll(tries, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
  expect(told).toEqual([expect.stringContaining('EMFILE')]);
  expect(model.isReady).toBe(true);
  rmSync(join(folder, 'short'));
  await expect.poll(() => told.at(-1), { timeout: 10_000 }).toBe('loaded');
  const last = tries();
  // Then there is nothing more to try.
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect([tries(), told.length]).toEqual([last, 2]);
  await model.close();
});
