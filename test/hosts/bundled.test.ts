// A module of the WebAssembly target inside an application's bundle, in Chromium: as many threads as were asked for, and the application
// runs once, whichever bundler it was and whatever the application does when it starts.

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cnnc } from '../cli/harness.ts';
import { launch, missing } from '../support/browser.ts';
import { isolation, serveFiles } from './modules/site.ts';

const root = mkdtempSync(join(tmpdir(), 'cnnc-bundled-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** It uses the document and tells its server that it runs, neither of which a thread may do. */
const application = `
import { load } from './net.js';
await fetch('/hit');
document.title = 'it runs';
const net = await load(await fetch('/weights.safetensors'), { threads: 2 });
const y = await net.runAsync(Float32Array.from({ length: 784 }, (_, at) => at % 5));
net.close();
document.body.dataset.result = JSON.stringify({ threads: net.threads, reason: net.reason, y: y.length });
`;

const installed = createRequire(new URL('package.json', import.meta.url));

/** Where a bundler is; undefined where it is not installed. */
function pathOf(name: string): string | undefined {
  try {
    return installed.resolve(name);
  } catch {
    return undefined;
  }
}

async function bundler(name: string): Promise<any> {
  const module = await import(pathToFileURL(pathOf(name)!).href);
  return name === 'webpack' ? module.default : module;
}

/** Bundler → bundles the folder's `app.js` into `dist`, with a page. */
const bundlers: Readonly<Record<string, (it: any, folder: string) => Promise<void>>> = {
  async vite(vite, folder) {
    writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="./app.js"></script>');
    await vite.build({ root: folder, logLevel: 'error', configFile: false, build: { target: 'esnext' } });
  },
  async webpack(webpack, folder) {
    const configuration = {
      mode: 'production',
      context: folder,
      entry: './app.js',
      output: { path: join(folder, 'dist'), filename: 'app.js', module: true },
      experiments: { outputModule: true },
    };
    await new Promise<void>((resolve, reject) =>
      webpack(configuration, (error: Error | null, stats: any) =>
        error || stats.hasErrors() ? reject(error ?? new Error(stats.toString())) : resolve(),
      ),
    );
  },
  async esbuild(esbuild, folder) {
    const outfile = join(folder, 'dist/app.js');
    await esbuild.build({ entryPoints: [join(folder, 'app.js')], bundle: true, minify: true, format: 'esm', outfile });
  },
  async rollup(rollup, folder) {
    const bundle = await rollup.rollup({ input: join(folder, 'app.js') });
    await bundle.write({ file: join(folder, 'dist/app.js'), format: 'es' });
  },
};

/** Those that take along what `new URL(…, import.meta.url)` names; for the others the file is copied. */
const takesFiles = new Set(['vite', 'webpack']);

describe.skipIf(missing)('threads of a bundled module', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser?.close());

  /** What the application says, and how often it ran. */
  async function visit(folder: string, policy: string) {
    const dist = join(folder, 'dist');
    const files = new Map<string, string | Uint8Array>([
      ['index.html', '<!doctype html><script type="module" src="./app.js"></script>'],
      ['weights.safetensors', readFileSync(join(folder, 'weights.safetensors'))],
      ['hit', 'ok'],
    ]);
    for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) {
        const path = join(entry.parentPath, entry.name);
        files.set(path.slice(dist.length + 1), readFileSync(path));
      }
    const site = await serveFiles({ files, headers: { ...isolation, 'content-security-policy': policy } });
    const page = await browser.newPage();
    try {
      await page.goto(`${site.url}index.html`);
      const result = page.locator('body[data-result]');
      await result.waitFor({ state: 'attached', timeout: 20_000 });
      const told = JSON.parse((await result.getAttribute('data-result'))!) as object;
      expect(await page.title()).toBe('it runs');
      return { ...told, hits: site.requests.filter((name) => name === 'hit').length };
    } finally {
      await page.close();
      site.close();
    }
  }

  const policy = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
  describe.each(Object.keys(bundlers))('%s', (name) => {
    const isMissing = pathOf(name) === undefined;
    test.skipIf(isMissing).each([
      ['inside', []],
      ['as a file', ['--wasm-file']],
    ])(isMissing ? `%s: ${name} is not installed` : 'the WebAssembly %s', async (way, argv) => {
      const it = await bundler(name);
      const folder = join(root, `${name} ${way}`);
      mkdirSync(folder);
      const weights = readFileSync(new URL('../../examples/lenet/lenet-fashion-mnist.safetensors', import.meta.url));
      const source = readFileSync(new URL('../../examples/lenet/lenet.cnn', import.meta.url));
      const given = ['compile', 'lenet.cnn', '--target', 'wasm', ...argv, '-o', 'out', '--weights', 'w.safetensors'];
      const { code, files } = await cnnc(given, { files: { 'lenet.cnn': source, 'w.safetensors': weights } });
      expect(code).toBe(0);
      for (const [path, data] of files)
        if (path.startsWith('/project/out/')) writeFileSync(join(folder, path.slice('/project/out/'.length)), data);
      writeFileSync(join(folder, 'app.js'), application);
      await bundlers[name]!(it, folder);
      if (argv.length > 0 && !takesFiles.has(name))
        writeFileSync(join(folder, 'dist/net.wasm'), readFileSync(join(folder, 'net.wasm')));
      expect(await visit(folder, `${policy} blob:`)).toEqual({ threads: 2, y: 10, hits: 1 });
      expect(await visit(folder, policy)).toEqual({
        threads: 1,
        reason: expect.stringContaining('worker-src'),
        y: 10,
        hits: 1,
      });
    });
  });
});
