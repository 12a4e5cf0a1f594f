// Hostile programs in the playground: none keeps the page from answering for more than a second, none becomes markup.

import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CDPSession, Page } from 'playwright-core';
import { inBrowser, missing } from '../support/browser.ts';
import { openPage, servePlayground } from './playground-page.ts';
import type { Served } from './playground-page.ts';

const times = (count: number, text: string | ((at: number) => string)): string =>
  Array.from({ length: count }, (_, at) => (typeof text === 'string' ? text : text(at))).join('');

/** Blocks each of which calls the one before twice: 2^40 steps. */
const doubling = `block b0 { relu }
${times(40, (at) => `block b${at + 1} { b${at} -> b${at} }\n`)}network Bomb { input x: [1, 8, 8]\n b40 }`;

const programs: readonly (readonly [name: string, text: string])[] = [
  ['loops in loops', `network Bomb { input x: [1, 8, 8]\n${times(9, 'repeat 1000 { ')}relu${times(9, '}')} }`],
  ['blocks that double', doubling],
  ['as many steps as there may be', `network Long { input x: [1, 8, 8]\n repeat 99000 { relu } }`],
  ['steps that are written one by one', `network Long { input x: [1, 8, 8]\n${times(12_000, '  relu -> tanh\n')}}`],
  [
    'thousands of paths',
    `network Wide { input x: [1, 8, 8]\n parallel concat {\n${times(3000, '  path conv(1, kernel: 1)\n')}} }`,
  ],
  [
    'a thousand paths in a thousand blocks',
    `block b { parallel add { ${times(30, 'path relu\n')} } }\nnetwork N { input x: [1, 8, 8]\n${times(60, ' b\n')} }`,
  ],
  [
    'lines past all others',
    `network N { input x: [1, 8, 8]\n a = conv(1, kernel: 1)\n${times(900, '  conv(1, kernel: 1) -> add(a)\n')} }`,
  ],
  ['brackets', times(100_000, '[(')],
  ['names', `network N { input ${'x'.repeat(100_000)}: [1, 8, 8]\n ${'y'.repeat(200_000)} }`],
  ['mistakes', `network N { input x: [1, 8, 8]\n${times(5000, '  conv(\n')}`],
  ['a million letters in many lines', `network N { input x: [1, 8, 8]\n${times(69_000, '  relu -> relu\n')}}`],
  ['a million letters in one line', `network N { input x: [1, 8, 8] ${times(149_000, '-> relu')} }`],
];

interface Freeze {
  /** Milliseconds of the longest time in which the page did nothing else. */
  readonly pause: number;
  /** Milliseconds for which its thread computed, in all. */
  readonly computed: number;
}

