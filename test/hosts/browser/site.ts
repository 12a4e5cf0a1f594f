// A server with the same files under several policies: the first part of a path says which.

import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const types = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['js', 'text/javascript'],
]);

const strict = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

const policies = {
  plain: { 'content-security-policy': `${strict}; worker-src 'self'` },
  isolated: { 'content-security-policy': `${strict}; worker-src 'self'`, ...isolation },
  lenient: { 'content-security-policy': `${strict}; worker-src 'self' blob:`, ...isolation },
  workerless: { 'content-security-policy': `${strict}; worker-src 'none'`, ...isolation },
} as const;

export type Policy = keyof typeof policies;

export interface Site {
  url(policy: Policy): string;
  close(): void;
}

/** Serves these files and those of a folder beside this one. */
export async function serveSite(
  files: ReadonlyMap<string, string | Uint8Array>,
  name: 'site' | 'training' = 'site',
): Promise<Site> {
  const folder = new URL(`${name}/`, import.meta.url);
  const all = new Map<string, string | Uint8Array>([
    ...readdirSync(folder).map((path) => [path, readFileSync(new URL(path, folder))] as const),
    ...files,
  ]);
  const server = createServer((request, response) => {
    const [, policy = '', name = ''] = new URL(request.url ?? '/', 'http://localhost').pathname.split('/');
    const body = all.get(name);
    response.writeHead(body !== undefined ? 200 : policy === 'favicon.ico' ? 204 : 404, {
      ...policies[policy as Policy],
      'content-type': types.get(name.slice(name.lastIndexOf('.') + 1)) ?? 'application/octet-stream',
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (policy) => `http://127.0.0.1:${port}/${policy}/index.html`,
    close: () => void server.close(),
  };
}
