// Serves the built playground to browsers of this machine only, with the headers that give its pages threads.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../data/input-error.ts';
import { embedProgram } from '../playground/page-html.ts';
import type { Playground, ServedPlayground } from './io.ts';
import { systemReason } from './system-error.ts';

const host = '127.0.0.1';
/** Where it is unless that is taken, so that a browser finds there what it keeps. */
const usualPort = 8266;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
};

/** Threads need the first two (HTML, "cross-origin isolated"); nothing is kept, so that a newer `cnnc` shows its own page. */
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** Listens until it is closed. Throws `InputError` where the playground is not built or the port cannot be had. */
export const servePlayground: Playground = async ({ program, port }) => {
  const files = builtFiles();
  const html = new TextDecoder().decode(files.get('index.html'));
  const page = new TextEncoder().encode(program ? embedProgram(html, program) : html);
  const all = new Map(files).set('index.html', page).set('', page);
  const server = createServer((request, response) => answer(all, request, response));
  await listen(server, port);
  const address = `http://${host}:${(server.address() as AddressInfo).port}/`;
  return { address, close: () => closed(server), open: () => openBrowser(address) } satisfies ServedPlayground;
};

/** All files of `dist/playground`, which lies beside the program's own folders, by their paths. */
function builtFiles(): ReadonlyMap<string, Uint8Array> {
  for (let folder = new URL('.', import.meta.url), inner = ''; folder.href !== inner; folder = new URL('..', folder)) {
    inner = folder.href;
    const built = new URL('dist/playground/', folder);
    if (existsSync(new URL('index.html', built))) return new Map(filesOf(fileURLToPath(built)));
  }
  throw new InputError('the playground is not built; in a clone of the project, `npm run build` builds it');
}

/** `folder` ends with a separator. */
function filesOf(folder: string): readonly (readonly [string, Uint8Array])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path.slice(folder.length).replaceAll('\\', '/'), readFileSync(path)] as const);
}

/** A free port where none is asked for. */
async function listen(server: Server, port: number | undefined): Promise<void> {
  const attempt = (wanted: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  if (port === undefined) return attempt(usualPort).catch(() => attempt(0));
  return attempt(port).catch((error: unknown) => {
    throw new InputError(`cannot listen on port ${port}: ${systemReason(error) ?? 'the system refused'}`, {
      cause: error,
    });
  });
}

function answer(files: ReadonlyMap<string, Uint8Array>, request: IncomingMessage, response: ServerResponse): void {
  const refuse = (status: number): void => void response.writeHead(status, headers).end();
  // A page of another site that points its own name at this machine has that name here.
  if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(request.headers.host ?? '')) return refuse(403);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405);
  const [path = ''] = (request.url ?? '/').split('?');
  const name = path.slice(1);
  const body = files.get(name);
  if (!body) return refuse(404);
  response.writeHead(200, {
    ...headers,
    'content-type': types[extname(name || 'index.html')] ?? 'application/octet-stream',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** By the program that opens addresses; where there is none, the printed address is there. */
function openBrowser(address: string): void {
  const [command, args] =
    process.platform === 'darwin'
      ? (['open', [address]] as const)
      : process.platform === 'win32'
        ? (['cmd', ['/c', 'start', '', address]] as const)
        : (['xdg-open', [address]] as const);
  const child = spawn(command, args, { detached: true, stdio: 'ignore' });
  child.on('error', () => {});
  child.unref();
}