describe.skipIf(missing)(inBrowser('hostile programs in Chromium'), () => {
  let served: Served;
  let page: Page;
  let problems: readonly string[] = [];
  let session: CDPSession;
  beforeAll(async () => {
    served = await servePlayground();
    ({ page, problems } = await openPage(served.browser, served.url));
    session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await page.evaluate(() => {
      const pauses = { last: performance.now(), most: 0 };
      (globalThis as any).pauses = pauses;
      setInterval(() => {
        const now = performance.now();
        const own = (globalThis as any).pauses;
        own.most = Math.max(own.most, now - own.last);
        own.last = now;
      }, 20);
    });
  });
  afterAll(() => served?.close());

  let computedBefore = 0;
  /** Since it was last asked. */
  async function frozen(): Promise<Freeze> {
    const pause = await page.evaluate(() => {
      const { pauses } = globalThis as any;
      (globalThis as any).pauses = { last: pauses.last, most: 0 };
      return Math.max(pauses.most, performance.now() - pauses.last);
    });
    const { metrics } = await session.send('Performance.getMetrics');
    const total = 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value;
    const computed = total - computedBefore;
    computedBefore = total;
    return { pause, computed };
  }

  /** A busy machine makes a page wait, too: it was frozen for as long as it waited and computed. */
  async function expectNoFreeze(name: string): Promise<void> {
    const { pause, computed } = await frozen();
    console.log(`playground: ${name}: a pause of ${Math.round(pause)} ms; it computed for ${Math.round(computed)} ms`);
    expect(Math.min(pause, computed)).toBeLessThan(1000);
  }

  /** Pasted at once: typing five million letters would take the test's time, not the page's. */
  const paste = (text: string): Promise<void> =>
    page.locator('.cm-content').evaluate((content: any, pasted: string) => {
      content.focus();
      const { document, ClipboardEvent, DataTransfer } = globalThis as any;
      document.execCommand('selectAll');
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', pasted);
      content.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, text);

  test.each(programs)('%s', async (name, text) => {
    await frozen();
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+a');
    await paste(text);
    // Every pause ends in an answer: the summary is that of this text.
    await page.waitForFunction(
      (length) => Number((globalThis as any).document.querySelector('#problems').dataset.length) === length,
      text.length,
      { timeout: 20_000 },
    );
    await page.getByRole('tab', { name: 'Table' }).click();
    await page.getByRole('tab', { name: 'Drawing' }).click();
    await page.waitForTimeout(100);
    await expectNoFreeze(name);
    expect(problems).toEqual([]);
  });

  test.each([
    ['in many lines', `network N { input x: [1, 8, 8]\n${times(350_000, '  relu -> relu\n')}}`],
    ['in one line', `network N { input x: [1, 8, 8] ${times(700_000, '-> relu')} }`],
    ['of spaces', ' '.repeat(5_000_000)],
  ])('5 MB %s are refused', async (kind, text) => {
    await frozen();
    await page.locator('#status').evaluate((status: any) => status.replaceChildren());
    await paste(text);
    await page.locator('#status', { hasText: 'at most 1,048,576 characters' }).waitFor();
    await page.waitForTimeout(100);
    await expectNoFreeze(`5 MB ${kind}`);
  });

  test('then it still works', async () => {
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+a');
    await paste('network Fine { input x: [3, 8, 8]\n conv(5, kernel: 3) }');
    await page.locator('#panel-drawing .drawing', { hasText: '5×6×6' }).waitFor();
  });

  test('text stays text', async () => {
    const markup = `"></script><img src=x onerror="document.title='taken'"><svg onload="document.title='taken'">`;
    const labels = JSON.stringify([markup, markup]);
    const text = `/// ${markup}\nnetwork Fine {\n  input x: [3, 8, 8]\n  conv(5, kernel: 3)\n  flatten\n  scores = dense(2)\n  output scores { labels: ${labels} }\n}\n// ${markup}\nnetwork ${markup} {}`;
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+a');
    await paste(text);
    await page.locator('#problems li').first().waitFor();
    await page.keyboard.press('Control+a');
    await paste(text.slice(0, text.lastIndexOf('network')));
    await page.locator('#problems .summary', { hasText: /^No problems|warning/ }).waitFor();
    for (const name of ['Table', 'Explain', 'Memory', 'Code']) {
      await page.getByRole('tab', { name, exact: true }).click();
      await page.locator('[role=tabpanel]:visible :is(svg, table, pre, h2)').first().waitFor();
    }
    expect(await page.locator('img[src], script:not([type]):not([src])').count()).toBe(0);
    expect(await page.title()).toBe('cnnc playground');
    expect(problems).toEqual([]);
  });

  test.each([
    ['more than a link may have', `#p=${'A'.repeat(1_100_000)}`],
    ['a compressed gigabyte', `#p=${deflateRawSync(Buffer.alloc(200_000_000)).toString('base64url')}`],
  ])('a link with %s', async (_, fragment) => {
    const opened = await openPage(served.browser, served.url);
    await opened.page.evaluate((hash) => void ((globalThis as any).location.hash = hash), fragment);
    await opened.page.locator('#status', { hasText: /too long|larger than 1 MiB/ }).waitFor();
    await opened.page.context().close();
  });
});
