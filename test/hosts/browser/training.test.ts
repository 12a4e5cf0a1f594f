// Modules that train in Chromium, under a policy that allows no foreign script: the same weights as in Node, on one thread and on
// several; the page lives while it learns; and nothing is left of a training that is closed.

import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compileTraining } from '../../../compiler/index.ts';
import { importText } from '../../../src/network/module.ts';
import { trainedNetworks } from '../../support/trained-networks.ts';
import { inBrowser, launch, missing } from '../../support/browser.ts';
import type { Policy, Site } from './site.ts';
import { serveSite } from './site.ts';

interface Trained {
  readonly threads: number;
  readonly reason?: string;
  /** SHA-256 of the weights, and of scores then and a step later. */
  readonly weights: string;
  readonly before: string;
  readonly after: string;
}

interface Scenarios {
  training(name: string, steps: number, options: object, module: unknown): Promise<Trained>;
}

const MANY = 200;
const FEW = 20;
const options = { maxBatch: 6, seed: 5 };
const scenariosFile = new URL('training/scenarios.js', import.meta.url);
const modules = new Map<string, string>();
const inNode = new Map<string, Trained>();

/** Puts the training of a small network on the site, which has batch norm, and dropout, whose masks depend on the seed alone. */
function prepare(name: string, target: 'js' | 'wasm'): void {
  const graph = trainedNetworks().find((one) => one.name === 'Norm')!;
  const plan = {
    recipe: {
      loss: { kind: 'cross_entropy', labelSmoothing: 0 },
      optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 0.001, decays: 'weights' },
    },
    init: { kind: 'kaiming_normal' },
    defaults: { batch: 6, epochs: 1, learningRate: 0.05, seed: 5 },
  } as const;
  const { emit } = compileTraining({ graph: { ...graph, mode: 'infer' } }, plan, { target });
  modules.set(`${name}.js`, emit({ sourceName: `${name}.cnn` })[0]!.text);
}

/** An application in the same file as the module: says that it runs. */
const application = "\nnew BroadcastChannel('application').postMessage('runs');\n";

