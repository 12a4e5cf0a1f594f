// The preview of the extension for VS Code in Chromium, with the page's own security policy: what the server draws is shown, boxes are
// marked, clicks and keys are told.

import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FromPreview, ToPreview } from '../../editors/vscode/src/messages.ts';
import { previewPage } from '../../editors/vscode/src/page.ts';
import { drawing } from '../../src/ide/drawing.ts';
import { analyse } from '../../src/ide/analysis.ts';
import { darkColors, drawingStyle, lightColors } from '../../src/report/svg/style.ts';
import { inBrowser, launch, missing } from '../support/browser.ts';

const text = `block unit(channels: int) {
  conv(channels, kernel: 3, padding: 1) -> batch_norm -> relu
  conv(channels, kernel: 3, padding: 1)
}

network Small {
  input image: [1, 28, 28]
  unit(8)
  flatten -> dense(10)
}
`;

/** The page's window, as far as it is used here. */
interface PageWindow {
  /** What the page told the editor. */
  told: FromPreview[];
  acquireVsCodeApi(): { postMessage(message: FromPreview): void };
  dispatchEvent(event: MessageEvent): boolean;
}

describe.skipIf(missing)(inBrowser('the preview'), () => {
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];
  beforeAll(async () => {
    const input = fileURLToPath(new URL('../../editors/vscode/webview/preview.ts', import.meta.url));
    const bundle = await rolldown({ input, platform: 'browser' });
    const { output } = await bundle.generate({ format: 'iife', codeSplitting: false });
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 500, height: 700 } });
    page.on('console', (message) => faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    await page.addInitScript(() => {
      const view = globalThis as unknown as PageWindow;
      view.told = [];
      view.acquireVsCodeApi = () => ({ postMessage: (message) => void view.told.push(message) });
    });
    await page.route('http://preview.test/', (route) =>
      route.fulfill({ contentType: 'text/html', body: previewPage('abc', output[0].code) }),
    );
    await page.goto('http://preview.test/');
    await send({ kind: 'drawing', ...drawn() });
  });
  afterAll(() => browser.close());
  const send = (message: ToPreview): Promise<void> =>
    page.evaluate((data) => {
      (globalThis as unknown as PageWindow).dispatchEvent(new MessageEvent('message', { data }));
    }, message);
  const told = (): Promise<readonly FromPreview[]> =>
    page.evaluate(() => (globalThis as unknown as PageWindow).told.splice(0));

  function drawn() {
    const { networks, seen } = analyse({ path: 'net.cnn', text });
    const { svg } = drawing(networks[0]!, seen[0], new Set());
    return { svg, style: { light: lightColors, dark: darkColors, rules: drawingStyle } };
  }

  test('says that it is ready, and shows the drawing', async () => {
    expect(await told()).toEqual([{ kind: 'ready' }]);
    expect(await page.locator('svg [data-id]').count()).toBe(7);
    // The style sheet applies: without it, names are as large as text.
    const name = await page.locator('[data-id="dense1"] .name').boundingBox();
    expect(name!.height).toBeLessThan(18);
  });
  test('marks the boxes of the caret', async () => {
    await send({ kind: 'mark', ids: ['unit1.conv1', 'unit1.conv2'] });
    expect(await page.locator('svg .marked').count()).toBe(2);
    await send({ kind: 'mark', ids: ['dense1'] });
    expect(await page.locator('svg .marked').getAttribute('data-id')).toBe('dense1');
  });
  test('tells which box is clicked, and which block opened', async () => {
    await page.locator('[data-id="dense1"]').click();
    expect(await told()).toEqual([{ kind: 'reveal', id: 'dense1' }]);
    await page.locator('[data-id="block unit1"]').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press(' ');
    expect(await told()).toEqual([
      { kind: 'toggle', id: 'block unit1' },
      { kind: 'reveal', id: 'block unit1' },
    ]);
  });
  test('keeps what it showed when there is nothing new, and says why', async () => {
    await send({ kind: 'refused', sentence: '<b>no</b> network' });
    expect(await page.locator('#refused').textContent()).toBe('<b>no</b> network');
    expect(await page.locator('svg').isVisible()).toBe(true);
    await send({ kind: 'drawing', ...drawn() });
    expect(await page.locator('#refused').isVisible()).toBe(false);
  });
  test('shows a report as text', async () => {
    await send({ kind: 'text', text: 'layer <script>alert(1)</script>' });
    expect(await page.locator('pre').textContent()).toBe('layer <script>alert(1)</script>');
  });
  test('runs no script that comes in a drawing', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg"><script>window.told.push(1)</script><image href="http://x.test/" onerror="window.told.push(2)"/><rect onclick="window.told.push(3)" data-id="a" width="9" height="9"/></svg>';
    await send({ kind: 'drawing', svg, style: { light: '', dark: '', rules: '' } });
    await page.locator('rect').click();
    expect(await told()).toEqual([{ kind: 'reveal', id: 'a' }]);
    expect(faults.filter((fault) => !/Content Security Policy/.test(fault))).toEqual([]);
  });
});
