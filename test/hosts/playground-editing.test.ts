// What the editor of the playground does by key, in Chromium: signatures, definitions, folding, formatting; and that nothing moves
// under the eyes of somebody who writes.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { inBrowser, missing } from '../support/browser.ts';
import { openPage, servePlayground, setText, textOf } from './playground-page.ts';
import type { Served } from './playground-page.ts';

const small = `network Small {
  input image: [1, 28, 28]
  conv(6, kernel: 5) -> relu
  max_pool(2)
  flatten
  scores = dense(10)
  output scores
}
`;
/** With too much white space in the third and the fourth line. */
const loose = small.replace('conv(6, kernel: 5)', 'conv( 6,kernel:5 )').replace('  max_pool(2)', '      max_pool( 2 )');

/** The layout shifts that no key and no pointer asked for in the 500 ms before them, and their sum, which is at least the CLS. */
async function watchShifts(page: Page): Promise<() => Promise<{ readonly sum: number; readonly moved: string[] }>> {
  await page.evaluate(() => {
    const { PerformanceObserver, shifts = { sum: 0, moved: [] } } = globalThis as any;
    (globalThis as any).shifts = shifts;
    new PerformanceObserver((list: any) => {
      for (const { hadRecentInput, value, sources } of list.getEntries()) {
        if (hadRecentInput) continue;
        shifts.sum += value;
        for (const { node } of sources)
          shifts.moved.push(`${node?.nodeName} ${node?.id ?? ''} ${node?.className ?? ''}`);
      }
    }).observe({ type: 'layout-shift' });
  });
  return () => page.evaluate(() => (globalThis as any).shifts);
}

