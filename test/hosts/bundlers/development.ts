// Vite's server while a network is edited: the page changes without being loaded again, and a mistake is shown over it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../e2e/packed.ts';
import type { Tools } from './project.ts';

const lenet = readFileSync(join(root, 'examples/lenet/lenet.cnn'), 'utf8');
const weights = readFileSync(join(root, 'examples/lenet/lenet-fashion-mnist.safetensors'));

interface ViteServer {
  readonly resolvedUrls: { readonly local: readonly string[] };
  listen(): Promise<void>;
  close(): Promise<void>;
}
interface Vite {
  createServer(config: object): Promise<ViteServer>;
}

const block = (kernel: number): string =>
  `block stem(channels: int) { conv(channels, kernel: ${kernel}, padding: same) -> relu }\n`;
const small = (classes: string): string => `import { stem } from "./blocks.cnn"

network Small {
  input image: [1, 8, 8]
  stem(2)
  flatten
  scores = dense(${classes})
  output scores
}
`;
const sized = (channels: number): string =>
  `network Sized(size: int) {\n  input x: [${channels}, size, size]\n  flatten -> dense(2)\n}\n`;
const main = `import { load } from './lenet.cnn';
import * as first from './small net ü.cnn';
import * as sized from './sized.cnn?size=6';

globalThis.loads = (globalThis.loads ?? 0) + 1;
globalThis.small = first;
globalThis.sized = sized;
if (import.meta.hot) import.meta.hot.accept('./small net ü.cnn', (next) => next && (globalThis.small = next));
if (import.meta.hot) import.meta.hot.accept('./sized.cnn?size=6', (next) => next && (globalThis.sized = next));
load().then((net) => (globalThis.scores = net.run(new Float32Array(784))[0]));
`;

interface Shown {
  readonly sized?: { readonly inputs: { readonly x: readonly number[] }; readonly load: (...given: never) => unknown };
  readonly loads: number;
  readonly scores: number;
  readonly small: {
    readonly outputs: { readonly scores: readonly number[] };
    readonly weightTensors: readonly { readonly shape: readonly number[] }[];
  };
}

/** The tests, in a suite of their own. */
export function development({ workshop, browser }: Tools): void {
  let server: ViteServer;
  let folder = '';
  let tab: Page;
  beforeAll(async () => {
    folder = workshop().project('develop', {
      'index.html': '<!doctype html><title>x</title><script type="module" src="/src/main.js"></script>',
      'src/main.js': main,
      'src/lenet.cnn': lenet,
      'src/lenet.safetensors': weights,
      'src/small net ü.cnn': small('4'),
      'src/blocks.cnn': block(3),
      'src/sized.cnn': sized(1),
    });
    const from = (name: string) => import(pathToFileURL(createRequire(join(folder, 'x.js')).resolve(name)).href);
    const { createServer } = (await from('vite')) as Vite;
    const { default: cnnc } = (await from('cnnc/vite')) as { default: () => object };
    server = await createServer({
      root: folder,
      configFile: false,
      logLevel: 'silent',
      plugins: [cnnc()],
      server: { host: '127.0.0.1', port: 0 },
    });
    await server.listen();
    tab = await browser().newPage();
    await tab.goto(server.resolvedUrls.local[0]!);
  });
  afterAll(async () => {
    await tab?.close();
    await server?.close();
  });

  const waitFor = (test: (page: Shown) => unknown) =>
    tab.waitForFunction(`(${String(test)})(globalThis)`, null, { timeout: 15_000 });
  const edit = (name: string, text: string): void => writeFileSync(join(folder, 'src', name), text);

  test('weights are served', async () => {
    await waitFor((page) => Number.isFinite(page.scores));
  });

  test('an edit changes the page without loading it again', async () => {
    await waitFor((page) => page.small.outputs.scores[0] === 4);
    edit('small net ü.cnn', small('7'));
    await waitFor((page) => page.small.outputs.scores[0] === 7);
    expect(await tab.evaluate('loads')).toBe(1);
  });

  test('so does an edit of an imported file', async () => {
    edit('blocks.cnn', block(5));
    await waitFor((page) => page.small.weightTensors[0]!.shape[3] === 5);
    expect(await tab.evaluate('loads')).toBe(1);
  });

  test('and of a file that is imported with a query, and a configuration that is written later', async () => {
    await waitFor((page) => page.sized?.inputs.x.join() === '1,6,6');
    edit('sized.cnn', sized(3));
    await waitFor((page) => page.sized?.inputs.x.join() === '3,6,6');
    writeFileSync(
      join(folder, 'cnnc.config.ts'),
      "export default { networks: { 'src/sized.cnn': { embed: true, weights: 'random:1' } } };",
    );
    // The page is loaded again: the configuration is also that of a network that it does not accept.
    await waitFor((page) => /embeddedWeights/.test(String(page.sized?.load)));
    expect(await tab.evaluate('loads')).toBe(1);
  });

  test('a mistake is shown over the page with place and carets, until it is mended', async () => {
    edit('small net ü.cnn', small('7').replace('flatten', 'flaten'));
    const overlay = tab.locator('vite-error-overlay');
    await overlay.waitFor({ timeout: 15_000 });
    const text = await overlay.locator('.window').innerText();
    expect(text).toContain('there is no operator, block or value `flaten`');
    expect(text).toContain('did you mean `flatten`?');
    expect(text).toMatch(/small net ü\.cnn:6:3/);
    expect(text).toMatch(/ {2}flaten\n +\| +\^{6}/);
    edit('small net ü.cnn', small('3'));
    await overlay.waitFor({ state: 'detached', timeout: 15_000 });
    await waitFor((page) => page.small.outputs.scores[0] === 3);
  });
}
