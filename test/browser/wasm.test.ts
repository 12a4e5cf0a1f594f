// Modules of the WebAssembly target in Chromium, under a policy that allows no foreign script: the same bits as in Node, on one
// thread and on several; what stands in their way; and that nothing is left of them.

import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { compileNetwork } from '../../compiler/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Mathematics } from '../../compiler/pipeline.ts';
import { importText } from '../../src/module.ts';
import type { Values } from '../../src/module.ts';
import { buildExample } from '../support/examples.ts';
import { weightsFile } from '../support/executors.ts';
import { centred, formulaWeights } from '../support/formula.ts';
import { inBrowser, launch, missing } from '../web/browser.ts';
import type { Policy, Site } from './site.ts';
import { serveSite } from './site.ts';

const mixedGraph = (): Graph => {
  const text = readFileSync(new URL('mixed.cnn', import.meta.url), 'utf8');
  return frontend({ path: 'mixed.cnn', text }, { operators, read: () => undefined }).networks[0]!.graph;
};

const bits = (result: Values): readonly number[] =>
  result instanceof Float32Array ? [...new Uint32Array(result.buffer)] : Object.values(result).flatMap(bits);

interface Expected {
  readonly all: readonly number[];
  readonly first: readonly number[];
  readonly rest: readonly number[];
}

const options = { maxBatch: 4 };
const files = new Map<string, string | Uint8Array>();
const expected = new Map<string, Expected>();

/** Puts a network on the site, and notes what it gives in Node for six images, for the first, and for the others. */
async function prepare(name: string, graph: Graph, math: Mathematics, kernels: RegExp): Promise<void> {
  const compilation = compileNetwork({ graph }, { target: 'wasm', math });
  const names = compilation.program.kernels.map((kernel) => kernel.name).join();
  expect(names).toMatch(kernels);
  const { text } = compilation.emit('js', { sourceName: `${name}.cnn` })[0]!;
  const weights = weightsFile(graph, formulaWeights(graph));
  const module = await importText(text);
  const length = Object.values(module.inputs)[0]!.reduce((product, extent) => product * extent);
  const images = centred(7, 6 * length, 1);
  const net = await module.load(weights, options);
  expected.set(name, {
    all: bits(net.run(images)),
    first: bits(net.run(images.slice(0, length))),
    rest: bits(net.run(images.slice(length))),
  });
  files.set(`${name}.js`, text);
  files.set(`${name}.safetensors`, weights);
  files.set(`${name}.f32`, new Uint8Array(images.buffer));
}

/** What the scenario `everyWay` must give. */
function rightEveryWay(name: string, threads: number, reason?: unknown): object {
  const { all, first, rest } = expected.get(name)!;
  return { threads, reason, run: all, runAsync: all, together: [first, all, rest], last: all };
}

