// `cnnc play` as a program: it serves this machine only, with the headers that give its pages threads, and ends with Ctrl-C.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { buildPlayground } from '../../scripts/build-playground.ts';
import { inBrowser, launch, missing } from '../support/browser.ts';
import { openPage } from './playground-page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let child: ChildProcess;
let address = '';

beforeAll(async () => {
  await buildPlayground(`${root}dist/playground`);
  const argv = ['bin/cnnc.js', 'play', 'examples/tour/tour.cnn', '--port', '0', '--json'];
  child = spawn(process.execPath, argv, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  const about = JSON.parse(line) as { readonly address: string };
  expect(about).toEqual({ schemaVersion: 1, address: expect.any(String), file: 'examples/tour/tour.cnn' });
  ({ address } = about);
});
afterAll(() => void child?.kill('SIGKILL'));

/** As written, without what `fetch` makes of addresses. */
function answer(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<IncomingMessage> {
  const { port } = new URL(address);
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      response.resume();
      resolve(response);
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('is an address of this machine', () => expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/));

test.each(['/', '/main.js', '/language.js', '/style.css'])('%s has the headers', async (path) => {
  const { statusCode, headers } = await answer(path);
  expect(statusCode).toBe(200);
  expect(headers).toMatchObject({
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'x-content-type-options': 'nosniff',
  });
});

test.each([
  ['/../package.json', {}, 'GET', 404],
  ['/%2e%2e/package.json', {}, 'GET', 404],
  ['//etc/passwd', {}, 'GET', 404],
  ['/none.js', {}, 'GET', 404],
  ['/', { host: 'evil.example' }, 'GET', 403],
  ['/', { host: '127.0.0.1.evil.example:80' }, 'GET', 403],
  ['/', {}, 'POST', 405],
])('%s %j %s: %i', async (path, headers, method, status) => {
  expect((await answer(path, headers as Record<string, string>, method)).statusCode).toBe(status);
});

describe.skipIf(missing)(inBrowser('in Chromium'), () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser?.close());
  test('the page begins with the file and its imports, and may have threads', async () => {
    const { page, problems } = await openPage(browser, address);
    await page.locator('#panel-drawing [aria-label="Tour"]').waitFor();
    expect(await page.locator('#problems li.error').count()).toBe(0);
    expect(await page.evaluate(() => (globalThis as any).crossOriginIsolated)).toBe(true);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

test('Ctrl-C ends it', async () => {
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
});
