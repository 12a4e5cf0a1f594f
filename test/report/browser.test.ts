// The pages in Chromium: drawings are never empty, nothing is cut or wider than the window, details are shown whole, and the
// choices of a page do what they say.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileNetwork } from '../../compiler/index.ts';
import type { Network } from '../../compiler/frontend/index.ts';
import { buildNetworks, chooseNetwork } from '../../src/network/networks.ts';
import { compareReports } from '../../src/report/compare.ts';
import { comparisonHtml } from '../../src/report/html/compare-html.ts';
import { reportHtml } from '../../src/report/html/html.ts';
import { runHtml } from '../../src/report/html/run-html.ts';
import type { Seen } from '../../src/report/html/run-html.ts';
import { report } from '../../src/report/network-report.ts';
import { exampleNetworks } from '../support/examples-list.ts';
import { inBrowser, launch, missing } from '../web/browser.ts';

const unet = `block double(channels: int) {
  conv(channels, kernel: 3, padding: 1) -> batch_norm -> relu
  conv(channels, kernel: 3, padding: 1) -> batch_norm -> relu
}
network UNet {
  input image: [1, 32, 32]
  s1 = double(8)
  max_pool(2)
  s2 = double(16)
  max_pool(2)
  double(32)
  conv_transpose(16, kernel: 2, stride: 2) -> concat(s2)
  double(16)
  conv_transpose(8, kernel: 2, stride: 2) -> concat(s1)
  double(8)
  mask = conv(1, kernel: 1) -> sigmoid
  output mask
}`;
const long = `network Long { input x: [1, 8, 8]
  ${'a'.repeat(60)} = conv(2, kernel: 3)
  ${'b_c_'.repeat(15)} = conv(2, kernel: 3)
  flatten
  dense(3) }`;

function build(text: string): Network {
  const chosen = chooseNetwork(buildNetworks({ path: 'x.cnn', text }, {}));
  if (!('graph' in chosen)) throw new Error('not built');
  return chosen;
}

const named = (name: string): Network => exampleNetworks.find(([title]) => title.endsWith(`: ${name}`))![1];
const networks: readonly (readonly [string, Network])[] = [
  ...['LeNet', 'GoogLeNet', 'ResNet18'].map((name) => [name, named(name)] as const),
  ['UNet', build(unet)],
  ['Long', build(long)],
];

function page(network: Network): string {
  const compilation = compileNetwork(network);
  return reportHtml(network, report(network, compilation.program), compilation, { sourceName: 'x.cnn' });
}

const seen = (name: string, shape: readonly number[], at: (index: number) => number): Seen => ({
  name,
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => at(index)),
});

