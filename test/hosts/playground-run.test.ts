// The Run and Train tabs in Chromium: a picture changes the bars, layers show their maps, a number equals its arithmetic, and what is
// learnt in the page is used there.

import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { readWeightsFile } from '../../src/data/weights-file.ts';
import { zipOf } from '../data/zip-writer.ts';
import { npy } from '../support/npy.ts';
import { inBrowser, missing } from '../support/browser.ts';
import { openPage, plainServer, servePlayground, setText } from './playground-page.ts';
import type { Opened, Served } from './playground-page.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const lenetBn = readFileSync(new URL('../../examples/lenet-bn/lenet-bn.cnn', import.meta.url), 'utf8');

describe.skipIf(missing)(inBrowser('running and training in Chromium'), () => {
  let served: Served;
  beforeAll(async () => {
    // A camera that shows a moving pattern, and that every page may use.
    served = await servePlayground(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
  });
  afterAll(() => served?.close());

  const opened = async (tab: 'run' | 'train', options = {}): Promise<Opened> => {
    const found = await openPage(served.browser, served.url, options);
    await found.page.locator(`#tab-${tab}`).click();
    return found;
  };
  const bars = (page: Page): Promise<string[]> => page.locator('.run-percent').allTextContents();
  const choose = (page: Page, layer: string): Promise<unknown> =>
    page.getByRole('combobox', { name: 'Layer' }).selectOption(layer);
  const place = (page: Page): Promise<string | null> => page.locator('.run-place').textContent();

  test('a sample gets its class, and drawing changes the bars', async () => {
    const { page, problems } = await opened('run');
    await page.getByRole('button', { name: 'trouser' }).click();
    await page.locator('.best', { hasText: 'trouser' }).waitFor();
    const before = await bars(page);
    expect(before).toHaveLength(10);
    await page.getByRole('button', { name: 'Clear' }).click();
    const canvas = page.locator('.run-stage canvas');
    const box = (await canvas.boundingBox())!;
    await page.mouse.move(box.x + 60, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + 200, box.y + 60, { steps: 4 });
    await page.mouse.move(box.x + 100, box.y + 230, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => bars(page)).toHaveLength(10);
    const after = await bars(page);
    expect(after).not.toEqual(before);
    // By keys: the pen goes down in the middle, and to the right.
    await canvas.focus();
    for (const key of [' ', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowDown'])
      await page.keyboard.press(key);
    await expect.poll(() => bars(page)).not.toEqual(after);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('weights that were trained on digits know what is drawn', async () => {
    const { page, problems } = await opened('run');
    await page.locator('.best', { hasText: 'ankle boot' }).waitFor();
    await page.getByRole('button', { name: 'Digits' }).click();
    for (const digit of ['3', '7', '0']) {
      await page.getByRole('button', { name: `digit ${digit}` }).click();
      await page.locator('.best .run-label', { hasText: digit }).waitFor();
    }
    await page.getByRole('button', { name: 'Clothes' }).click();
    await page.getByRole('button', { name: 'trouser' }).click();
    await page.locator('.best', { hasText: 'trouser' }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('the camera is off until it is asked for, and goes off with the tab', async () => {
    const { page, problems } = await opened('run');
    await page.locator('.run-classes li').first().waitFor();
    const camera = page.getByRole('button', { name: 'Camera', includeHidden: true });
    expect(await camera.getAttribute('aria-pressed')).toBe('false');
    const before = await bars(page);
    await camera.click();
    await expect.poll(() => bars(page), { timeout: 10_000 }).not.toEqual(before);
    expect(await camera.getAttribute('aria-pressed')).toBe('true');
    await page.locator('#tab-train').click();
    expect(await camera.getAttribute('aria-pressed')).toBe('false');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('maps of a layer, chosen by keys, and the arithmetic of one number', async () => {
    const { page, problems } = await opened('run');
    await choose(page, 'conv2');
    await expect.poll(() => page.locator('.run-map').count()).toBe(16);
    await page.locator('.run-map').first().focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => place(page)).toMatch(/^conv2\[1, 5, 5\] = /);
    await page.locator('.run-field[role=application]').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => place(page)).toMatch(/^conv2\[1, 4, 4\] = /);
    // The sums of the six input channels and the bias make the number: all as they are written.
    const number = (text: string | null): number => Number(/(−?[\d.e-]+)$/.exec(text ?? '')![1]!.replaceAll('−', '-'));
    await page.locator('.run-sum').nth(5).waitFor();
    const sums = (await page.locator('.run-sum').allTextContents()).map(number);
    const [last] = (await page.locator('.run-line').allTextContents()).slice(-1);
    const bias = number(/bias (\S+?)=/.exec(last!)![1]!);
    const computed = number(await place(page));
    expect(number(last!)).toBeCloseTo(computed, 3);
    expect(Math.abs(sums.reduce((a, b) => a + b, bias) - computed)).toBeLessThan(0.05);
    // The five rows of the patch as they stand in the tables: input × kernel = products.
    const cells = await page
      .locator('.run-matrix')
      .evaluateAll((tables: any[]) =>
        tables.map((table) =>
          [...table.querySelectorAll('td')].map((cell: any) => Number(cell.textContent.replaceAll('−', '-'))),
        ),
      );
    expect(cells.map(({ length }) => length)).toEqual([25, 25, 25]);
    cells[2]!.forEach((product, at) => expect(Math.abs(cells[0]![at]! * cells[1]![at]! - product)).toBeLessThan(0.06));
    // Padding is told apart in the corner of the first layer.
    await choose(page, 'conv1');
    await expect.poll(() => place(page)).toMatch(/^conv1\[1, 14, 14\]/);
    await page.locator('.run-field[role=application]').focus();
    for (let at = 0; at < 14; at += 1) {
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowLeft');
    }
    await expect.poll(() => place(page)).toMatch(/^conv1\[1, 0, 0\]/);
    // Two rows and two columns of the 5×5 window lie over padding, in the input and among the products.
    expect(await page.locator('.run-matrix td.padding').count()).toBe(2 * (25 - 9));
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('other networks: some numbers, mistakes, hostile names, and one that is slow', async () => {
    const { page, problems } = await opened('run');
    await setText(page, 'network Sum { input x: [2]\n s = dense(1, bias: false, weight: [[1, 1]])\n output s }');
    await page.getByRole('spinbutton', { name: 'x 0' }).fill('40');
    await expect.poll(() => page.locator('.run-numbers td').allTextContents()).toEqual(['41']);
    await setText(
      page,
      'network Slow { input image: [3, 512, 512]\n conv(64, kernel: 7) -> relu\n conv(64, kernel: 3)\n global_avg_pool -> flatten\n s = dense(10)\n output s { labels: ["<img src=x onerror=alert(1)>", "b", "c", "d", "e", "f", "g", "h", "i", "j"] } }',
    );
    await page.getByRole('button', { name: 'Run Slow' }).waitFor();
    expect(await page.locator('.run-facts').textContent()).toMatch(/Slow takes [\d.]+ billion operations/);
    await setText(
      page,
      'network A { input x: [1, 8, 8]\n flatten\n s = dense(2)\n output s { labels: ["<b>bold</b>", "two"] } }',
    );
    await page.locator('.run-label', { hasText: '<b>bold</b>' }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('weights of a file: those that fit, and a sentence for what are none', async () => {
    const { page, problems } = await opened('run');
    const chooser = page.locator('input[aria-label="File of weights"]');
    await chooser.setInputFiles(join(import.meta.dirname, '../../examples/lenet/lenet-fashion-mnist.safetensors'));
    await expect
      .poll(() => page.locator('.run-weights-text').textContent())
      .toBe('Weights of lenet-fashion-mnist.safetensors.');
    await chooser.setInputFiles(join(import.meta.dirname, '../../examples/pictures/bag.png'));
    await expect
      .poll(() => page.locator('.run-weights-text.error').textContent())
      .toMatch(/\. The weights are random ones now\.$/);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('weights of PyTorch and NumPy, read in the browser', async () => {
    const { page, problems } = await opened('run');
    const said = (): Promise<string | null> => page.locator('.run-weights-text').textContent();
    await setText(
      page,
      'network Small { input x: [1, 6, 6]\n conv(3, kernel: 3) -> batch_norm -> relu -> flatten\n dense1 = dense(4)\n output dense1 }',
    );
    await page.locator('#panel-run', { hasText: 'Small, computed' }).waitFor();
    const chooser = page.locator('input[aria-label="File of weights"]');
    const pytorch = join(import.meta.dirname, '../fixtures/weights/state.pt');
    await chooser.setInputFiles(pytorch);
    await expect.poll(said).toBe('Weights of state.pt.');
    const fromPyTorch = await bars(page);
    // The same tensors as np.savez writes them, and as np.savez_compressed does.
    const { tensors } = readWeightsFile(readFileSync(pytorch));
    const archive = (deflate: boolean): Buffer =>
      Buffer.from(
        zipOf(
          tensors
            .filter(({ name }) => !name.endsWith('tracked'))
            .map(({ name, shape, data }) => ({
              name: `${name}.npy`,
              data: npy('<f4', shape, new Uint8Array(Float32Array.from(data).buffer)),
              deflate,
            })),
        ),
      );
    const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/zip', buffer });
    await page.getByRole('button', { name: 'Random' }).click();
    await expect.poll(said).toMatch(/^Random weights/);
    expect(await bars(page)).not.toEqual(fromPyTorch);
    await chooser.setInputFiles(file('small.npz', archive(false)));
    await expect.poll(said).toBe('Weights of small.npz.');
    expect(await bars(page)).toEqual(fromPyTorch);
    await page.getByRole('button', { name: 'Random' }).click();
    await expect.poll(said).toMatch(/^Random weights/);
    await chooser.setInputFiles(file('packed.npz', archive(true)));
    await expect.poll(said).toBe('Weights of packed.npz.');
    expect(await bars(page)).toEqual(fromPyTorch);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('LeNet with batch norm learns digits, and the Run tab has the weights', async () => {
    const { page, problems } = await opened('train');
    await setText(page, lenetBn);
    await page.locator('.train-plan', { hasText: 'LeNetBN' }).waitFor();
    await page.getByLabel('Epochs').fill('2');
    await page.getByLabel('Digits to learn from').fill('3000');
    await page.getByLabel('Batch').fill('64');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('.train-facts', { hasText: 'The training is complete' }).waitFor({ timeout: 60_000 });
    const facts = (await page.locator('.train-facts').textContent())!;
    expect(Number(/([\d.]+) % of digits it has not seen/.exec(facts)![1])).toBeGreaterThan(80);
    expect(await page.locator('.train-curves svg').count()).toBe(3);
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save weights' }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toBe('lenetbn-digits.safetensors');
    await page.locator('#tab-run').click();
    await page.locator('.run-weights-text', { hasText: 'learnt in this page' }).waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect.poll(() => bars(page)).toEqual([]);
    let right = 0;
    for (let digit = 0; digit < 10; digit += 1) {
      const before = await bars(page);
      await page.getByRole('button', { name: `digit ${digit}` }).click();
      // The bars follow within a moment.
      await expect.poll(() => bars(page)).not.toEqual(before);
      if ((await page.locator('.best').textContent())!.startsWith(`${digit}`)) right += 1;
    }
    expect(right).toBeGreaterThanOrEqual(7);
    // The file that was saved is one that the page, and the command line, can load.
    const target = mkdtempSync(join(tmpdir(), 'cnnc-weights-'));
    const path = join(target, 'w.safetensors');
    await download.saveAs(path);
    await page.locator('input[aria-label="File of weights"]').setInputFiles(path);
    await page.locator('.run-weights-text', { hasText: 'Weights of w.safetensors' }).waitFor();
    rmSync(target, { recursive: true });
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test('threads share the work where the page is isolated, with the same bits', async () => {
    const isolated = await plainServer(served.folder, '/', {
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    const learnt = async (url: string): Promise<{ readonly facts: string; readonly bytes: Buffer }> => {
      const { page, problems } = await openPage(served.browser, url);
      await page.locator('#tab-train').click();
      await setText(page, lenetBn);
      await page.locator('.train-plan', { hasText: 'LeNetBN' }).waitFor();
      await page.getByLabel('Epochs').fill('1');
      await page.getByLabel('Digits to learn from').fill('300');
      await page.getByRole('button', { name: 'Start' }).click();
      await page.locator('.train-facts', { hasText: 'The training is complete' }).waitFor({ timeout: 60_000 });
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save weights' }).click();
      const bytes = readFileSync((await (await saved).path())!);
      expect(problems).toEqual([]);
      const facts = (await page.locator('.train-facts').textContent())!;
      await page.context().close();
      return { facts, bytes };
    };
    const [shared, alone] = [await learnt(isolated.url), await learnt(served.url)];
    isolated.close();
    expect(alone.facts).not.toMatch(/threads/);
    if (availableParallelism() > 1) expect(shared.facts).toMatch(/by [2-4] threads/);
    expect(shared.bytes.equals(alone.bytes)).toBe(true);
  });

  test('a network that cannot learn digits says why', async () => {
    const { page } = await opened('train');
    await setText(page, 'network Four { input x: [4]\n s = dense(10)\n output s }');
    await page.locator('.train-plan', { hasText: 'Four takes [4], and digits are pictures' }).waitFor();
    expect(await page.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);
    await page.context().close();
  });

  test.each([
    ['light', 1280],
    ['dark', 400],
  ] as const)('axe finds no violation, %s at %i pixels', async (colorScheme, width) => {
    const { page } = await opened('run', { colorScheme, viewport: { width, height: 900 } });
    await page.evaluate(axe);
    const violations = async (panel: string): Promise<unknown> => {
      return page.evaluate(async (context) => {
        const options = { resultTypes: ['violations'], selectors: false };
        const { violations: found } = await (globalThis as any).axe.run(context, options);
        return found.map(({ id, nodes }: any) => `${id}: ${nodes[0].html.slice(0, 200)}`);
      }, panel);
    };
    for (const layer of ['conv2', 'dense1', 'avg_pool1']) {
      await choose(page, layer);
      await expect.poll(() => place(page)).toMatch(new RegExp(`^${layer}\\[`));
      expect(await violations('#panel-run')).toEqual([]);
    }
    const overflow = await page.locator('#panel-run').evaluate((panel: any) => panel.scrollWidth - panel.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await page.locator('#tab-train').click();
    await page.getByLabel('Digits to learn from').fill('500');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.locator('.train-curves svg').first().waitFor();
    expect(await violations('#panel-train')).toEqual([]);
    await page.context().close();
  });
});
