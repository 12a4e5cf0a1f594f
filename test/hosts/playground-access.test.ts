// axe-core (Deque) finds nothing in the playground: light and dark, wide and narrow, in each of its tabs and dialogs.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { inBrowser, missing } from '../support/browser.ts';
import { openPage, servePlayground, setText } from './playground-page.ts';
import type { Served } from './playground-page.ts';

const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** `rule: element` of everything that axe finds. */
async function violations(page: Page): Promise<readonly string[]> {
  // Once for each page: it is long.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  return page.evaluate(async () => {
    // What passes is not described, and nobody asks for selectors.
    const found = await (globalThis as any).axe.run({ resultTypes: ['violations'], selectors: false });
    return found.violations.flatMap(({ id, nodes }: any) =>
      nodes.map(({ html }: any) => `${id}: ${html.slice(0, 160)}`),
    );
  });
}

const broken = 'network Broken {\n  input x: [1, 8, 8]\n  conv(4, kernel: 5) : [4, 8, 8]\n  maxpool(2)\n}\n';

describe.skipIf(missing)(inBrowser('the playground is accessible'), () => {
  let served: Served;
  beforeAll(async () => {
    served = await servePlayground();
  });
  afterAll(() => served?.close());

  test.each([
    ['light', 1280],
    ['light', 400],
    ['dark', 1280],
    ['dark', 400],
  ] as const)('%s, %i px', async (colorScheme, width) => {
    const { page } = await openPage(served.browser, served.url, { colorScheme, viewport: { width, height: 800 } });
    const found: string[] = [];
    const look = async (where: string): Promise<void> => {
      await page.waitForTimeout(200);
      found.push(...(await violations(page)).map((one) => `${where}: ${one}`));
      const wide = await page.evaluate(() => (globalThis as any).document.documentElement.scrollWidth);
      if (wide > width) found.push(`${where}: the page is ${wide} px wide`);
    };
    await page.locator('#panel-drawing .drawing').waitFor();
    await page.locator('.box', { hasText: 'conv1' }).click();
    await look('drawing');
    const tabs = await page.getByRole('tab').all();
    expect(tabs.length).toBeGreaterThan(4);
    for (const tab of tabs.slice(1)) {
      await tab.click();
      await page.locator('[role=tabpanel]:visible > *').first().waitFor();
      await page.locator('[role=tabpanel]:visible:not(:has([aria-busy]))').waitFor();
      await look((await tab.textContent())!);
    }
    await page.getByRole('button', { name: 'Examples' }).click();
    await page.locator('.card').first().waitFor();
    await look('examples');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Keyboard and help' }).click();
    await look('help');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Tour' }).click();
    await page.locator('#tour h2').waitFor();
    await look('tour');
    await setText(page, broken);
    await page.locator('#problems li').first().waitFor();
    await look('problems');
    expect(found).toEqual([]);
    await page.context().close();
  });
});
