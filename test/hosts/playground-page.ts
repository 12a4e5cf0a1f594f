// The built playground in Chromium: served by the command, or as plain files below another path.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launch } from '../support/browser.ts';
import { builtOnce } from '../support/built-once.ts';

const build = fileURLToPath(new URL('../../scripts/build-playground.ts', import.meta.url));

/** The folder with the playground, built once for all files of tests, which only read it. */
const builtFolder = (): string =>
  builtOnce('playground', (folder) => {
    execFileSync(process.execPath, [build, folder], { stdio: 'pipe' });
  });

/** All files of a folder by their paths. */
export function filesIn(folder: string): ReadonlyMap<string, Uint8Array> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(names.filter((name) => extname(name) !== '').map((name) => [name, readFileSync(join(folder, name))]));
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};

export interface Site {
  /** With the path below which it lies. */
  readonly url: string;
  close(): void;
}

/** A web server that knows nothing of the playground: it has no headers but the type and those given, and the files lie below `path`. */
export async function plainServer(
  folder: string,
  path = '/deep/down/',
  headers: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://localhost').pathname.slice(path.length) || 'index.html';
    const file = join(folder, name);
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { ...headers, 'content-type': types[extname(name)] ?? 'application/octet-stream' });
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}${path}`, close: () => void server.close() };
}

/** The playground as it is built, on a plain server, and a browser for it. */
export interface Served {
  readonly folder: string;
  readonly url: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Starts both; `arguments_` are the browser's. */
export async function servePlayground(arguments_: readonly string[] = []): Promise<Served> {
  const folder = builtFolder();
  const { url, close } = await plainServer(folder);
  const browser = await launch(arguments_);
  return {
    ...{ folder, url, browser },
    async close() {
      await browser.close();
      close();
    },
  };
}

export interface Opened {
  readonly page: Page;
  /** Errors of the page and the console, and requests to elsewhere. */
  readonly problems: readonly string[];
}

/** A new page of a new profile, once the drawing and the editor are there. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', ({ message }) => problems.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  const { origin } = new URL(url);
  context.on('request', (request) => {
    const address = request.url();
    if (!address.startsWith(`${origin}/`) && !/^(?:data|blob):/.test(address)) problems.push(address);
  });
  await page.goto(url);
  await page.locator('.cm-content').waitFor();
  return { page, problems };
}

/** Puts a text in place of what the editor has, as a paste does. */
export async function setText(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}

/** The text of the editor, without what is only shown in it. */
export function textOf(page: Page): Promise<string> {
  return page.locator('.cm-content').evaluate((content: any) => {
    const lines = [...content.querySelectorAll('.cm-line')].map((line: any) => {
      const copy = line.cloneNode(true);
      for (const hint of copy.querySelectorAll('.cm-hint')) hint.remove();
      return copy.textContent;
    });
    return lines.join('\n');
  });
}
