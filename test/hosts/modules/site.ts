// A server of files on localhost, with the headers that a test wants.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What gives a page threads. */
export const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const;

const types = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['js', 'text/javascript'],
  ['mjs', 'text/javascript'],
  ['json', 'application/json'],
  ['wasm', 'application/wasm'],
]);

export interface SiteOptions {
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Extension → what it is served as, where that is not the usual type. */
  readonly types?: ReadonlyMap<string, string>;
  /** Is given what a page posts. */
  readonly onPost?: (body: string) => void;
}

export interface Site {
  /** With a slash at its end. */
  readonly url: string;
  /** Paths that were asked for, in that order. */
  readonly requests: readonly string[];
  close(): void;
}

export async function serveFiles({ files, headers, types: special, onPost }: SiteOptions): Promise<Site> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname.slice(1));
    requests.push(name);
    if (request.method === 'POST') {
      onPost?.(await text(request));
      return response.end();
    }
    const body = files.get(name);
    const extension = name.slice(name.lastIndexOf('.') + 1);
    const type = special?.get(extension) ?? types.get(extension) ?? 'application/octet-stream';
    response.writeHead(body === undefined ? 404 : 200, { ...headers, 'content-type': type });
    return response.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