describe.skipIf(missing)(inBrowser('the editor of the playground'), () => {
  let served: Served;
  beforeAll(async () => {
    served = await servePlayground();
  });
  afterAll(() => served?.close());

  const opened = async (text: string, width = 1280): Promise<Page> => {
    const { page } = await openPage(served.browser, served.url, { viewport: { width, height: 800 } });
    await setText(page, text);
    return page;
  };
  /** By keys: what is shown above a line comes while a pointer is on its way. The first line is 1. */
  const toLine = async (page: Page, line: number): Promise<void> => {
    await page.keyboard.press('Control+Home');
    for (let above = 1; above < line; above += 1) await page.keyboard.press('ArrowDown');
  };
  const said = (page: Page, sentence: string): Promise<void> =>
    page.locator('#status', { hasText: sentence }).waitFor();

  test('a call says what it takes, in one tooltip that stays where it is', async () => {
    const page = await opened(small.replace('  max_pool(2)\n', '  \n'));
    await toLine(page, 4);
    await page.keyboard.press('End');
    await page.keyboard.type('max_pool(');
    const tooltip = page.locator('.cm-tooltip.signature');
    await tooltip.locator('.call', { hasText: 'max_pool(' }).waitFor();
    const first = await tooltip.elementHandle();
    const before = await tooltip.boundingBox();
    await page.keyboard.type('2, stride: ', { delay: 30 });
    await tooltip.locator('b', { hasText: 'stride' }).waitFor();
    expect(await tooltip.evaluate((now: any, then: any) => now === then, first)).toBe(true);
    const { x, y, height } = (await tooltip.boundingBox())!;
    expect([x, y + height]).toEqual([before!.x, before!.y + before!.height]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Home');
    await tooltip.waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('a fix of a text that is another by now changes nothing', async () => {
    const page = await opened(small.replace('relu', 'rellu'));
    const fix = page.locator('#problems .fix').first();
    await fix.waitFor();
    // In one go, as between a key and the next look at the text.
    await fix.evaluate((button: any) => {
      const { document, ClipboardEvent, DataTransfer } = globalThis as any;
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'x');
      const content = document.querySelector('.cm-content');
      content.focus();
      document.execCommand('selectAll');
      content.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      button.click();
    });
    await said(page, 'The text has changed since');
    expect(await textOf(page)).toBe('x');
    await page.context().close();
  });

  test('the drawing is not enlarged while a sentence stands in its place', async () => {
    const { page, problems } = await openPage(served.browser, served.url);
    await setText(page, small);
    await page.getByRole('button', { name: 'Compiled' }).click();
    const drawing = page.locator('#panel-drawing .pane svg');
    await drawing.filter({ hasText: 'max_pool 2×2' }).waitFor();
    // As on a slow machine.
    await page.evaluate(() => {
      const { prototype } = (globalThis as any).Worker;
      const { postMessage } = prototype;
      prototype.postMessage = function (...given: unknown[]) {
        setTimeout(() => void postMessage.apply(this, given), 1500);
      };
    });
    await setText(page, small.replace('max_pool', 'avg_pool'));
    const note = page.locator('#panel-drawing .pane', { hasText: 'Compiling' });
    await note.waitFor();
    const drawn = await note.evaluate((pane: any) => {
      for (const button of pane.parentElement.querySelectorAll('.tools button:not([aria-pressed])')) button.click();
      return pane.querySelectorAll('svg').length;
    });
    expect(drawn).toBe(0);
    await drawing.filter({ hasText: 'avg_pool 2×2' }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('a page that may not use the clipboard, and gets no examples, says so', async () => {
    const { page, problems } = await openPage(served.browser, served.url);
    // As on a page that is not secure.
    await page.evaluate(
      () => void Object.defineProperty((globalThis as any).navigator, 'clipboard', { value: undefined }),
    );
    await page.route('**/examples.json', (route) => route.abort());
    await page.getByRole('tab', { name: 'Code' }).click();
    await page.locator('#panel-code pre', { hasText: 'export' }).waitFor();
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await said(page, 'does not let this page write to the clipboard');
    await page.getByRole('button', { name: 'Examples' }).click();
    await said(page, 'The examples could not be loaded.');
    expect(problems.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
    await page.context().close();
  });

  test('F12 goes to the definition, and says where there is none', async () => {
    const page = await opened(small);
    await toLine(page, 7);
    await page.keyboard.press('End');
    await page.keyboard.press('F12');
    await page.locator('.cm-activeLine', { hasText: 'scores = dense(10)' }).waitFor();
    await page.keyboard.insertText('logits');
    expect(await textOf(page)).toBe(small.replace('scores = ', 'logits = '));
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('F12');
    await said(page, 'Nothing in this text defines what stands here.');
    await page.context().close();
  });

  test('a network folds and unfolds, by key and in the gutter', async () => {
    const page = await opened(small);
    await page.locator('.cm-foldGutter', { hasText: '▾' }).waitFor();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('Control+Shift+BracketLeft');
    await page.locator('.cm-foldPlaceholder').waitFor();
    expect(await textOf(page)).toBe('network Small {…\n}\n');
    await page.keyboard.press('Control+Shift+BracketRight');
    expect(await textOf(page)).toBe(small);
    await page.locator('.cm-foldGutter span', { hasText: '▾' }).first().click();
    expect(await textOf(page)).toBe('network Small {…\n}\n');
    await page.context().close();
  });

  test('Shift-Alt-F formats the text, in one step of undo', async () => {
    const page = await opened(loose);
    await page.keyboard.press('Shift+Alt+F');
    await said(page, 'Formatted.');
    expect(await textOf(page)).toBe(small);
    await page.keyboard.press('Shift+Alt+F');
    await said(page, 'The text already has its usual form.');
    await page.keyboard.press('Control+z');
    expect(await textOf(page)).toBe(loose);
    await page.context().close();
  });

  test('Shift-Alt-F formats only what is selected', async () => {
    const page = await opened(loose);
    await toLine(page, 3);
    await page.keyboard.press('Shift+End');
    await page.keyboard.press('Shift+Alt+F');
    await said(page, 'Formatted.');
    const after = await textOf(page);
    expect(after).toContain('\n  conv(6, kernel: 5) -> relu\n');
    expect(after).toContain('max_pool( 2 )');
    await page.keyboard.press('Shift+Alt+F');
    await said(page, 'The selection already has its usual form.');
    // The button formats all.
    await page.getByRole('button', { name: 'Format' }).click();
    await expect.poll(() => textOf(page)).toBe(small);
    await page.context().close();
  });

  test.each([1280, 400])('mistakes that show once the keys rest move nothing, at %i pixels', async (width) => {
    const page = await opened(small, width);
    await page.locator('#panel-drawing .drawing', { hasText: 'max_pool1' }).waitFor();
    await toLine(page, 5);
    await page.keyboard.press('End');
    await page.waitForTimeout(600);
    const shifts = await watchShifts(page);
    const heights = () =>
      page.evaluate(() =>
        ['editor', 'panels'].map(
          (id) => (globalThis as any).document.getElementById(id).getBoundingClientRect().height,
        ),
      );
    const before = await heights();
    await page.keyboard.type('\nmaxpool(2)\nconvv(3)\nrelux\nconv(3, kernl: 3)', { delay: 20 });
    await page.locator('#problems li.error').first().waitFor();
    await page.locator('#stale').waitFor();
    await page.waitForTimeout(300);
    const { sum, moved } = await shifts();
    expect(moved).toEqual([]);
    expect(sum).toBeLessThan(0.02);
    expect(await heights()).toEqual(before);
    // The list does not hide the caret either.
    await page.locator('#problems .listed').waitFor();
    const below = async (): Promise<number> => {
      // A list that is drawn anew meanwhile has no place.
      const [caret, list] = await Promise.all([
        page.locator('.cm-activeLine').boundingBox(),
        page.locator('#problems .listed').boundingBox(),
      ]);
      return caret && list ? caret.y + caret.height - list.y : NaN;
    };
    await expect.poll(below).toBeLessThanOrEqual(1);
    await page.context().close();
  });
});
