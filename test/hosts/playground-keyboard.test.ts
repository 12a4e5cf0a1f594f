// The playground by keyboard alone, at a zoom of 200 %: every stop of Tab is in sight and shows that it has the focus, which is never
// lost (WCAG 2.2, 2.1.1, 2.4.7 and 2.4.11).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { inBrowser, missing } from '../support/browser.ts';
import { openPage, servePlayground } from './playground-page.ts';
import type { Served } from './playground-page.ts';

const zoomed = { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 };

/** What has the focus, and what is wrong with how that shows; undefined where nothing has it. */
function focused(page: Page): Promise<{ readonly name: string; readonly fault: string } | undefined> {
  return page.evaluate(() => {
    const { document, innerWidth, innerHeight, getComputedStyle } = globalThis as any;
    const element = document.activeElement;
    if (!element || element === document.body) return undefined;
    const name = `${element.tagName} ${(element.getAttribute('aria-label') ?? element.textContent).slice(0, 30)}`;
    const { left, top, right, bottom } = element.getBoundingClientRect();
    if (right <= 0 || bottom <= 0 || left >= innerWidth || top >= innerHeight) return { name, fault: 'out of sight' };
    // What shows the focus may be a part of the element, or what it lies in.
    const styles = [element, element.parentElement, element.closest('#editor')]
      .filter((one) => one)
      .flatMap((one) => [getComputedStyle(one), getComputedStyle(one, '::before')]);
    const shows = styles.some(
      ({ outlineStyle, outlineWidth, boxShadow, backgroundColor }, at) =>
        (outlineStyle !== 'none' && outlineWidth !== '0px') ||
        boxShadow !== 'none' ||
        (at === 1 && element.id === 'divider' && backgroundColor !== 'rgba(0, 0, 0, 0)'),
    );
    // A step of the drawing has a thicker line.
    const face = element.querySelector('.face, .bar');
    const isThick = element.matches('.box') && Number.parseFloat(getComputedStyle(face).strokeWidth) >= 3;
    return { name, fault: shows || isThick ? '' : 'does not show its focus' };
  });
}

/** Until the page has had the same height for half a second: what comes late moves what has the focus. */
const rested = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => {
    const seen = globalThis as { document?: any; height?: number; since?: number };
    let height = 0;
    for (const { scrollHeight } of seen.document.querySelectorAll('*')) height += scrollHeight;
    if (height !== seen.height) Object.assign(seen, { height, since: performance.now() });
    return performance.now() - seen.since! > 500;
  });

describe.skipIf(missing)(inBrowser('the playground by keyboard, at 200 %'), () => {
  let served: Served;
  beforeAll(async () => {
    served = await servePlayground();
  });
  afterAll(() => served?.close());

  test('every stop of Tab is in sight and shows itself, in each tab', async () => {
    const { page } = await openPage(served.browser, served.url, zoomed);
    const faults: string[] = [];
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click();
      await page.locator('[role=tabpanel]:visible > *').first().waitFor();
      await page.locator('[role=tabpanel]:visible:not(:has([aria-busy]))').waitFor();
      await rested(page);
      await tab.focus();
      for (let stop = 0; stop < 12; stop += 1) {
        await page.keyboard.press('Tab');
        const found = await focused(page);
        if (!found) break;
        if (found.fault !== '') faults.push(`${await tab.textContent()}: ${found.name} ${found.fault}`);
      }
    }
    expect(faults).toEqual([]);
    await page.context().close();
  });

  // WAI-ARIA Authoring Practices, window splitter.
  test('the divider is moved by keys, says where it stands, and stays there', async () => {
    const { page } = await openPage(served.browser, served.url, { viewport: { width: 1200, height: 700 } });
    const divider = page.getByRole('separator', { name: 'Width of the program' });
    const stands = async (): Promise<readonly [number, number]> => {
      const [value, share] = await divider.evaluate((element: any) => {
        const { left, width } = element.parentElement.getBoundingClientRect();
        const own = element.getBoundingClientRect();
        return [element.getAttribute('aria-valuenow'), (100 * (own.left + own.width / 2 - left)) / width];
      });
      return [Number(value), Math.round(share!)];
    };
    const [first] = await stands();
    await divider.focus();
    const after = async (key: string): Promise<readonly [number, number]> => {
      await page.keyboard.press(key);
      return stands();
    };
    for (const [key, value] of [
      ['ArrowRight', first + 2],
      ['ArrowLeft', first],
      ['ArrowLeft', first - 2],
      ['ArrowUp', first - 2],
      ['Home', 20],
      ['ArrowLeft', 20],
      ['End', 80],
      ['ArrowRight', 80],
    ] as const) {
      const [said, seen] = await after(key);
      expect([key, said]).toEqual([key, value]);
      expect(Math.abs(seen - value), key).toBeLessThanOrEqual(1);
    }
    expect(await divider.getAttribute('aria-valuemin')).toBe('20');
    expect(await divider.getAttribute('aria-valuemax')).toBe('80');
    expect(await divider.getAttribute('aria-orientation')).toBe('vertical');
    expect(await divider.getAttribute('aria-controls')).toBe('text');
    await page.reload();
    await divider.waitFor();
    await expect.poll(async () => (await stands())[0]).toBe(80);
    await page.context().close();
  });

  test('the tour and the dialogs are opened and left by keys, and give the focus back', async () => {
    const { page } = await openPage(served.browser, served.url, zoomed);
    const active = (): Promise<string> => page.evaluate(() => (globalThis as any).document.activeElement.id);
    await page.locator('#open-tour').focus();
    await page.keyboard.press('Enter');
    await page.locator('#tour h2:focus').waitFor();
    // The chooser is as wide as its longest title.
    const choice = page.getByRole('combobox', { name: 'Step of the tour' });
    const [wanted, had] = await choice.evaluate((select: any) => {
      const copy = select.cloneNode(true);
      copy.style.cssText = 'position: absolute; max-width: none';
      select.parentElement.append(copy);
      const widths = [copy.offsetWidth, select.offsetWidth];
      copy.remove();
      return widths;
    });
    expect(had).toBeGreaterThanOrEqual(wanted!);
    for (let step = 0; step < 9; step += 1) {
      await page.getByRole('button', { name: 'Next' }).focus();
      await page.keyboard.press('Enter');
      await page.locator('#tour h2:focus').waitFor();
    }
    expect(await choice.inputValue()).toBe('9');
    await page.getByRole('button', { name: 'Close' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(active).toBe('open-tour');
    for (const [id, dialog] of [
      ['open-examples', 'examples'],
      ['open-help', 'help'],
    ] as const) {
      await page.locator(`#${id}`).focus();
      await page.keyboard.press('Enter');
      await page.locator(`#${dialog}[open]`).waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(active).toBe(id);
    }
    await page.context().close();
  });
});
