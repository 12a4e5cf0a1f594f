// The pages in Chromium: drawings are never empty, nothing is cut or wider than the window, details are shown whole, and the
// choices of a page do what they say.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileNetwork } from '../../../compiler/index.ts';
import type { Network } from '../../../compiler/frontend/index.ts';
import { buildNetworks, chooseNetwork } from '../../../src/network/networks.ts';
import { compareReports } from '../../../src/report/compare.ts';
import { comparisonHtml } from '../../../src/report/html/compare-html.ts';
import { reportHtml } from '../../../src/report/html/html.ts';
import { trainingHtml } from '../../../src/report/html/training-html.ts';
import type { TrainingPage } from '../../../src/report/html/training-html.ts';
import { runHtml } from '../../../src/report/html/run-html.ts';
import type { Seen } from '../../../src/report/html/pictures.ts';
import { report } from '../../../src/report/network-report.ts';
import { exampleNetworks } from '../../support/examples-list.ts';
import { inBrowser, launch, missing } from '../../support/browser.ts';

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

/** After ten of thirty epochs; long names, and pictures of several sizes. */
function training(classes: number): TrainingPage {
  const name = (index: number): string => `class_with_a_long_name_${index}`;
  const picture = { width: 224, height: 160, channels: 1, data: new Uint8Array(224 * 160) } as const;
  const all = Array.from({ length: classes }, (_, at) => at);
  const history = Array.from({ length: 10 }, (_, epoch) => {
    const [loss, accuracy] = [2.3 / (epoch + 1), 1 - 1 / (epoch + 2)];
    return { epoch, loss, accuracy, rate: 0.001, checked: { loss: 1.1 * loss, accuracy: 0.9 * accuracy } };
  });
  return {
    network: 'A',
    doc: 'b'.repeat(200),
    state: 'running',
    epochs: 30,
    stepsPerEpoch: 100,
    history,
    checkedOn: 'validation',
    seconds: new Map([[9, 3.25]]),
    augmented: [{ index: 0, picture, changed: Array.from({ length: 6 }, () => picture) }],
    stepLosses: { first: 0, values: Array.from({ length: 1000 }, (_, step) => 2.3 / (1 + step / 100)) },
    rateAt: (step) => 0.001 * (1 - step / 3000),
    elapsed: 90_061_000,
    left: 180_000_000,
    imagesPerSecond: 12_345.6,
    filters: { before: seen('conv1.weight', [64, 3, 7, 7], (i) => Math.sin(i)) },
    result: {
      epoch: 10,
      images: 10_000,
      broken: 1,
      isProbable: true,
      confusion: {
        classes,
        nameOf: name,
        confusions: all.flatMap((label) => all.map((predicted) => ({ label, predicted, count: 1000 + label }))),
      },
      mistakes: all.slice(0, 10).map((at) => ({
        picture,
        index: 1000 * at,
        label: name(at),
        predicted: name(at + 1),
        confidence: 0.99,
      })),
      examples: [{ picture, name: name(1), maps: [seen('stem.conv', [64, 112, 80], (i) => Math.cos(i))] }],
    },
    settings: [['data', '/folder/'.repeat(30)]],
  };
}

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

  test.each([10, 100])('a training of %i classes fits, and its curves can be read', async (classes) => {
    const opened = await open('training', trainingHtml(training(classes)), 1280);
    for (const width of [1280, 800, 420]) {
      await opened.setViewportSize({ width, height: 900 });
      const [wide, texts, charts] = await opened.evaluate(() => {
        const { document, innerWidth } = globalThis as any;
        const charts = [...document.querySelectorAll('.chart')];
        const boxes = charts.flatMap((chart: any) => {
          const outer = chart.getBoundingClientRect();
          return [...chart.querySelectorAll('text')].map((text: any) => {
            const { left, right, bottom, height } = text.getBoundingClientRect();
            return { height, isInside: left >= outer.left && right <= outer.right && bottom <= outer.bottom + 1 };
          });
        });
        return [document.documentElement.scrollWidth - innerWidth, boxes, charts.length] as const;
      });
      expect(wide).toBe(0);
      expect(charts).toBe(3);
      expect(texts.filter(({ isInside }) => !isInside)).toEqual([]);
      // 11 px as drawn.
      expect(Math.min(...texts.map(({ height }) => height))).toBeGreaterThan(9);
    }
    expect(problems).toEqual([]);
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
