// The playground in Chromium, as someone uses it: writing, mending, completing, renaming, links, drafts.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { inBrowser, missing } from '../support/browser.ts';
import { filesIn, openPage, servePlayground, setText, textOf } from './playground-page.ts';
import type { Opened, Served } from './playground-page.ts';

const small = `network Small {
  input image: [1, 28, 28]
  conv(6, kernel: 5) -> relu
  max_pool(2)
  flatten
  scores = dense(10)
  output scores
}
`;

describe.skipIf(missing)(inBrowser('the playground in Chromium'), () => {
  let served: Served;
  beforeAll(async () => {
    served = await servePlayground();
  });
  afterAll(() => served?.close());

  const open = (fragment = ''): Promise<Opened> => openPage(served.browser, `${served.url}${fragment}`);
  const drawn = (page: Page, text: string): Promise<void> =>
    page.locator('#panel-drawing .drawing', { hasText: text }).waitFor();

  test('its scripts are at most 900 KB gzipped', () => {
    const scripts = [...filesIn(served.folder)].filter(([name]) => name.endsWith('.js'));
    const bytes = scripts.reduce((sum, [, data]) => sum + gzipSync(data).length, 0);
    console.log(`playground: ${Math.round(bytes / 1000)} kB of JavaScript, gzipped`);
    expect(scripts.length).toBeGreaterThan(4);
    expect(bytes).toBeLessThan(900_000);
  });

  test('opens with a drawing', async () => {
    const started = performance.now();
    const { page, problems } = await open();
    await drawn(page, 'conv2');
    const time = performance.now() - started;
    console.log(`playground: first drawing after ${Math.round(time)} ms, a new profile of the browser included`);
    expect(time).toBeLessThan(15_000);
    expect(await page.locator('#problems .summary').textContent()).toBe('No problems');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('opened from a folder, where no script starts, it says what is missing', async () => {
    const page = await served.browser.newPage();
    await page.goto(pathToFileURL(join(served.folder, 'index.html')).href);
    const notice = page.locator('#unstarted');
    await notice.evaluate((element: any) => element.getAnimations()[0].finish());
    expect(await notice.evaluate((element: any) => `${element.computedStyleMap().get('opacity')}`)).toBe('1');
    expect(await notice.innerText()).toContain('cnnc play serves it');
    await page.goto(served.url);
    await page.locator('.cm-content').waitFor();
    expect(await notice.count()).toBe(0);
    await page.close();
  });

  test('typing shows shapes and the drawing', async () => {
    const { page, problems } = await open();
    await setText(page, '');
    await page.keyboard.type('network Tiny {\ninput x: [3, 10, 12]\nconv(8, kernel: 3)', { delay: 5 });
    await page.keyboard.press('Escape');
    // 10 − 3 + 1 and 12 − 3 + 1, with 8 channels (D2L 7.2).
    await page.locator('.cm-hint', { hasText: '[8, 8, 10]' }).waitFor();
    await drawn(page, '8×8×10');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('long lines go on below, with their shapes in view', async () => {
    const { page } = await openPage(served.browser, served.url, { viewport: { width: 400, height: 800 } });
    await setText(
      page,
      `network Long {\n  input x: [3, 10, 12]\n  edges = conv(1, kernel: 1x2, bias: false)${' -> relu'.repeat(9)}\n}\n`,
    );
    const hint = page.locator('.cm-hint', { hasText: '[1, 10, 11]' });
    await hint.waitFor();
    const [{ x, width }, sideways] = await Promise.all([
      hint.boundingBox().then((box) => box!),
      page.locator('.cm-scroller').evaluate((one: any) => one.scrollWidth - one.clientWidth),
    ]);
    expect(x + width).toBeLessThanOrEqual(400);
    expect(sideways).toBeLessThanOrEqual(0);
    await page.context().close();
  });

  test('pointing at a step does not move the drawing', async () => {
    const { page } = await open();
    await drawn(page, 'conv2');
    const pane = page.locator('#panel-drawing .pane');
    const before = await pane.boundingBox();
    await page.locator('#panel-drawing [data-id="conv2"]').hover();
    await page.locator('#details h2', { hasText: 'conv2' }).waitFor();
    expect(await pane.boundingBox()).toEqual(before);
    await page.context().close();
  });

  test('an error has its place and a fix, which one press applies; undo takes it back', async () => {
    const { page } = await open();
    await setText(page, small.replace('max_pool(2)', 'maxpool(2)'));
    await page.locator('#problems li.error').waitFor();
    expect(await page.locator('#problems .line').first().textContent()).toBe('4');
    await page.locator('#problems .fix').first().click();
    await drawn(page, 'max_pool1');
    expect(await textOf(page)).toBe(small);
    await page.keyboard.press('Control+z');
    expect(await textOf(page)).toContain('maxpool(2)');
    await page.context().close();
  });

  test('completion by Ctrl-Space', async () => {
    const { page } = await open();
    await setText(page, small.replace('  flatten\n', '  flat\n'));
    await page.locator('.cm-line', { hasText: 'flat' }).click();
    await page.keyboard.press('End');
    await page.keyboard.press('Control+Space');
    const first = page.locator('.cm-tooltip-autocomplete li').first();
    await first.filter({ hasText: 'flatten' }).waitFor();
    await page.waitForTimeout(150);
    await page.keyboard.press('Enter');
    expect(await textOf(page)).toContain('  flatten\n  scores');
    await page.context().close();
  });

  test('hovering says the arithmetic', async () => {
    const { page } = await open();
    await setText(page, small);
    await drawn(page, 'max_pool1');
    await page
      .locator('.cm-line span', { hasText: /^conv$/ })
      .first()
      .hover();
    await page.locator('.cm-about', { hasText: '28 + 2·0 − 5 + 1 = 24' }).waitFor();
    await page.context().close();
  });

  test('F2 renames, and says why not', async () => {
    const { page } = await open();
    await setText(page, small);
    await drawn(page, 'scores');
    await page.locator('.cm-line', { hasText: 'output scores' }).click();
    await page.keyboard.press('End');
    await page.keyboard.press('F2');
    const input = page.getByLabel('New name');
    await input.fill('image');
    await input.press('Enter');
    await page.locator('.refusal', { hasText: 'image' }).waitFor();
    await input.fill('logits');
    await input.press('Enter');
    await drawn(page, 'logits');
    expect(await textOf(page)).toBe(small.replaceAll('scores', 'logits'));
    await page.context().close();
  });

  test('a box of the drawing leads to its line, and the caret to its box', async () => {
    const { page } = await open();
    await setText(page, small);
    await drawn(page, 'max_pool1');
    await page.locator('.box', { hasText: 'max_pool1' }).click();
    await page.locator('.cm-activeLine', { hasText: 'max_pool(2)' }).waitFor();
    await page.locator('.cm-line', { hasText: 'scores = dense' }).click();
    await page.locator('.box.chosen', { hasText: 'scores' }).waitFor();
    expect(await page.locator('#details h2').textContent()).toBe('scores');
    await page.context().close();
  });

  test('a link is a program', async () => {
    const { page } = await open();
    await setText(page, `// grüße – 卷积\n${small}`);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.waitForFunction(() => (globalThis as any).location.hash.startsWith('#p='));
    const { hash } = new URL(page.url());
    const other = await open(hash);
    expect(await textOf(other.page)).toBe(`// grüße – 卷积\n${small}`);
    await drawn(other.page, 'max_pool1');
    await page.context().close();
    await other.page.context().close();
  });

  test.each([
    ['cut off', '#p=q1YqSa0o'],
    ['no base64url', '#p=%3Cscript%3E'],
    ['another thing', '#p=S0ktLgEA'],
  ])('a damaged link says so: %s', async (_, fragment) => {
    const { page, problems } = await open(fragment);
    await page.locator('#status', { hasText: 'damaged' }).waitFor();
    await drawn(page, 'conv1');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('what is written is kept, and two pages keep two texts', async () => {
    const { page } = await open();
    await setText(page, small);
    await drawn(page, 'max_pool1');
    const second = await page.context().newPage();
    await second.goto(served.url);
    await drawn(second, 'max_pool1');
    await setText(second, small.replaceAll('Small', 'Second'));
    await second.locator('#panel-drawing [aria-label="Second"]').waitFor();
    await page.reload();
    await drawn(page, 'max_pool1');
    expect(await textOf(page)).toBe(small);
    await second.reload();
    await second.locator('#panel-drawing [aria-label="Second"]').waitFor();
    expect(await textOf(second)).toContain('network Second');
    await page.context().close();
  });

  test('an example opens, and undo brings the text back', async () => {
    const { page, problems } = await open();
    await setText(page, small);
    await page.getByRole('button', { name: 'Examples' }).click();
    await page.getByLabel('Search the examples').fill('every construct');
    await page.locator('.card:visible', { hasText: 'tour' }).first().click();
    // Its files come with it.
    await page.locator('#panel-drawing [aria-label="Tour"]').waitFor();
    expect(await page.locator('#problems li.error').count()).toBe(0);
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+z');
    expect(await textOf(page)).toBe(small);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('table, explain, memory and code', async () => {
    const { page, problems } = await open();
    await setText(page, small);
    await drawn(page, 'max_pool1');
    await page.getByRole('tab', { name: 'Table' }).click();
    // 5·5·6 + 6 and 6·12·12·10 + 10.
    await page.locator('#layers tfoot', { hasText: '8,806' }).waitFor();
    await page.locator('#layers .sort', { hasText: 'parameters' }).click();
    expect(await page.locator('#layers tbody th').first().textContent()).toBe('scores');
    await page.keyboard.press('Tab');
    await page.getByRole('tab', { name: 'Table' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('#panel-explain', { hasText: 'What was done' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator('#panel-memory svg.memory').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator('#panel-code pre', { hasText: 'export' }).waitFor();
    await page.getByLabel('Form').selectOption('wat');
    await page.locator('#panel-code pre', { hasText: '(module' }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
