// A module with its WebAssembly in a file, in Chromium: compiled while it arrives, or from bytes where the server gives it another type;
// and what is said where the file, the policy or the host is not as it should be.

import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { cnnc } from '../cli/harness.ts';
import { inBrowser, launch, missing } from '../support/browser.ts';
import type { Site, SiteOptions } from './modules/site.ts';
import { isolation, serveFiles } from './modules/site.ts';

const source = readFileSync(new URL('modules/networks.cnn', import.meta.url));
const files = new Map<string, string | Uint8Array>();

/** Compiles a network to files of this name. */
async function compile(name: string, network: string, ...argv: readonly string[]): Promise<void> {
  const given = [
    'compile',
    'networks.cnn',
    '--network',
    network,
    '-o',
    `${name}.mjs`,
    '--weights',
    'random:4',
    ...argv,
  ];
  const { code, stderr, files: written } = await cnnc(given, { files: { 'networks.cnn': source } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const [path, data] of written) files.set(path.slice(path.lastIndexOf('/') + 1), data);
}

/** What a page does; `open` loads a module of this name, `once` gives a picture to it. */
const pageScript = `
globalThis.streams = 0;
const { compileStreaming } = WebAssembly;
WebAssembly.compileStreaming = (response) => { streams += 1; return compileStreaming(response); };
globalThis.open = async (name, options) => {
  const module = await import('./' + name + '.mjs');
  return module.load(await fetch('./' + name + '.safetensors'), options);
};
globalThis.image = (count = 1) => Float32Array.from({ length: count * 3072 }, (_, at) => Math.fround((at * 37) % 101) / 101);
globalThis.said = (promise) => promise.then(({ threads, reason }) => ({ threads, reason }), ({ name, message }) => ({ name, message }));
document.documentElement.dataset.ready = '';
`;

describe.skipIf(missing)(inBrowser('a file of WebAssembly in Chromium'), () => {
  let browser: Browser;
  const open: (Site | Page)[] = [];
  beforeAll(async () => {
    const wasm = ['--target', 'wasm'];
    await compile('inside', 'Residual', ...wasm);
    await compile('residual', 'Residual', ...wasm, '--wasm-file');
    await compile('inception', 'Inception', ...wasm, '--wasm-file');
    await compile('script', 'Residual', '--target', 'js');
    files.set('index.html', '<!doctype html><title>page</title><script type="module" src="page.js"></script>');
    files.set('page.js', pageScript);
    browser = await launch();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  /** A page of a site with these files in place of the right ones. */
  async function visit(
    options: Omit<SiteOptions, 'files'> = {},
    others: Readonly<Record<string, string | Uint8Array>> = {},
  ): Promise<{ readonly page: Page; readonly site: Site }> {
    const all = new Map([...files, ...Object.entries(others)]);
    for (const [name, data] of all) if (data.length === 0) all.delete(name);
    const site = await serveFiles({ files: all, ...options });
    const page = await browser.newPage();
    open.push(page, site);
    await page.goto(`${site.url}index.html`);
    await page.locator('html[data-ready]').waitFor({ state: 'attached' });
    return { page, site };
  }

  const asked = ({ requests }: Site): number => requests.filter((name) => name === 'residual.wasm').length;
  const sum = (name: string, options = '{}'): string =>
    `(async () => { const net = await open('${name}', ${options}); const y = [...await net.runAsync(image(3))]; net.close?.(); return [net.threads, y]; })()`;

  test('it is compiled while it arrives, asked for once, with the bits of the module that has it inside', async () => {
    const { page, site } = await visit();
    const expected = (await page.evaluate(sum('inside'))) as [number, readonly number[]];
    expect(expected[1]).toHaveLength(30);
    expect(new Set(expected[1]).size).toBeGreaterThan(10);
    expect(await page.evaluate(sum('residual'))).toEqual(expected);
    expect([await page.evaluate('streams'), asked(site)]).toEqual([1, 1]);
  });

  test('served as another type, it is compiled from its bytes', async () => {
    const { page, site } = await visit({ types: new Map([['wasm', 'application/octet-stream']]) });
    expect(await page.evaluate(sum('residual'))).toEqual(await page.evaluate(sum('inside')));
    expect([await page.evaluate('streams'), asked(site)]).toEqual([0, 1]);
  });

  test('threads share a memory for which the bytes are changed; the file is asked for once', async () => {
    const { page, site } = await visit({ headers: isolation });
    const [, expected] = (await page.evaluate(sum('inside'))) as [number, readonly number[]];
    expect(await page.evaluate(sum('residual', '{ threads: 3 }'))).toEqual([3, expected]);
    expect(asked(site)).toBe(1);
  });

  test.each<[string, Uint8Array | 'missing' | 'another', string, string]>([
    ['missing', 'missing', 'RangeError', 'residual.wasm could not be fetched: the server answered 404'],
    [
      'of another network',
      'another',
      'RangeError',
      'residual.wasm was not written together with this module; compile both again',
    ],
    ['a page', new TextEncoder().encode('<!doctype html>'), 'CompileError', 'residual.wasm cannot be compiled here: '],
  ])('%s: one sentence', async (_, data, name, message) => {
    const found = data === 'missing' ? '' : data === 'another' ? files.get('inception.wasm')! : data;
    const { page } = await visit({}, { 'residual.wasm': found });
    expect(await page.evaluate("said(open('residual'))")).toEqual({ name, message: expect.stringContaining(message) });
  });

  test('truncated: one sentence, whether it arrives as WebAssembly or as bytes', async () => {
    const whole = files.get('residual.wasm') as Uint8Array;
    const others = { 'residual.wasm': whole.slice(0, -100) };
    const { page } = await visit({}, others);
    const error = await page.evaluate("said(open('residual'))");
    expect(error).toEqual({
      name: 'CompileError',
      message: expect.stringMatching(/^residual\.wasm cannot be compiled here: /),
    });
    const { page: plain } = await visit({ types: new Map([['wasm', 'text/plain']]) }, others);
    const message = `residual.wasm has ${whole.length - 100} bytes; expected ${whole.length}: it is truncated, or was not written together with this module`;
    expect(await plain.evaluate("said(open('residual'))")).toEqual({ name: 'RangeError', message });
  });

  test('a page in its place, as servers of single-page applications answer', async () => {
    const page404 = new TextEncoder().encode('<!doctype html><title>start</title>');
    const { page } = await visit({ types: new Map([['wasm', 'text/html']]) }, { 'residual.wasm': page404 });
    const message = 'residual.wasm is no WebAssembly but an HTML or XML page';
    expect(await page.evaluate("said(open('residual'))")).toEqual({ name: 'RangeError', message });
  });

  const strict = "default-src 'none'; connect-src 'self'; script-src 'self'";
  test("a policy without 'wasm-unsafe-eval': the file is refused, and JavaScript runs", async () => {
    const { page } = await visit({ headers: { 'content-security-policy': strict } });
    expect(await page.evaluate("said(open('residual'))")).toEqual({
      name: 'CompileError',
      message: expect.stringMatching(/^residual\.wasm cannot be compiled here: .*\('wasm-unsafe-eval' in the policy/),
    });
    expect(await page.evaluate("said(open('inside'))")).toEqual({
      name: 'CompileError',
      message: expect.stringMatching(/^the WebAssembly of this module cannot .*\('wasm-unsafe-eval' in the policy/),
    });
    expect(await page.evaluate("said(open('script'))")).toEqual({});
  });

  test.each([
    ['no isolation', {}, /Cross-Origin-Opener-Policy/],
    [
      'no workers',
      { ...isolation, 'content-security-policy': "worker-src 'none'" },
      /^threads could not be started: .*worker-src/,
    ],
  ])('threads with %s: one, and why', async (_, headers, reason) => {
    const { page, site } = await visit({ headers: headers as Readonly<Record<string, string>> });
    expect(await page.evaluate("said(open('residual', { threads: 2 }))")).toEqual({
      threads: 1,
      reason: expect.stringMatching(reason),
    });
    expect(asked(site)).toBe(1);
  });

  test('two networks at once, each on threads: the end of one is not that of the other', async () => {
    const { page } = await visit({ headers: isolation });
    const [, expected] = (await page.evaluate(sum('residual'))) as [number, readonly number[]];
    const found = await page.evaluate(`(async () => {
      const [a, b] = await Promise.all([open('residual', { threads: 2 }), open('inception', { threads: 2 })]);
      const x = image(3);
      const both = [a.runAsync(x), b.runAsync(new Float32Array(1728))];
      await Promise.all(both);
      b.close();
      const y = [...await a.runAsync(x)];
      const late = await b.runAsync(new Float32Array(1728)).catch(({ message }) => message);
      a.close();
      return { y, late };
    })()`);
    expect(found).toEqual({ y: expected, late: 'the network was closed' });
    await expect.poll(() => page.workers().length).toBe(0);
  });

  test('closed while it runs: that fails, and the next one runs', async () => {
    const { page } = await visit({ headers: isolation });
    const found = await page.evaluate(`(async () => {
      const net = await open('residual', { threads: 2 });
      const running = net.runAsync(image(50)).catch(({ message }) => message);
      await new Promise((resolve) => setTimeout(resolve));
      net.close();
      return [await running, (await said(open('residual', { threads: 2 }))).threads];
    })()`);
    expect(found).toEqual(['the network was closed', 2]);
  });

  test('a page that is left while its network runs leaves no worker behind', async () => {
    const { page } = await visit({ headers: isolation });
    await page.evaluate(
      "(async () => { const net = await open('residual', { threads: 2 }); net.runAsync(image(200)); })()",
    );
    expect(page.workers().length).toBe(2);
    await page.reload();
    await page.locator('html[data-ready]').waitFor({ state: 'attached' });
    await expect.poll(() => page.workers().length).toBe(0);
    expect(((await page.evaluate(sum('residual', '{ threads: 2 }'))) as [number])[0]).toBe(2);
  });
});