describe.skipIf(missing)(inBrowser('trainings in Chromium'), { timeout: 60_000 }, () => {
  let browser: Browser;
  let site: Site;
  let scenarios: Scenarios;
  const pages = new Map<Policy, Page>();
  const problems: string[] = [];
  beforeAll(async () => {
    prepare('fast', 'wasm');
    prepare('plain', 'js');
    scenarios = (await importText(readFileSync(scenariosFile, 'utf8'))) as unknown as Scenarios;
    for (const [name, steps] of [
      ['fast', MANY],
      ['fast', FEW],
      ['plain', FEW],
    ] as const) {
      const module = await importText(modules.get(`${name}.js`)!);
      inNode.set(`${name} ${steps}`, await scenarios.training(name, steps, options, module));
    }
    modules.set('bundle.js', `${modules.get('fast.js')!}${application}`);
    site = await serveSite(modules, 'training');
    browser = await launch();
    for (const policy of ['plain', 'isolated', 'lenient', 'workerless'] as const) {
      const page = await browser.newPage();
      page.on('pageerror', ({ message }) => problems.push(message));
      page.on('console', (message) => problems.push(message.text()));
      await page.goto(site.url(policy));
      await page.locator('html[data-ready]').waitFor({ state: 'attached' });
      pages.set(policy, page);
    }
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });
  afterEach(async () => {
    // Chromium lets a worker that does not look at its messages live on for two seconds.
    for (const page of pages.values()) await expect.poll(() => page.workers().length, { timeout: 10_000 }).toBe(0);
    // The browser's own notes say where a policy stood in the way.
    expect(problems.splice(0).filter((text) => !text.includes('Content Security Policy'))).toEqual([]);
  });

  const call = (policy: Policy, scenario: string, ...values: readonly unknown[]): Promise<unknown> =>
    pages.get(policy)!.evaluate(`${scenario}(...${JSON.stringify(values)})`);
  /** What a training of so many steps gives on one thread of Node, but for how many threads there are. */
  const expected = (name: string, steps: number, threads = 1, reason?: unknown): object => ({
    ...inNode.get(`${name} ${steps}`),
    threads,
    reason,
  });

  test.each([2, 4])('on %i threads of Node: the same weights', async (threads) => {
    expect(inNode.get(`fast ${MANY}`)!.weights).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set([...inNode.values()].flatMap(({ before, after }) => [before, after])).size).toBe(6);
    const module = await importText(modules.get('fast.js')!);
    const found = await scenarios.training('fast', MANY, { ...options, threads }, module);
    expect(found).toEqual(expected('fast', MANY, threads));
  });

  test.each(['plain', 'isolated'] as const)('on one thread of the %s page: the same weights', async (policy) => {
    expect(await call(policy, 'training', 'fast', MANY, options)).toEqual(expected('fast', MANY));
  });

  test.each([2, 4])('on %i threads of an isolated page: the same weights', async (threads) => {
    const found = await call('isolated', 'training', 'fast', MANY, { ...options, threads });
    expect(found).toEqual(expected('fast', MANY, threads));
  });

  test('threads without isolation: a worker, and the headers that are missing', async () => {
    const reason = expect.stringMatching(/^memory cannot be shared.*Cross-Origin-Embedder-Policy/);
    const found = await call('plain', 'training', 'fast', FEW, { ...options, threads: 2 });
    expect(found).toEqual(expected('fast', FEW, 1, reason));
  });

  test('a policy without workers: the page waits, and why', async () => {
    const reason = expect.stringMatching(/^the page waits for every step.*worker-src/);
    expect(await call('workerless', 'training', 'fast', FEW, options)).toEqual(expected('fast', FEW, 1, reason));
  });

  test('in a worker of the user', async () => {
    const found = await call('plain', 'inUserWorker', 'training', 'fast', FEW, options);
    expect(found).toEqual(expected('fast', FEW));
  });

  test('the JavaScript target', async () => {
    expect(await call('plain', 'training', 'plain', FEW, options)).toEqual(expected('plain', FEW));
  });

  test('in a bundle: the same weights, and the application runs once', async () => {
    expect(await call('lenient', 'bundled', FEW, options)).toEqual({ ...expected('fast', FEW), runs: 1 });
  });

  test('in a bundle where only files may be workers: the page waits, and why', async () => {
    const reason = expect.stringMatching(/^the page waits for every step.*blob:/);
    expect(await call('isolated', 'bundled', FEW, options)).toEqual({ ...expected('fast', FEW, 1, reason), runs: 1 });
  });

  test.each([
    ['plain', 1, 'lives'],
    ['isolated', 2, 'lives'],
    ['workerless', 1, 'waits'],
  ] as const)('a %s page, while %i threads take a step, %s', async (policy, threads, what) => {
    const found = (await call(policy, 'turnsWithin', 'fast', { maxBatch: 1000, threads })) as readonly {
      readonly turns: number;
      readonly milliseconds: number;
    }[];
    for (const { turns, milliseconds } of found) {
      if (what === 'lives') expect(turns).toBeGreaterThan(milliseconds / 50);
      else expect(turns).toBeLessThan(3);
    }
  });

  test('a worker that ended during a step: an error, and nothing goes on with half a step', async () => {
    const error = 'the worker of the network stopped: its worker ended; load the network again';
    expect(await call('plain', 'dying', 'fast', { maxBatch: 2000 })).toEqual([1, error, error]);
  });

  test.each([1, 2])('close during a step on %i threads: it fails, and workers end', async (threads) => {
    const found = await call('isolated', 'closing', 'fast', { maxBatch: 2000, threads });
    expect(found).toEqual(['the network was closed', 'the training was closed']);
  });
});
