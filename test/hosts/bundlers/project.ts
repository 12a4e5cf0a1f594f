// Fresh projects that have the packed package and the bundlers installed, and pages that run what they build.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser } from 'playwright-core';
import packageFile from '../../../package.json' with { type: 'json' };
import { pack, root, spawn } from '../../e2e/packed.ts';

const hosts = join(root, 'test/hosts/node_modules');

/** Why the tests are skipped; undefined where they run. */
export const missing = existsSync(join(hosts, 'vite'))
  ? undefined
  : 'the bundlers are not installed: npm ci --prefix test/hosts --ignore-scripts';

export interface Workshop {
  /** A folder with these files, in which packages can be imported. */
  project(name: string, files: Readonly<Record<string, string | Uint8Array>>): string;
  remove(): void;
}

/** What the suites of a file of tests share. */
export interface Tools {
  readonly workshop: () => Workshop;
  readonly browser: () => Browser;
}

/** Packs the package once. */
export function openWorkshop(): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-bundlers-'));
  const { tarball } = pack();
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'cnnc');
  mkdirSync(installed, { recursive: true });
  spawn(folder, 'tar', '-xzf', tarball, '-C', installed, '--strip-components=1');
  // What it depends on, and nothing else that is installed here.
  for (const name of Object.keys(packageFile.dependencies))
    link(join(root, 'node_modules', name), join(installed, 'node_modules', name));
  const packages = ['vite', 'rollup', 'webpack', 'webpack-cli', 'webpack-dev-server', 'esbuild', 'react', 'react-dom'];
  for (const name of [...packages, '@types/react', '@types/react-dom']) link(join(hosts, name), join(modules, name));
  return {
    project(name, files) {
      const place = join(folder, name);
      for (const [path, data] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
        mkdirSync(dirname(join(place, path)), { recursive: true });
        writeFileSync(join(place, path), data);
      }
      return place;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** A folder of this repository as a project of the workshop. */
export function copied(workshop: Workshop, name: string, from: string): string {
  const place = workshop.project(name, {});
  cpSync(join(root, from), place, { recursive: true });
  return place;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function environment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
  for (const name of ['FORCE_COLOR', 'NODE_OPTIONS', 'NODE_ENV', 'VITEST']) delete env[name];
  return env;
}

export interface Started {
  /** The next line that it prints. */
  line(): Promise<string>;
  end(): void;
}

/** Starts a script by this Node. */
export function start(cwd: string, script: string): Started {
  const child = execFile(process.execPath, [script], { cwd, env: environment() });
  const lines = createInterface({ input: child.stdout! });
  return {
    line: async () => ((await once(lines, 'line')) as [string])[0],
    end: () => void child.kill(),
  };
}

/** Runs a script by this Node, to its end, whatever that is. */
export function node(cwd: string, ...args: readonly string[]): Promise<Ran> {
  const env = environment();
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
    });
  });
}

const types = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['js', 'text/javascript'],
]);

export interface Site {
  readonly url: string;
  /** How often the application's own code has said that it runs. */
  readonly hits: () => number;
  close(): void;
}

/** Serves a folder; with `isIsolated`, with the headers that threads need. */
export async function serveFolder(folder: string, isIsolated: boolean): Promise<Site> {
  let hits = 0;
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (path === '/hit') hits += 1;
    const file = join(folder, path === '/' ? 'index.html' : path);
    const isThere = path !== '/hit' && existsSync(file);
    response.writeHead(isThere || path === '/hit' ? 200 : 404, {
      'content-type': types.get(file.slice(file.lastIndexOf('.') + 1)) ?? 'application/octet-stream',
      ...(isIsolated && {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      }),
    });
    response.end(isThere ? readFileSync(file) : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, hits: () => hits, close: () => void server.close() };
}