describe.skipIf(missing)(inBrowser('WebAssembly in Chromium'), () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    const mixed = mixedGraph();
    const kinds = /(?=.*winograd4_3x3)(?=.*conv_1x1)(?=.*depthwise)(?=.*dense)(?=.*max_pool)(?=.*avg_pool)/;
    await prepare('lenet', buildExample('lenet', 'LeNet'), 'default', /dense/);
    await prepare('mixed', mixed, 'default', kinds);
    await prepare('fast', mixed, 'fast', kinds);
    site = await serveSite(files);
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  /** Opens the page under this policy; what its console says beyond `allowed` is a failure. */
  async function visit(policy: Policy, use: (page: Page) => Promise<void>, allowed?: RegExp): Promise<void> {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => void (allowed?.test(message.text()) || problems.push(message.text())));
    try {
      await page.goto(site.url(policy));
      await page.locator('html[data-ready]').waitFor({ state: 'attached' });
      await use(page);
      await expect.poll(() => page.workers().length).toBe(0);
      expect(problems).toEqual([]);
    } finally {
      await page.close();
    }
  }

  /** Runs a function of site/scenarios.js or site/page.js in the page. */
  const call = (page: Page, scenario: string, ...values: readonly unknown[]): Promise<unknown> =>
    page.evaluate(`${scenario}(...${JSON.stringify(values)})`);

  describe.each(['lenet', 'mixed', 'fast'])('%s', (name) => {
    test('on one thread, without isolation', () =>
      visit('plain', async (page) => {
        expect(await page.evaluate('crossOriginIsolated')).toBe(false);
        expect(await call(page, 'everyWay', name, options)).toEqual(rightEveryWay(name, 1));
      }));

    test.each([2, 4])('on %i threads of an isolated page', (threads) =>
      visit('isolated', async (page) => {
        expect(await page.evaluate('crossOriginIsolated')).toBe(true);
        expect(await call(page, 'everyWay', name, { ...options, threads })).toEqual(rightEveryWay(name, threads));
      }),
    );

    test('threads without isolation: one, and the headers that are missing', () =>
      visit('plain', async (page) => {
        const reason = expect.stringMatching(/Cross-Origin-Opener-Policy.*Cross-Origin-Embedder-Policy/);
        expect(await call(page, 'everyWay', name, { ...options, threads: 2 })).toEqual(rightEveryWay(name, 1, reason));
      }));

    test('in a worker of the user, who alone gets his messages', () =>
      visit('isolated', async (page) => {
        const jobs = [1, 3].map((threads) => ['everyWay', name, { ...options, threads }]);
        expect(await call(page, 'inUserWorker', ...jobs)).toEqual([rightEveryWay(name, 1), rightEveryWay(name, 3)]);
      }));

    test.each([1, 2])('run while runAsync is under way, on %i threads: an error, and nothing is spoilt', (threads) =>
      visit('isolated', async (page) => {
        const { all, first } = expected.get(name)!;
        const found = (await call(page, 'overlapping', name, { maxBatch: 1, threads })) as Record<string, unknown>;
        expect(found).toEqual({ result: all, last: all, others: found['others'], errors: found['errors'] });
        expect([[], [first]]).toContainEqual(found['others']);
        expect(found['errors']).toEqual(['runAsync is under way; await its result first']);
      }),
    );
  });

  test.each([1, 2])('close on %i threads: what is under way fails, workers end, the next load works', (threads) =>
    visit('isolated', async (page) => {
      const closed = 'the network was closed';
      expect(await call(page, 'closing', 'mixed', { maxBatch: 1, threads })).toEqual([closed, closed, closed]);
      await expect.poll(() => page.workers().length).toBe(0);
      expect(await call(page, 'everyWay', 'mixed', { ...options, threads })).toEqual(rightEveryWay('mixed', threads));
    }),
  );

  test('workers are there until close', () =>
    visit('isolated', async (page) => {
      await page.evaluate(`(async () => { globalThis.net = await openNetwork('lenet', { threads: 3 }); })()`);
      expect(page.workers().length).toBe(3);
      await page.evaluate('net.close()');
    }));

  test('many loads', () =>
    visit('isolated', async (page) => {
      expect(await call(page, 'reloading', 'lenet', { threads: 2 }, 20)).toBe(20);
    }));

  test('a policy without workers: one thread, and why', () =>
    visit(
      'workerless',
      async (page) => {
        const found = await call(page, 'everyWay', 'lenet', { ...options, threads: 2 });
        expect(found).toEqual(rightEveryWay('lenet', 1, expect.stringContaining('worker-src')));
      },
      /Content Security Policy/,
    ));

  test.each([0, 1, 2])('worker %i has a script that fails: one thread, and why', (which) =>
    visit('isolated', async (page) => {
      const found = await call(page, 'otherScript', 'lenet', { ...options, threads: 3 }, which, 'broken.js');
      expect(found).toEqual(rightEveryWay('lenet', 1, expect.stringContaining('broken on purpose')));
    }),
  );

  test.each([
    ['before', 0],
    ['before', 1],
    ['during', 0],
    ['during', 1],
    ['idle', 1],
  ])('a worker ended %s a runAsync (part %i): an error, and the next load works', (moment, which) =>
    visit('isolated', async (page) => {
      const error = 'a thread of the network stopped: its worker ended; load the network again';
      const found = await call(page, 'dying', 'mixed', { maxBatch: 1, threads: 2 }, which, moment);
      expect(found).toEqual([error, error, error]);
      await expect.poll(() => page.workers().length).toBe(0);
      expect(await call(page, 'everyWay', 'mixed', { ...options, threads: 2 })).toEqual(rightEveryWay('mixed', 2));
    }),
  );
});