describe.skipIf(missing)(inBrowser('pages in Chromium'), () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-report-'));
  const problems: string[] = [];
  beforeAll(async () => void (browser = await launch()));
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  async function open(name: string, html: string, width: number): Promise<Page> {
    const path = join(folder, `${name}.html`);
    writeFileSync(path, html);
    problems.length = 0;
    const opened = await browser.newPage({ viewport: { width, height: 900 } });
    opened.on('pageerror', ({ message }) => problems.push(message));
    await opened.goto(pathToFileURL(path).href);
    return opened;
  }

  /** Of every drawing in a pane that is shown: its size, and that of its pane. */
  const drawings = (opened: Page): Promise<readonly { width: number; height: number; room: number; most: number }[]> =>
    opened.evaluate(() => {
      const { document, getComputedStyle } = globalThis as any;
      return [...document.querySelectorAll('.pane:not([hidden])')].map((pane: any) => {
        const { width, height } = pane.querySelector('svg').getBoundingClientRect();
        return { width, height, room: pane.clientWidth, most: Number.parseFloat(getComputedStyle(pane).maxHeight) };
      });
    });

  test.each(networks.slice(1))('%s: fit, then every view, shows whole drawings', async (name, network) => {
    const opened = await open(name, page(network), 1280);
    for (const width of name === 'UNet' ? [1280, 420] : [1280]) {
      await opened.setViewportSize({ width, height: 900 });
      for (const label of [
        'fit',
        'compiled',
        'side by side',
        'as written',
        'fit',
        'fit',
        'side by side',
        'as written',
      ]) {
        await opened.click(`text="${label}"`);
        const shown = await drawings(opened);
        expect(shown).toHaveLength(label === 'side by side' ? 2 : 1);
        for (const one of shown) {
          expect(one.width).toBeGreaterThan(20);
          expect(one.height).toBeGreaterThan(100);
          expect(one.width).toBeLessThanOrEqual(one.room + 1);
          expect(one.height).toBeLessThanOrEqual(one.most);
        }
      }
    }
    const before = (await drawings(opened))[0]!;
    await opened.click('text="+"');
    expect((await drawings(opened))[0]!.width / before.width).toBeCloseTo(1.25, 1);
    expect(problems).toEqual([]);
    await opened.close();
  });

  test.each(networks)('%s: no page is wider than its window, nothing is cut at 1280 px', async (name, network) => {
    const opened = await open(name, page(network), 1280);
    const hidden = (): Promise<readonly number[]> =>
      opened.evaluate(() => {
        const { document, innerWidth } = globalThis as any;
        const cut = (one: any): number => one.scrollWidth - one.clientWidth;
        const details = document.querySelector('#details');
        const tables = [...document.querySelectorAll('.scroll')].map(cut);
        const page = document.documentElement.scrollWidth - innerWidth;
        return [page, cut(details), details.scrollHeight - details.clientHeight, Math.max(...tables)];
      });
    for (const width of [1280, 800, 420]) {
      await opened.setViewportSize({ width, height: 900 });
      for (const row of (await opened.locator('#layers tbody tr .pick').all()).slice(2, 5)) {
        await row.click();
        const [wide, across, down, table] = await hidden();
        expect({ wide, across, down }).toEqual({ wide: 0, across: 0, down: 0 });
        if (width === 1280) expect(table).toBe(0);
      }
    }
    await opened.close();
  });

  test('pointing at rows moves none of them', async () => {
    for (const width of [1280, 1000]) {
      const opened = await open('still', page(named('LeNet')), width);
      const tops = (): Promise<readonly number[]> =>
        opened.evaluate(() => {
          const { document, scrollY } = globalThis as any;
          return [...document.querySelectorAll('#layers tr')].map(
            (row: any) => row.getBoundingClientRect().top + scrollY,
          );
        });
      const before = await tops();
      for (const row of ['conv1', 'flatten1', 'logits']) {
        await opened.locator(`#layers tr[data-id="${row}"] td`).first().hover();
        expect(await tops()).toEqual(before);
      }
      await opened.close();
    }
  });

  test('a comparison fits', async () => {
    const [a, b] = [report(named('ResNet18')), report(named('GoogLeNet'))];
    const opened = await open('compare', comparisonHtml(compareReports(a, b), [a, b]), 420);
    expect(await opened.evaluate(() => (globalThis as any).document.documentElement.scrollWidth)).toBe(420);
    await opened.close();
  });

  test('a run draws masks and many channels, and feature maps by layer or by map', async () => {
    const image = seen('x', [1, 16, 16], (i) => i);
    const taps = [seen('a', [3, 16, 16], (i) => i), seen('b', [2, 8, 8], (i) => -i)];
    const outputs = [
      { ...seen('mask', [1, 16, 16], (i) => i / 255), top: [] },
      { ...seen('classes', [5, 4, 4], (i) => i), top: [] },
      { ...seen('flat', [2], (i) => i), top: [{ index: 1, probability: 0.7 }] },
    ];
    const one = { inputs: [image], taps, outputs };
    const opened = await open('run', runHtml('R', [one, one], undefined), 420);
    const visible = async (): Promise<readonly string[]> => {
      const shown: string[] = [];
      for (const element of await opened.locator('section:first-of-type img').all())
        if (await element.isVisible()) shown.push((await element.getAttribute('alt'))!);
      return shown;
    };
    const others = ['Input x', 'Output mask', 'Channels of classes'];
    expect(await visible()).toEqual([...others, 'Feature maps of a', 'Feature maps of b']);
    expect(await opened.locator('.scale:visible').count()).toBe(8);
    await opened.click('text=of each map by itself');
    expect(await visible()).toEqual([
      ...others,
      'Feature maps of a, each by itself',
      'Feature maps of b, each by itself',
    ]);
    expect(await opened.evaluate(() => (globalThis as any).document.documentElement.scrollWidth)).toBe(420);
    await opened.close();
  });
});
