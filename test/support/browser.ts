// Debian's Chromium, and a server that forbids all scripts but its own.

import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));

/** Why browser tests are skipped; undefined where they run. */
export const missing: string | undefined = executablePath === undefined ? 'Chromium is not installed' : undefined;

/** For the names of suites: a skipped one says why. */
export const inBrowser = (name: string): string => (missing === undefined ? name : `${name} (skipped: ${missing})`);

/** `more` are arguments of its command line. */
export function launch(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}

export interface Site {
  /** With a slash at its end. */
  readonly url: string;
  close(): void;
}

const types = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['js', 'text/javascript'],
  ['css', 'text/css'],
]);

/** Serves these files on localhost with the header `Content-Security-Policy: script-src 'self'`, or a stricter one. */
export async function serve(
  files: ReadonlyMap<string, string | Uint8Array>,
  policy = "script-src 'self'",
): Promise<Site> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
    const body = files.get(name);
    response.writeHead(body === undefined ? 404 : 200, {
      'content-security-policy': policy,
      'content-type': types.get(name.slice(name.lastIndexOf('.') + 1)) ?? 'application/octet-stream',
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() };
}
