// Modules of the WebAssembly target in Chromium, under a policy that allows no foreign script: the same bits as in Node, on one
// thread and on several; what stands in their way; and that nothing is left of them.

import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { frontend } from '../../../compiler/frontend/index.ts';
import { compileNetwork } from '../../../compiler/index.ts';
import type { Graph } from '../../../compiler/ir/graph.ts';
import { operators } from '../../../compiler/ops/index.ts';
import type { Mathematics } from '../../../compiler/pipeline.ts';
import { importText } from '../../../src/network/module.ts';
import type { Values } from '../../../src/network/module.ts';
import { buildExample } from '../../support/examples.ts';
import { weightsFile } from '../../support/executors.ts';
import { centred, formulaWeights } from '../../support/formula.ts';
import { inBrowser, launch, missing } from '../../support/browser.ts';
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

interface Overlap {
  /** What run gave while it was allowed. */
  readonly others: readonly (readonly number[])[];
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

/** An application in the same file as the module: says that it runs, then computes. */
const application = `
const channel = new BroadcastChannel('application');
channel.postMessage('runs');
export const open = (weights, options) => load(weights, options);
`;

/** What the scenario `everyWay` must give. */
function rightEveryWay(name: string, threads: number, reason?: unknown): object {
  const { all, first, rest } = expected.get(name)!;
  return { threads, reason, run: all, runAsync: all, together: [first, all, rest], last: all };
}

describe.skipIf(missing)(inBrowser('WebAssembly in Chromium'), () => {
  let browser: Browser;
  let site: Site;
  const pages = new Map<Policy, Page>();
  const problems: string[] = [];
  beforeAll(async () => {
    const mixed = mixedGraph();
    const kinds = /(?=.*winograd4_3x3)(?=.*conv_1x1)(?=.*depthwise)(?=.*dense)(?=.*max_pool)(?=.*avg_pool)/;
    await prepare('lenet', buildExample('lenet', 'LeNet'), 'default', /dense/);
    await prepare('mixed', mixed, 'default', kinds);
    await prepare('fast', mixed, 'fast', kinds);
    // As bundlers put it: the module's text, then that of the application.
    files.set('bundle.js', `${files.get('lenet.js') as string}\n${application}`);
    site = await serveSite(files);
    browser = await launch();
    for (const policy of ['plain', 'isolated', 'lenient', 'workerless'] as const) {
      const page = await browser.newPage();
      page.on('pageerror', ({ message }) => problems.push(message));
      page.on('console', (message) => problems.push(message.text()));
      await page.goto(site.url(policy));
      await page.locator('html[data-ready]').waitFor({ state: 'attached' });
      pages.set(policy, page);
    }
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });
  afterEach(async () => {
    for (const page of pages.values()) await expect.poll(() => page.workers().length).toBe(0);
    expect(problems.splice(0)).toEqual([]);
  });

  /** Runs a function of site/scenarios.js or site/page.js in the page under this policy. */
  const call = (policy: Policy, scenario: string, ...values: readonly unknown[]): Promise<unknown> =>
    pages.get(policy)!.evaluate(`${scenario}(...${JSON.stringify(values)})`);

  test.each([
    ['plain', false],
    ['isolated', true],
    ['workerless', true],
  ] as const)('%s pages: isolated is %s', async (policy, isolated) => {
    expect(await pages.get(policy)!.evaluate('crossOriginIsolated')).toBe(isolated);
  });

  describe.each(['lenet', 'mixed', 'fast'])('%s', (name) => {
    test('on one thread, without isolation', async () => {
      expect(await call('plain', 'everyWay', name, options)).toEqual(rightEveryWay(name, 1));
    });

    test.each([2, 4])('on %i threads of an isolated page', async (threads) => {
      expect(await call('isolated', 'everyWay', name, { ...options, threads })).toEqual(rightEveryWay(name, threads));
    });

    test('threads without isolation: one, and the headers that are missing', async () => {
      const reason = expect.stringMatching(/Cross-Origin-Opener-Policy.*Cross-Origin-Embedder-Policy/);
      expect(await call('plain', 'everyWay', name, { ...options, threads: 2 })).toEqual(rightEveryWay(name, 1, reason));
    });

    test('in a worker of the user, who alone gets his messages', async () => {
      const jobs = [1, 3].map((threads) => ['everyWay', name, { ...options, threads }]);
      expect(await call('isolated', 'inUserWorker', jobs)).toEqual([rightEveryWay(name, 1), rightEveryWay(name, 3)]);
    });

    test.each([1, 2])('run during runAsync on %i threads: an error, and nothing is spoilt', async (threads) => {
      const { all, first } = expected.get(name)!;
      const found = (await call('isolated', 'overlapping', name, { maxBatch: 1, threads })) as Overlap;
      expect({ ...found, others: [] }).toEqual({
        result: all,
        last: all,
        others: [],
        errors: ['runAsync is under way; await its result first'],
      });
      for (const other of found.others) expect(other).toEqual(first);
    });
  });

  test.each([1, 2])(
    'close on %i threads: what is under way fails, workers end, the next load works',
    async (threads) => {
      const closed = 'the network was closed';
      expect(await call('isolated', 'closing', 'mixed', { maxBatch: 1, threads })).toEqual([closed, closed, closed]);
      await expect.poll(() => pages.get('isolated')!.workers().length).toBe(0);
      const found = await call('isolated', 'everyWay', 'mixed', { ...options, threads });
      expect(found).toEqual(rightEveryWay('mixed', threads));
    },
  );

  test('a page has a worker for each thread, until close', async () => {
    const page = pages.get('isolated')!;
    await page.evaluate("(async () => { globalThis.net = await openNetwork('lenet', { threads: 3 }); })()");
    expect(page.workers().length).toBe(3);
    await page.evaluate('net.close()');
  });

  test('in a bundle: as many threads, and the application runs once', async () => {
    const { first } = expected.get('lenet')!;
    expect(await call('lenient', 'bundled', { threads: 2 })).toEqual({ threads: 2, first, runs: 1 });
  });

  test('in a bundle where only files may be workers: one thread, and why; the application runs once', async () => {
    const { first } = expected.get('lenet')!;
    const reason = expect.stringContaining('blob:');
    expect(await call('isolated', 'bundled', { threads: 2 })).toEqual({ threads: 1, reason, first, runs: 1 });
    // The browser's own notes.
    expect(problems.splice(0).filter((text) => !text.includes('Content Security Policy'))).toEqual([]);
  });

  test('many loads', async () => {
    expect(await call('isolated', 'reloading', 'lenet', { threads: 2 }, 10)).toBe(10);
  });

  test('a policy without workers: one thread, and why', async () => {
    const found = await call('workerless', 'everyWay', 'lenet', { ...options, threads: 2 });
    expect(found).toEqual(rightEveryWay('lenet', 1, expect.stringContaining('worker-src')));
    // The browser's own notes.
    expect(problems.splice(0).filter((text) => !text.includes('Content Security Policy'))).toEqual([]);
  });

  test.each([0, 1, 2])('worker %i has a script that fails: one thread, and why', async (which) => {
    const found = await call('isolated', 'otherScript', 'lenet', { ...options, threads: 3 }, which, 'broken.js');
    expect(found).toEqual(rightEveryWay('lenet', 1, expect.stringContaining('broken on purpose')));
  });

  // Chromium lets a worker that does not look at its messages live on for two seconds.
  test.each([
    ['during', 0],
    ['before', 1],
  ] as const)('a worker ended %s a runAsync, part %i: an error, and the next load works', async (moment, which) => {
    const error = 'a thread of the network stopped: its worker ended; load the network again';
    const found = await call('isolated', 'dying', 'mixed', { maxBatch: 1, threads: 2 }, which, moment);
    expect(found).toEqual([error, error, error]);
    await expect.poll(() => pages.get('isolated')!.workers().length).toBe(0);
    const next = await call('isolated', 'everyWay', 'mixed', { ...options, threads: 2 });
    expect(next).toEqual(rightEveryWay('mixed', 2));
  });
});
